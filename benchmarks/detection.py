"""What is found in real logs, and how strong a fault in one must be to be told.

    python benchmarks/detection.py [--shared FOLDER] [--logs N] [--page docs/alarms.md]

Labelled real logs first: those of ``fixtures`` and of a folder with an ``index.yaml``, split by
where they are from. Then faults put into the healthy ones of them, at five places and three sizes
and more: a log is its own control, and nothing of its noise is ours.
"""

from __future__ import annotations

import argparse
import math
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from alarms import every, is_small_overfit
from figures import Tally, keep
from intervals import lower, upper
from pages import write_tables

from healthlint.checking.selection import selected
from healthlint.engine import judge
from healthlint.logs import Log, Run
from healthlint.logs.choosing import choose
from healthlint.logs.model import Floats, Series
from healthlint.looking import look
from healthlint.report import Finding, LogReport, Place
from healthlint.rulebook import Rulebook

ROOT = Path(__file__).parents[1]
PLACES = (0.1, 0.25, 0.4, 0.55, 0.69)
"""Shares of a run after which a fault begins."""
CAUSES: Mapping[str, tuple[str, float | None]] = {
    "over-smoothed": ("tts/(over-smoothing|detail-stalls)", 7),
    "energy-stuck": ("tts/energy-(lags-duration|stays|stalls)", 2),
    "misaligned": ("tts/duration-stuck", 1),
    "overfit": ("core/overfit", None),
    "nan": ("core/non-finite", 1),
    "inf": ("core/non-finite", 1),
    "lr-jump": ("core/lr-jump", 9),
    "high-lr": ("tts/no-learning", 1),
}
"""What names the fault of our own runs, and its epoch; None: it begins at its landmark."""
REPORTED = "F"
"""Letters of the logs that no bound was tuned on."""


@cache
def rulebook(profile: str, *rules: str) -> Rulebook:
    """Return some rules of a profile, all where none are named."""
    return selected((), rules, (), profile)


@dataclass(frozen=True)
class Labelled:
    """A real log and what is known of it.

    Attributes:
        name: Its name.
        path: Where it lies.
        group: Where it is from.
        wants: Patterns of rule and message, one for each fault.
        is_healthy: Whether nothing may be said at warning or above.
        onset: Epoch in which the fault begins, None where it is not known.
    """

    name: str
    path: Path
    group: str
    wants: Sequence[str] = ()
    is_healthy: bool = False
    onset: float | None = None


def labelled(shared: Path | None) -> Iterator[Labelled]:
    """Yield the real logs at hand."""
    for pattern in ("runs/*/logs.jsonl", "seeds/*/*.jsonl.gz"):
        for path in sorted((ROOT / "fixtures").glob(pattern)):
            cause, onset = CAUSES.get(path.parent.name, ("", None))
            name = f"{path.parent.name}/{path.name.partition('.')[0]}"
            wants = (cause,) if cause else ()
            yield Labelled(name, path, "our own trainings", wants, not cause, onset)
    if shared is None:
        return
    for case in yaml.safe_load((shared / "index.yaml").read_text())["cases"]:
        name = str(case["id"])
        group = "not tuned on (F)" if name[0] in REPORTED else "tuned on (A B D H K M N T X)"
        healthy, path = bool(case.get("healthy")), shared / case["path"]
        yield Labelled(name, path, group, case.get("want", ()), healthy)


@dataclass
class Group:
    """What was found in the logs of one origin.

    Attributes:
        faults: Faults in them.
        named: Faults named at the severity that is asked for.
        delays: Looks from their onset, or from the landmark, to the finding.
        missed: Names of the logs with the others, and what was wanted.
        healthy: Healthy logs looked at.
        accused: Those of them with a warning or an error, and by which rules.
        remarks: Remarks on the healthy ones.
        judged: Verdicts of rules that passed or failed.
        verdicts: All verdicts of rules that are for such a run.
    """

    faults: int = 0
    named: int = 0
    delays: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    healthy: int = 0
    accused: list[str] = field(default_factory=list)
    remarks: int = 0
    judged: int = 0
    verdicts: int = 0


def search(one: Labelled, group: Group, tally: Tally) -> None:
    """Judge a real log and add what came of it to its group, and to the figures of its rules."""
    log = look(str(one.path))
    needs_all = any("memory" in want for want in one.wants)
    report = judge(log, rulebook("all" if needs_all else "default"))
    findings = list(every(report.findings))
    group.judged += sum(verdict.state in ("pass", "fail") for verdict in report.verdicts)
    group.verdicts += sum(verdict.state != "not_applicable" for verdict in report.verdicts)
    for want in one.wants:
        pattern, _, least = want.partition(">=")
        ranks = {"info": 0, "warning": 1, "error": 2}
        hits = [
            finding
            for finding in findings
            if re.search(pattern, f"{finding.rule} {finding.message}")
            and (ranks[finding.severity] >= ranks[least or "warning"] or is_small_overfit(finding))
        ]
        group.faults += 1
        group.named += bool(hits)
        own = [verdict.rule for verdict in report.verdicts if re.search(pattern, verdict.rule)]
        tally.add_fault(own, {hit.rule for hit in hits})
        if not hits:
            group.missed.append(f"{one.name} ({want})")
        elif log.runs:
            group.delays += _delays(choose(log, "last"), hits, one.onset)
    if one.is_healthy:
        loud = sorted({finding.rule for finding in findings if finding.severity != "info"})
        group.healthy += 1
        tally.add_healthy(report, loud)
        group.remarks += sum(finding.severity == "info" for finding in findings)
        group.accused += [f"{one.name} ({', '.join(loud)})"] if loud else []


def _delays(run: Run, hits: Sequence[Finding], onset: float | None) -> list[float]:
    """Return the looks from onset or landmark to the first finding, where that can be told."""
    first = min(hits, key=lambda one: one.first.step or 0.0)
    series = next(
        (run.series[one.series] for one in first.evidence if one.series in run.series), None
    )
    if series is None or first.first.step is None:
        return []
    if onset is not None:
        begun = series.steps[series.epochs >= onset]
        begin = float(begun[0]) if len(begun) else math.nan
    else:
        begin = _least(first.evidence[0].places)
    looks = _looks_between(series, begin, first.first.step)
    return [] if math.isnan(looks) else [looks]


def _least(places: Sequence[Place]) -> float:
    return min((one.step for one in places if one.step is not None), default=math.nan)


def _looks_between(series: Series, begin: float, end: float) -> float:
    """Return how many looks of a series end after one step and up to another."""
    if math.isnan(begin):
        return math.nan
    size = 2 ** max(0, math.ceil(math.log2(max(1, len(series)) / 64)))
    return float(np.count_nonzero((series.steps > begin) & (series.steps <= end)) / size)


def real_table(groups: Mapping[str, Group]) -> str:
    """Return what was found in the logs of each origin."""
    rows = [
        "| logs | faults named | missed | delay in looks: median, worst | healthy | accused "
        "| remarks on them | rules that came to a verdict, of those for such a run |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in groups.items():
        delays = one.delays
        delay = f"{statistics.median(delays):.3g}, {max(delays):.3g}" if delays else "-"
        rows.append(
            f"| {name} | {one.named} of {one.faults} | {'; '.join(one.missed)} | {delay} "
            f"| {one.healthy} | {'; '.join(one.accused) or 0} | {one.remarks} "
            f"| {one.judged / max(1, one.verdicts):.0%} |"
        )
    healthy = sum(one.healthy for one in groups.values())
    accused = sum(len(one.accused) for one in groups.values())
    bound = upper(accused, healthy)
    rows += [
        "",
        f"{accused} of {healthy} healthy real logs accused (95 % upper bound {bound:.1%}).",
    ]
    return "\n".join(rows)


Edit = Callable[[Series, Floats], Floats]
"""Returns the values of a series with a fault; given the share of the run passed at each."""


@dataclass(frozen=True)
class Injection:
    """A fault that is put into healthy logs.

    Attributes:
        kind: What it is.
        size: Its size, in words.
        length: How long it lasts, in words.
        edit: Puts it in, from a share of the run on.
        needs: Metrics without which it cannot be put in.
        names: Rules of which one tells it.
    """

    kind: str
    size: str
    length: str
    edit: Callable[[float], Edit]
    needs: Sequence[str]
    names: Sequence[str]


RISES = ("core/divergence", "core/setback", "core/loss-spike", "core/overfit")
LEVELS = (1.2, 1.5, 2.0, 3.0)
LENGTHS = (0.02, 0.05, 0.1, 0.2, 0.3)


def is_loss(series: Series) -> bool:
    """Return whether a series is a loss or what falls with it."""
    return "loss" in series.metric or series.metric == "spectral_convergence"


def shift(factor: float, length: float) -> Callable[[float], Edit]:
    """Every loss times a factor for a share of the run."""

    def at(place: float) -> Edit:
        def edit(series: Series, x: Floats) -> Floats:
            inside = (x >= place) & (x < place + length)
            return np.where(inside & is_loss(series), factor * series.values, series.values)

        return edit

    return at


def creep(factor: float, split: str = "") -> Callable[[float], Edit]:
    """Every loss (of a split) climbs to a factor of itself at the end of the run."""

    def at(place: float) -> Edit:
        def edit(series: Series, x: Floats) -> Floats:
            part = np.clip((x - place) / (1 - place), 0, 1)
            is_meant = is_loss(series) and (not split or series.split == split)
            return series.values * (1 + (factor - 1) * part) if is_meant else series.values

        return edit

    return at


def swapped_energy(share: float) -> Callable[[float], Edit]:
    """Energy goes back to a share of where it began, and stays there among its own noise."""

    def at(place: float) -> Edit:
        def edit(series: Series, x: Floats) -> Floats:
            if series.metric != "energy_loss" or not len(series):
                return series.values
            scatter = series.values / np.maximum.accumulate(series.values[::-1])[::-1]
            return np.where(x >= place, share * series.values[0] * scatter, series.values)

        return edit

    return at


def unreadable(count: int) -> Callable[[float], Edit]:
    """The losses of one head, whatever its name, are NaN for some values, 0 for all to come."""

    def at(place: float) -> Edit:
        def edit(series: Series, x: Floats) -> Floats:
            begin = int(np.searchsorted(x, place))
            stop = begin + count if count else len(x)
            index = np.arange(len(x))
            hit = (index >= begin) & (index < stop) & (series.metric == HIDDEN)
            return np.where(hit, np.nan, series.values)

        return edit

    return at


def jumping_rate(factor: float) -> Callable[[float], Edit]:
    """The learning rate is a factor of its highest from a place on."""

    def at(place: float) -> Edit:
        def edit(series: Series, x: Floats) -> Floats:
            if series.metric != "lr":
                return series.values
            return np.where(x >= place, factor * np.nanmax(series.values), series.values)

        return edit

    return at


HIDDEN = "commitment_loss_g"
"""A name that no table knows, put in the place of one of the losses."""
INJECTIONS = (
    *(
        Injection("level shift", f"{size:g} x", f"{length:.0%}", shift(size, length), (), RISES)
        for size in LEVELS
        for length in LENGTHS
    ),
    *(Injection("creep", f"{s:g} x", "to the end", creep(s), (), RISES) for s in (1.5, 2.0, 3.0)),
    *(
        Injection("validation creeps", f"{s:g} x", "to the end", creep(s, "val"), ("val/",), RISES)
        for s in (1.05, 1.1, 1.2, 1.5)
    ),
    *(
        Injection(
            "energy swapped",
            f"{size:.0%} of its start",
            "to the end",
            swapped_energy(size),
            ("energy_loss", "duration_loss"),
            ("tts/energy-stays", "tts/energy-lags-duration", "tts/energy-stalls", "tts/head-lost"),
        )
        for size in (1.0, 0.8, 0.6)
    ),
    *(
        Injection("NaN", HIDDEN, f"{n or 'all'} values", unreadable(n), (), ("core/non-finite",))
        for n in (1, 3, 0)
    ),
    *(
        Injection(
            "rate jumps", f"{s:g} x", "to the end", jumping_rate(s), ("lr",), ("core/lr-jump",)
        )
        for s in (5.0, 10.0, 30.0)
    ),
)


def whole(log: Log) -> Log:
    """Return a log of nothing but what holds now of the run that is judged."""
    run = choose(log, "last")
    current = replace(run.current, attempt=0, resumed_from=None, abandoned_from=None)
    return replace(log, runs=(replace(run, number=1, timelines=(current,), undecided={}),))


def injected(log: Log, edit: Edit) -> Log:
    """Return a log with a fault put into its only run."""
    run = log.runs[0]
    first, last = run.current.first_record, run.current.last_record
    series = {}
    for key, one in run.series.items():
        x = (one.records - first) / max(1, last - first)
        series[key] = replace(one, values=edit(one, x))
    return replace(log, runs=(replace(run, timelines=(replace(run.current, series=series),)),))


def renamed(log: Log) -> Log:
    """Return a log in which a loss beside mel and the total has a name that nobody knows."""
    run = log.runs[0]
    losses = [key for key, one in run.series.items() if is_loss(one) and len(one) > 20]
    if not losses:
        return log
    old = run.series[sorted(losses)[-1]]
    new = replace(old, metric=HIDDEN, name=HIDDEN)
    series = {key: one for key, one in run.series.items() if one is not old} | {new.key: new}
    return replace(log, runs=(replace(run, timelines=(replace(run.current, series=series),)),))


@dataclass
class Power:
    """How many faults of one kind and size were told.

    Attributes:
        put: Faults put in.
        told: Those told, by a remark at least.
        loud: Those told by a warning or an error.
        delays: Shares of the run from their onset to the finding.
        missed: Logs and places of the others.
    """

    put: int = 0
    told: int = 0
    loud: int = 0
    delays: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def controls(shared: Path | None, most: int) -> Iterator[tuple[str, Log]]:
    """Yield healthy real logs with 24 looks and more of a progressing loss, whole."""
    count = 0
    for one in labelled(shared):
        if not one.is_healthy or count >= most:
            continue
        log = look(str(one.path))
        if not log.runs:
            continue
        log = whole(log)
        longest = max((len(s) for s in log.runs[0].series.values() if is_loss(s)), default=0)
        report = judge(log, rulebook("all", *RISES))
        if longest >= 24 and not any(verdict.findings for verdict in report.verdicts):
            count += 1
            yield one.name, log


def power(logs: Iterator[tuple[str, Log]], places: int) -> dict[tuple[str, str, str], Power]:
    """Return how many of each fault were told.

    Args:
        logs: Healthy logs by name.
        places: At how many of the five places each fault is put into a log, in turn.
    """
    found: dict[tuple[str, str, str], Power] = defaultdict(Power)
    for at, (name, log) in enumerate(logs):
        hidden = renamed(log)
        for number, one in enumerate(INJECTIONS):
            if not all(any(need in key for key in log.runs[0].series) for need in one.needs):
                continue
            kept = found[one.kind, one.size, one.length]
            for turn in range(places):
                place = PLACES[(at + number + turn * 2) % len(PLACES)]
                faulty = injected(hidden if one.kind == "NaN" else log, one.edit(place))
                _tell(judge(faulty, rulebook("all", *one.names)), name, place, faulty, kept)
    return found


def _tell(report: LogReport, name: str, place: float, log: Log, kept: Power) -> None:
    current = log.runs[0].current
    kept.put += 1
    findings = list(every(report.findings))
    if not findings:
        kept.missed.append(f"{name} at {place:.0%}")
        return
    kept.told += 1
    kept.loud += any(one.severity != "info" for one in findings)
    steps = [one.first.step for one in findings if one.first.step is not None]
    axis = next((s.steps for s in current.series.values() if np.isfinite(s.steps).all()), None)
    if steps and axis is not None and len(axis) > 1 and axis[-1] > axis[0]:
        kept.delays.append((min(steps) - axis[0]) / (axis[-1] - axis[0]) - place)


def power_table(found: Mapping[tuple[str, str, str], Power]) -> str:
    """Return how many of each fault were told."""
    rows = [
        "| fault | size | lasts | told | 95 % lower bound | of them loud | delay in % of the run "
        "| missed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (kind, size, length), one in found.items():
        delay = f"{max(0.0, statistics.median(one.delays)):.0%}" if one.delays else "-"
        missed = ", ".join(one.missed[:4]) + ", .." * (len(one.missed) > 4)
        rows.append(
            f"| {kind} | {size} | {length} | {one.told} of {one.put} ({one.told / one.put:.0%}) "
            f"| {lower(one.told, one.put):.0%} | {one.loud} | {delay} | {missed} |"
        )
    aim = [
        one
        for (kind, size, length), one in found.items()
        if kind == "level shift" and float(size.split()[0]) >= 1.5 and int(length[:-1]) >= 10
    ]
    told, put = sum(one.told for one in aim), sum(one.put for one in aim)
    if put:
        rows += ["", "Level shifts of 1.5 x and more that last a tenth of the run and longer:"]
        rows.append(
            f"**{told} of {put} told** ({told / put:.1%}, 95 % lower bound {lower(told, put):.1%})."
        )
    return "\n".join(rows)


def main() -> None:
    """Judge, inject, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, help="folder of real logs with an index.yaml")
    parser.add_argument(
        "--logs", type=int, default=100, help="most healthy logs to put faults into"
    )
    parser.add_argument("--places", type=int, default=2, help="places a log and fault, up to 5")
    parser.add_argument("--only", choices=("real", "power"), help="one of the two parts")
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    args = parser.parse_args()
    if args.only != "power":
        groups: dict[str, Group] = defaultdict(Group)
        tally = Tally()
        for one in labelled(args.shared):
            search(one, groups[one.group], tally)
        if args.page:
            keep("real", tally)
        write_tables({"real-logs": real_table(groups)}, args.page)
    if args.only != "real":
        found = power(controls(args.shared, args.logs), args.places)
        write_tables({"power": power_table(found)}, args.page)


if __name__ == "__main__":
    main()
