"""False alarms on healthy training logs, faults found, and the delay: beside four other tools.

    python benchmarks/alarms.py [--healthy 40] [--faulty 50] [--seed 1000000] [--rivals PYTHON]
    python benchmarks/alarms.py --stored FIGURES --page docs/alarms.md

With ``--store`` the figures of each shape are kept as they come, one a line, so that a long
measurement can be made in pieces; the second form writes their tables into a page.

``PYTHON`` is the interpreter of an environment with losslint, trainspotter, runmedic and gradsnitch
(``pip install`` them there). Seeds from 0 are those of the tests, from 10,000 those that bounds
were tuned on; docs/alarms.md says of which others its figures are.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from figures import Tally, keep
from intervals import lower, upper
from pages import write_tables
from rivals import Rivals, table
from shapes.draw import Draw
from shapes.faults import FAULTS, Fault, Faulty
from shapes.healthy import HEALTHY

from healthlint.checking.selection import selected
from healthlint.engine import judge as judge_log
from healthlint.looking import look
from healthlint.report import Finding, LogReport
from healthlint.rulebook import Rulebook


@cache
def _rulebook(profile: str) -> Rulebook:
    return selected((), (), (), profile)


def judge(folder: Path, text: str, profile: str = "default") -> LogReport:
    """Return the report of a log, read from a file as a user's is."""
    path = folder / "logs.jsonl"
    path.write_text(text)
    return judge_log(look(str(path)), _rulebook(profile))


def loud(report: LogReport) -> set[str]:
    """Return the rules with a finding at warning or above."""
    return {one.rule for one in every(report.findings) if one.severity != "info"}


def every(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings and what is folded under them."""
    for one in findings:
        yield one
        yield from every(one.folded)


@dataclass
class Silence:
    """What one healthy shape came to.

    Attributes:
        runs: Logs drawn.
        alarms: Rules at warning or above, with the seeds of the logs they spoke on.
        unjudged: Logs without any verdict.
        passed: Verdicts that were ``pass``.
        judged: Verdicts of rules whose metrics and facts the log has.
        verdicts: All verdicts of rules that are for such a run.
        tally: Logs by rule.
    """

    runs: int = 0
    alarms: dict[str, list[int]] = field(default_factory=dict)
    unjudged: int = 0
    passed: int = 0
    judged: int = 0
    verdicts: int = 0
    tally: Tally = field(default_factory=Tally)

    def __add__(self, other: Silence) -> Silence:
        """Return the figures of the logs of both."""
        rules = sorted(self.alarms.keys() | other.alarms.keys())
        return Silence(
            self.runs + other.runs,
            {rule: self.alarms.get(rule, []) + other.alarms.get(rule, []) for rule in rules},
            self.unjudged + other.unjudged,
            self.passed + other.passed,
            self.judged + other.judged,
            self.verdicts + other.verdicts,
            self.tally + other.tally,
        )

    @property
    def noisy(self) -> set[int]:
        """Return the seeds of the logs with an alarm."""
        return {seed for seeds in self.alarms.values() for seed in seeds}


def silence(shape: str, seeds: range, folder: Path, profile: str, rivals: Rivals) -> Silence:
    """Return what the logs of a healthy shape came to."""
    found = Silence()
    for seed in seeds:
        text = HEALTHY[shape](Draw(shape, seed))
        rivals.add(shape, "healthy", table(text))
        report = judge(folder, text, profile)
        found.runs += 1
        found.unjudged += bool(report.no_verdict)
        found.passed += sum(verdict.state == "pass" for verdict in report.verdicts)
        found.judged += sum(
            verdict.state not in ("not_judged", "not_applicable") for verdict in report.verdicts
        )
        found.verdicts += sum(one.state != "not_applicable" for one in report.verdicts)
        found.tally.add_healthy(report, loud(report))
        for rule in loud(report):
            found.alarms.setdefault(rule, []).append(seed)
    return found


@dataclass
class Search:
    """What one kind of fault came to.

    Attributes:
        runs: Logs drawn.
        delays: Epochs from the fault to its finding, of the logs in which its cause was named.
        missed: Seeds of the others.
        early: Logs in which the cause was named before the fault began.
        others: Other rules at warning or above that the fault does not bring with it.
        tally: Logs by rule.
    """

    runs: int = 0
    delays: list[float] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    early: int = 0
    others: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)

    def __add__(self, other: Search) -> Search:
        """Return the figures of the logs of both."""
        return Search(
            self.runs + other.runs,
            self.delays + other.delays,
            self.missed + other.missed,
            self.early + other.early,
            self.others + other.others,
            self.tally + other.tally,
        )


def search(name: str, seeds: range, folder: Path, rivals: Rivals) -> Search:
    """Return what the logs of a fault came to."""
    fault, found = FAULTS[name], Search()
    for seed in seeds:
        drawn = fault.make(Draw(name, seed))
        rivals.add(name, "faulty", table(drawn.text))
        report = judge(folder, drawn.text, fault.profile)
        found.runs += 1
        epochs = _named(report, fault, drawn)
        by = {one.rule for one in every(report.findings)} & fault.causes
        found.tally.add_fault(fault.causes, by if epochs else ())
        in_time = [epoch for epoch in epochs if epoch >= drawn.epoch]
        found.early += any(epoch < drawn.epoch for epoch in epochs)
        found.others.update(loud(report) - fault.causes - fault.follows)
        if in_time:
            found.delays.append(min(in_time) - drawn.epoch)
        else:
            found.missed.append(seed)
    return found


def _named(report: LogReport, fault: Fault, drawn: Faulty) -> list[float]:
    """Return the epochs at which the cause was named."""
    epochs = []
    for one in every(report.findings):
        if one.rule in fault.causes and not _is_too_soft(one):
            step = one.first.step or 0.0
            epochs.append(one.first.epoch or math.ceil(step / drawn.per_epoch))
    return epochs


def _is_too_soft(finding: Finding) -> bool:
    is_remark = finding.rule == "core/overfit" and finding.severity == "info"
    return is_remark and not is_small_overfit(finding)


def is_small_overfit(finding: Finding) -> bool:
    """Return whether it is an overfit of less than 5 %: a remark names it."""
    small = any((evidence.change or 0.0) < 0.05 for evidence in finding.evidence[:1])
    return finding.rule == "core/overfit" and small


def healthy_table(found: dict[str, Silence]) -> str:
    """Return what the healthy shapes came to."""
    rows = ["| shape | logs | with an alarm | rules (seeds) | of what can be judged, passed |"]
    rows.append("|---|---|---|---|---|")
    for shape, one in found.items():
        said = "; ".join(
            f"`{rule}` {len(seeds)} ({', '.join(map(str, seeds[:3]))})"
            for rule, seeds in sorted(one.alarms.items())
        )
        share = one.passed / max(one.judged, 1)
        rows.append(
            f"| {shape.replace('_', ' ')} | {one.runs} | {len(one.noisy)} | {said} | {share:.0%} |"
        )
    runs = sum(one.runs for one in found.values())
    alarms = sum(len(one.noisy) for one in found.values())
    bound = upper(alarms, runs) if runs else 1.0
    rows += ["", f"**{alarms} of {runs} healthy logs with a warning or an error**;"]
    rows.append(f"95 % upper bound {bound:.2%}. By rule:")
    by_rule: Counter[str] = Counter()
    for one in found.values():
        by_rule.update({rule: len(seeds) for rule, seeds in one.alarms.items()})
    rows += [
        f"`{rule}` {count}, upper bound {upper(count, runs):.2%};"
        for rule, count in by_rule.most_common()
    ]
    rows.append(f"any other rule 0, upper bound {upper(0, runs):.2%}.")
    return "\n".join(rows)


def faulty_table(found: dict[str, Search]) -> str:
    """Return what the faults came to."""
    rows = ["| fault | profile | named | 95 % lower bound | delay: median, worst | other alarms |"]
    rows.append("|---|---|---|---|---|---|")
    for name, one in found.items():
        count = len(one.delays)
        delay = f"{statistics.median(one.delays):g}, {max(one.delays):g}" if count else "-"
        others = "; ".join(f"`{rule}` {times}" for rule, times in one.others.most_common())
        early = f"; {one.early} too early" if one.early else ""
        rows.append(
            f"| {name.replace('_', ' ')} | {FAULTS[name].profile} | {count} of {one.runs} "
            f"| {lower(count, one.runs):.0%} | {delay}{early} | {others} |"
        )
    for profile in ("default", "all"):
        of_it = [one for name, one in found.items() if FAULTS[name].profile == profile]
        count, runs = sum(len(one.delays) for one in of_it), sum(one.runs for one in of_it)
        if runs:
            rows += [
                "",
                f"Profile `{profile}`: **{count} of {runs} faults named** ({count / runs:.1%},",
            ]
            rows.append(f"95 % lower bound {lower(count, runs):.1%}).")
    return "\n".join(rows)


@dataclass
class Figures:
    """What was found of each shape and fault, kept as it comes.

    Attributes:
        store: File that each is added to, one a line; none where it is None.
    """

    store: Path | None
    healthy: dict[str, Silence] = field(default_factory=dict)
    faulty: dict[str, Search] = field(default_factory=dict)

    def add(self, name: str, one: Silence | Search) -> None:
        """Keep the figures of a shape or a fault, with those of its other seeds."""
        if isinstance(one, Silence):
            self.healthy[name] = self.healthy.get(name, Silence()) + one
        else:
            self.faulty[name] = self.faulty.get(name, Search()) + one
        if self.store is not None:
            kind = "healthy" if isinstance(one, Silence) else "faulty"
            with self.store.open("a") as file:
                row = {"kind": kind, "name": name, **vars(one), "tally": vars(one.tally)}
                file.write(json.dumps(row) + "\n")

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Figures:
        """Return stored figures; those of several seeds of a shape together."""
        figures = cls(None)
        for line in "".join(path.read_text() for path in paths).splitlines():
            row = json.loads(line)
            kind, name = row.pop("kind"), row.pop("name")
            rules = {rule: Counter(counts) for rule, counts in row["tally"]["rules"].items()}
            row["tally"] = Tally(row["tally"]["healthy"], rules)
            if kind == "faulty":
                row["others"] = Counter(row["others"])
            figures.add(name, Silence(**row) if kind == "healthy" else Search(**row))
        return figures

    def tables(self) -> dict[str, str]:
        """Return the tables by the names of their blocks."""
        tables = {}
        if self.healthy:
            tables["drawn-healthy"] = healthy_table(self.healthy)
        if self.faulty:
            tables["drawn-faults"] = faulty_table(self.faulty)
        return tables


def main() -> None:
    """Draw, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--healthy", type=int, default=40, help="runs a healthy shape")
    parser.add_argument("--faulty", type=int, default=50, help="runs a fault")
    parser.add_argument("--seed", type=int, default=1_000_000, help="first seed")
    parser.add_argument("--profile", default="default", help="profile for healthy logs")
    parser.add_argument("--rivals", default="", help="Python interpreter that has the other tools")
    parser.add_argument("--only", nargs="*", default=[], help="shapes and faults, else all")
    parser.add_argument("--store", type=Path, help="file that figures are added to")
    parser.add_argument("--stored", type=Path, nargs="*", default=[], help="figures to show")
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    args = parser.parse_args()
    figures = Figures.of(args.stored) if args.stored else measured(args)
    write_tables(figures.tables(), args.page)
    if args.page:
        parts = [*figures.healthy.values(), *figures.faulty.values()]
        keep("drawn", sum((one.tally for one in parts), Tally()))


def measured(args: argparse.Namespace) -> Figures:
    """Return the figures of the shapes and faults that are asked for."""
    shapes = [name for name in HEALTHY if not args.only or name in args.only]
    faults = [name for name in FAULTS if not args.only or name in args.only]
    figures = Figures(args.store)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rivals = Rivals(args.rivals, folder / "tables")
        for shape in shapes if args.healthy else ():
            seeds = range(args.seed, args.seed + args.healthy)
            figures.add(shape, silence(shape, seeds, folder, args.profile, rivals))
        for fault in faults if args.faulty else ():
            seeds = range(args.seed, args.seed + args.faulty)
            figures.add(fault, search(fault, seeds, folder, rivals))
        rivals.show()
    return figures


if __name__ == "__main__":
    main()
