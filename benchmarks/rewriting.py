"""Does a verdict depend on how a run is written down? Each real run, rewritten in many ways.

    python benchmarks/rewriting.py [--shared FOLDER] [--only AXIS ...] [--page docs/alarms.md]

Every run of ``fixtures/runs``, a third of ``fixtures/seeds`` and, of a folder of real logs with an
``index.yaml``, those with 12 looks and more. A rewriting agrees where the same rules fail, of those
that need neither epochs nor the guide's own scale, each within one look of the same place. A rule
is not asked for where the rewriting drops the series that it fired on.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import yaml
from pages import write_tables
from shapes.dialects import ACOUSTIC, VITS, VOCODERS
from written import (
    Files,
    Row,
    as_csv,
    as_jsonl,
    axes,
    bare,
    event_files,
    hugging_face_text,
    in_dialect,
    in_two_files,
    is_val,
    ming_folder,
    put,
    rows_of,
    styletts2_text,
    values,
)

from healthlint.checking.selection import selected
from healthlint.engine import judge
from healthlint.logs.choosing import choose
from healthlint.logs.timelines import MEAN
from healthlint.looking import look
from healthlint.report import Finding, LogReport
from healthlint.rulebook import Rulebook

ROOT = Path(__file__).parents[1]
FEWEST = 12
"""Looks of a log that is rewritten."""
EVERY = 3
"""Of the runs of ``fixtures/seeds`` each third."""
WITHOUT_STEPS = frozenset({"console: Hugging Face"})
"""Ways that hold no steps: places cannot be compared, and rules that count steps are not asked."""
LONGER = {"thinned by two": 2.0}
"""How many times longer a look is once a run is rewritten in a way, of those that drop looks."""


@cache
def asked() -> dict[str, bool]:
    """Return the rules that need neither epochs nor the guide's scale nor a trainer's words.

    By their source, each with whether it counts steps.
    """
    found = {}
    for path in sorted((ROOT / "rules").glob("*.yaml")):
        for rule in yaml.safe_load(path.read_text()).get("rules", ()):  # not the known faults
            told = str([rule.get(key) for key in ("when", "after", "until", "except", "requires")])
            if "scale" not in rule and "epoch" not in told and "announced" not in told:
                # a silence is one of so many steps, of epochs only where there are no steps
                found[rule["id"]] = "steps" in told or "silent" in told
    return found


@cache
def rulebook() -> Rulebook:
    """Return the rules that are asked for, and those that fold them."""
    return selected((), sorted(asked()), (), "all")


class Said(NamedTuple):
    """What one rule said first of a run.

    Attributes:
        step: Step of its first finding, None where none is told.
        keys: Series that it was found on.
        span: Steps from its landmark to where it held last; nothing where none is told.
    """

    step: float | None
    keys: frozenset[str]
    span: tuple[float, float] = (math.inf, -math.inf)


def said(report: LogReport) -> dict[str, Said]:
    """Return what each rule that is asked for said of the run as it stands."""
    found: dict[str, Said] = {}
    for one in every(report.findings):
        if one.rule in asked() and not one.superseded and one.rule not in found:
            keys = frozenset(evidence.series for evidence in one.evidence)
            found[one.rule] = Said(one.first.step, keys, _span(one))
    return found


def _span(finding: Finding) -> tuple[float, float]:
    places = [place for one in finding.evidence for place in one.places]
    steps = [one.step for one in (*places, finding.first, finding.last) if one.step is not None]
    return (min(steps), max(steps)) if steps else (math.inf, -math.inf)


def every(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings and those folded under them, the earliest first."""
    flat = list(findings)
    for one in flat:
        flat.extend(one.folded)
    yield from sorted(flat, key=lambda one: one.first.step or 0.0)


@dataclass(frozen=True)
class Source:
    """A real run before it is rewritten.

    Attributes:
        name: Where it is from.
        rows: Its rows.
        facts: What is known beside them.
        said: What was said of it as it was logged.
        spans: Steps that one look of each series spans at the end.
    """

    name: str
    rows: list[Row]
    facts: Mapping[str, object]
    said: dict[str, Said]
    spans: Mapping[str, float]


def source(path: Path, name: str) -> Source | None:
    """Return the run of a log that is judged, None where it is too short."""
    log = look(str(path))
    if not log.runs or any(problem.is_fatal for problem in log.problems):
        return None
    run = choose(log, "last")
    longest = max((len(series) for series in run.series.values()), default=0)
    if longest < FEWEST:
        return None
    spans = {}
    for key, series in run.series.items():
        size = 2 ** max(0, math.ceil(math.log2(max(1, len(series)) / 64)))
        steps = [step for step in series.steps.tolist() if not math.isnan(step)]
        spans[key] = size * (max(steps) - min(steps)) / max(1, len(steps) - 1) if steps else 0.0
    facts = {key: value for key, value in run.facts.items() if key in ("device", "precision")}
    return Source(name, rows_of(run), facts, said(judge(log, rulebook())), spans)


def sources(shared: Path | None) -> Iterator[Source]:
    """Yield the real runs."""
    paths = [
        (path, f"runs/{path.parent.name}")
        for path in sorted(ROOT.glob("fixtures/runs/*/logs.jsonl"))
    ]
    seeds = sorted(ROOT.glob("fixtures/seeds/*/*.jsonl.gz"))[::EVERY]
    paths += [(path, f"seeds/{path.parent.name}/{path.name[0]}") for path in seeds]
    if shared is not None:
        index = yaml.safe_load((shared / "index.yaml").read_text())
        paths += [(shared / case["path"], str(case["id"])) for case in index["cases"]]
    for path, name in paths:
        found = source(path, name)
        if found is not None:
            yield found


Rewrite = Callable[[Source], Files | None]
"""Returns the files of a run written anew, None where that cannot be done with it."""


def _has(run: Source, *keys: str) -> bool:
    return all(any(key in row for row in run.rows) for key in keys)


def _edited(edit: Callable[[Source], list[Row] | None]) -> Rewrite:
    def rewrite(run: Source) -> Files | None:
        rows = edit(run)
        return None if rows is None else as_jsonl(rows)

    return rewrite


def _formatted(
    write: Callable[[list[Row]], Files],
    *needs: str,
    unless: Callable[[list[Row]], bool] = lambda _: False,
) -> Rewrite:
    def rewrite(run: Source) -> Files | None:
        rows = [row for row in run.rows if all(key in row for key in needs)]
        return write(rows) if len(rows) == len(run.rows) and not unless(rows) else None

    return rewrite


def _goes_back(rows: list[Row]) -> bool:
    """Return whether steps fall: of two files nothing tells which records came first then."""
    steps = [row["step"] for row in rows]
    return any(later < step for step, later in pairwise(steps))


def _repeats(rows: list[Row]) -> bool:
    """Return whether a step has two values of one series: without steps nothing tells that."""
    seen = [(row["step"], key) for row in rows if "step" in row for key in values(row)]
    return len(set(seen)) < len(seen)


def without_epochs(run: Source) -> list[Row] | None:
    """Epochs dropped."""
    if not _has(run, "epoch", "step"):
        return None
    return [{key: value for key, value in row.items() if key != "epoch"} for row in run.rows]


def without_total(run: Source) -> list[Row] | None:
    """The total dropped, where mel is left."""
    keys = {key for row in run.rows for key in row if bare(key) == "total_loss"}
    if not keys or not any(bare(key) == "mel_loss" for row in run.rows for key in row):
        return None
    kept = [{key: value for key, value in row.items() if key not in keys} for row in run.rows]
    return [row for row in kept if values(row)]


def split_records(run: Source) -> list[Row] | None:
    """Each record as two of the same step."""
    if not _has(run, "step"):
        return None
    rows = []
    for row in run.rows:
        keys = list(values(row))
        parts = (keys[::2], keys[1::2])
        rows += [axes(row) | {key: row[key] for key in part} for part in parts if part]
    return rows


def merged_records(run: Source) -> list[Row] | None:
    """All records of one step as one."""
    if not _has(run, "step") or any("step" not in row for row in run.rows):
        return None
    rows: list[Row] = []
    for row in run.rows:
        is_new = not rows or rows[-1]["step"] != row["step"] or values(rows[-1]).keys() & row.keys()
        if is_new:
            rows.append(dict(row))
        else:
            rows[-1] |= row
    return rows


def reordered_records(run: Source) -> list[Row] | None:
    """Records of one step in the reverse order, and the names within each."""
    if not _has(run, "step") or any("step" not in row for row in run.rows):
        return None
    groups: list[list[Row]] = []
    for row in run.rows:
        if groups and groups[-1][-1]["step"] == row["step"]:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [dict(reversed(row.items())) for group in groups for row in reversed(group)]


def dense_beside_means(run: Source) -> list[Row] | None:
    """Means of each epoch behind its training rows."""
    if not _has(run, "epoch", "step"):
        return None
    rows, held = [], defaultdict(list)
    for at, row in enumerate(run.rows):
        rows.append(row)
        for key, value in values(row).items():
            if key.startswith("train/"):
                held[key].append(value)
        following = run.rows[at + 1].get("epoch") if at + 1 < len(run.rows) else None
        if following != row.get("epoch") and held:
            means = {f"{key}_epoch": sum(own) / len(own) for key, own in held.items()}
            rows.append(axes(row) | means)
            held.clear()
    return rows


def thinned(run: Source) -> list[Row] | None:
    """Every second row of each split dropped, but for the records that a rule speaks of.

    Those are the ones from its landmark to where it held last.
    """
    if any("step" not in row for row in run.rows) or len(run.rows) < 4 * FEWEST:
        return None
    spans = [one.span for one in run.said.values()]
    kept, seen = [], [0, 0]
    for row in run.rows:
        side = any(map(is_val, values(row)))
        seen[side] += 1
        is_odd = not all(math.isfinite(value) and value for value in values(row).values())
        if seen[side] % 2 or is_odd or any(a <= row["step"] <= b for a, b in spans):
            kept.append(row)
    return kept


WAYS: Mapping[str, Rewrite] = {
    "as JSON Lines": _formatted(as_jsonl),
    "epochs dropped": _edited(without_epochs),
    "total dropped": _edited(without_total),
    "records of a step split": _edited(split_records),
    "records of a step merged": _edited(merged_records),
    "records of a step reordered": _edited(reordered_records),
    "validation in a file of its own": _formatted(in_two_files, "step", unless=_goes_back),
    "dense rows beside epoch means": _edited(dense_beside_means),
    "thinned by two": _edited(thinned),
    "CSV": _formatted(as_csv),
    "TensorBoard": _formatted(event_files, "step", unless=_goes_back),
    "console: ming024, two files": _formatted(ming_folder, "step", unless=_goes_back),
    "console: StyleTTS 2": _formatted(styletts2_text, "step", "epoch"),
    "console: Hugging Face": _formatted(hugging_face_text, unless=_repeats),
    **{
        f"names: {one.name}": _formatted(in_dialect(one))
        for one in (*ACOUSTIC[2:], VITS, VOCODERS[1])
    },
}
"""How runs are rewritten, by the name of the way."""


@dataclass
class Way:
    """What came of one way to write runs down.

    Attributes:
        runs: Runs written so.
        rules: Rules that failed on them as they were logged, of those that are asked for.
        exceptions: What is otherwise, a sentence each.
    """

    runs: int = 0
    rules: int = 0
    exceptions: list[str] = field(default_factory=list)
    differing: int = 0


def rewritten(
    run: Source,
    way: Rewrite,
    found: Way,
    folder: Path,
    *,
    has_steps: bool = True,
    longer: float = 1.0,
) -> None:
    """Judge a run written in one way and keep what is otherwise."""
    files = way(run)
    if files is None or not files:
        return
    log = look(str(put(files, folder)), run.facts)
    report = judge(log, rulebook())
    keys = {key for one in log.runs for key in one.series}
    spans = {key: longer * span for key, span in run.spans.items()}
    run = replace(run, spans=spans)
    exceptions = list(_differences(run, said(report), keys, has_steps=has_steps))
    found.runs += 1
    found.rules += len(run.said)
    found.differing += bool(exceptions)
    found.exceptions += [f"{run.name}: {text}" for text in exceptions]


def _differences(
    run: Source, now: Mapping[str, Said], keys: set[str], *, has_steps: bool
) -> Iterator[str]:
    metrics = {bare(key) for key in keys}
    for rule in sorted(run.said.keys() | now.keys()):
        if asked()[rule] and not has_steps:
            continue
        before, after = run.said.get(rule), now.get(rule)
        if before is None:
            yield f"`{rule}` is new"
        elif not all(key in keys if MEAN in key else bare(key) in metrics for key in before.keys):
            continue  # epoch means beside a dense series are not rewritten
        elif after is None:
            yield f"`{rule}` is gone"
        elif has_steps and before.step is not None and after.step is not None:
            span = max((run.spans.get(key, 0.0) for key in before.keys | after.keys), default=0.0)
            if abs(before.step - after.step) > span * 1.001:
                yield f"`{rule}` at step {after.step:g}, not {before.step:g} (a look is {span:g})"


def table(found: Mapping[str, Way]) -> str:
    """Return how many runs agree in each way, and every exception."""
    rows = [
        "| way | runs | agree | rules that fail on them | exceptions |",
        "|---|---|---|---|---|",
    ]
    for name, way in found.items():
        rows.append(
            f"| {name} | {way.runs} | {way.runs - way.differing} | {way.rules} "
            f"| {'; '.join(way.exceptions)} |"
        )
    runs, same = (
        sum(w.runs for w in found.values()),
        sum(w.runs - w.differing for w in found.values()),
    )
    rows += ["", f"**{same} of {runs} rewritings agree** ({same / max(runs, 1):.1%})."]
    return "\n".join(rows)


def measure(runs: Iterator[Source], ways: Mapping[str, Rewrite]) -> dict[str, Way]:
    """Return what came of each way."""
    found = {name: Way() for name in ways}
    for run in runs:
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                has_steps = name not in WITHOUT_STEPS
                longer = LONGER.get(name, 1.0)
                rewritten(run, way, found[name], Path(folder), has_steps=has_steps, longer=longer)
    return found


def main() -> None:
    """Rewrite, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, help="folder of real logs with an index.yaml")
    parser.add_argument("--only", nargs="*", default=[], help="ways, else all")
    parser.add_argument("--runs", default="", help="part of the names of runs, else all")
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    args = parser.parse_args()
    ways = {name: way for name, way in WAYS.items() if not args.only or name in args.only}
    runs = (run for run in sources(args.shared) if args.runs in run.name)
    write_tables({"rewriting": table(measure(runs, ways))}, args.page)


if __name__ == "__main__":
    main()
