"""False alarms on healthy training logs, faults found, and the delay: beside four other tools.

    python benchmarks/alarms.py [--healthy 40] [--faulty 50] [--seed 1000000] [--rivals PYTHON]

``PYTHON`` is the interpreter of an environment with losslint, trainspotter, runmedic and gradsnitch
(``pip install`` them there). Seeds from 0 are those of the tests, from 10,000 those that bounds
were tuned on; docs/alarms.md says of which others its figures are.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from intervals import lower, upper
from rivals import Rivals, table
from shapes.draw import Draw
from shapes.faults import FAULTS, Fault, Faulty
from shapes.healthy import HEALTHY

import healthlint
from healthlint.report import Finding, LogReport


def judge(folder: Path, text: str, profile: str = "default") -> LogReport:
    """Return the report of a log, read from a file as a user's is."""
    path = folder / "logs.jsonl"
    path.write_text(text)
    return healthlint.check(path, profile=profile).logs[0]


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
        verdicts: All verdicts.
    """

    runs: int = 0
    alarms: dict[str, list[int]] = field(default_factory=dict)
    unjudged: int = 0
    passed: int = 0
    verdicts: int = 0

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
        found.verdicts += len(report.verdicts)
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
    """

    runs: int = 0
    delays: list[float] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    early: int = 0
    others: Counter[str] = field(default_factory=Counter)


def search(name: str, seeds: range, folder: Path, rivals: Rivals) -> Search:
    """Return what the logs of a fault came to."""
    fault, found = FAULTS[name], Search()
    for seed in seeds:
        drawn = fault.make(Draw(name, seed))
        rivals.add(name, "faulty", table(drawn.text))
        report = judge(folder, drawn.text, fault.profile)
        found.runs += 1
        epochs = _named(report, fault, drawn)
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
        if one.rule in fault.causes:
            step = one.first.step or 0.0
            epochs.append(one.first.epoch or math.ceil(step / drawn.per_epoch))
    return epochs


def show_healthy(found: dict[str, Silence], profile: str) -> None:
    """Print the healthy shapes."""
    print(f"\n## Healthy logs, profile `{profile}`\n")
    print("| shape | runs | with an alarm | rules (seeds) | verdicts that are pass |")
    print("|---|---|---|---|---|")
    for shape, one in found.items():
        said = "; ".join(
            f"{rule} {len(seeds)} ({', '.join(map(str, seeds[:3]))})"
            for rule, seeds in sorted(one.alarms.items())
        )
        share = one.passed / max(one.verdicts, 1)
        print(f"| {shape} | {one.runs} | {len(one.noisy)} | {said} | {share:.0%} |")
    runs = sum(one.runs for one in found.values())
    alarms = sum(len(one.noisy) for one in found.values())
    bound = upper(alarms, runs)
    print(
        f"\n{alarms} of {runs} healthy logs with a warning or error; 95 % upper bound {bound:.2%}."
    )


def show_faulty(found: dict[str, Search]) -> None:
    """Print the faults."""
    print("\n## Faults\n")
    print(
        "| fault | named | 95 % lower bound | delay: median, worst | too early | other alarms "
        "| missed |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, one in found.items():
        count = len(one.delays)
        delay = f"{statistics.median(one.delays):g}, {max(one.delays):g}" if count else "-"
        others = "; ".join(f"{rule} {times}" for rule, times in one.others.most_common())
        mark = "" if FAULTS[name].profile == "default" else f" (profile {FAULTS[name].profile})"
        missed = ", ".join(map(str, one.missed[:3]))
        print(
            f"| {name}{mark} | {count} of {one.runs} | {lower(count, one.runs):.0%} | {delay} "
            f"| {one.early} | {others} | {missed} |"
        )
    of_default = [one for name, one in found.items() if FAULTS[name].profile == "default"]
    count = sum(len(one.delays) for one in of_default)
    runs = sum(one.runs for one in of_default)
    print(f"\n{count} of {runs} faults of the default profile named ({count / max(runs, 1):.1%}),")
    print(f"95 % lower bound {lower(count, runs):.1%}.")


def main() -> None:
    """Draw, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--healthy", type=int, default=40, help="runs a healthy shape")
    parser.add_argument("--faulty", type=int, default=50, help="runs a fault")
    parser.add_argument("--seed", type=int, default=1_000_000, help="first seed")
    parser.add_argument("--profile", default="default", help="profile for healthy logs")
    parser.add_argument("--rivals", default="", help="Python interpreter that has the other tools")
    parser.add_argument("--only", nargs="*", default=[], help="shapes and faults, else all")
    args = parser.parse_args()
    shapes = [name for name in HEALTHY if not args.only or name in args.only]
    faults = [name for name in FAULTS if not args.only or name in args.only]
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rivals = Rivals(args.rivals, folder / "tables")
        seeds = range(args.seed, args.seed + args.healthy)
        show_healthy(
            {s: silence(s, seeds, folder, args.profile, rivals) for s in shapes}, args.profile
        )
        seeds = range(args.seed, args.seed + args.faulty)
        show_faulty({f: search(f, seeds, folder, rivals) for f in faults})
        print(f"\n{time.process_time() - begun:.0f} s CPU.")
        rivals.show()


if __name__ == "__main__":
    main()
