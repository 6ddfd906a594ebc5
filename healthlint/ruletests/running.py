"""Runs tests of rules: strict, and showing only what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from healthlint.engine import judge
from healthlint.logs import Log, Run, Series, Split, Timeline
from healthlint.logs.model import Floats, Integers
from healthlint.report import Finding, LogReport
from healthlint.rulebook import Rulebook, RulebookError
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.loading import read
from healthlint.ruletests.model import Case, Suite
from healthlint.ruletests.notation import series as read_series
from healthlint.timeline.quantities import Length, Values

_EACH_EPOCH = Length(1.0, "epochs")


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that failed.

    Attributes:
        path: File of the test.
        line: 1-based line of the test.
        name: Its name.
        differences: What differs, a line each.
    """

    path: str
    line: int
    name: str
    differences: Sequence[str]


def load_suite(path: Path) -> tuple[Suite, list[int]]:
    """Return the tests of a file and the line of each.

    Raises:
        RulebookError: With every mistake of the file.
    """
    document = read(str(path), str(path))
    suite = None
    if not document.problems:
        try:
            suite = build(Suite, document.data, document, ())
        except Broken:
            suite = None
    if document.problems or suite is None:
        raise RulebookError(document.problems)
    lines = [document.values[("tests", i)].line for i in range(len(suite.tests))]
    return suite, lines


def run_suite(path: Path, rulebook: Rulebook) -> Iterator[Failure]:
    """Yield the tests of a file that fail.

    Raises:
        RulebookError: The file cannot be read.
    """
    suite, lines = load_suite(path)
    for case, line in zip(suite.tests, lines, strict=True):
        if differences := run_case(case, rulebook):
            yield Failure(str(path), line, case.name, differences)


def run_case(case: Case, rulebook: Rulebook) -> list[str]:
    """Return what differs from what a test expects; empty where it passes."""
    named = [*case.expect, *case.only, *case.pending, *case.not_judged, *case.at]
    unknown = [*_unknown(named, rulebook), *_unknown_series(case, rulebook)]
    if unknown:
        return unknown
    chosen = rulebook.select(case.only, profile="all")
    report = judge(synthetic_log(case), chosen)
    return [*_verdict_differences(case, report), *_epoch_differences(case, report)]


def _unknown(named: Sequence[str], rulebook: Rulebook) -> list[str]:
    known = [rule.id for pack in rulebook.packs for rule in pack.rules]
    differences = []
    for name in dict.fromkeys(named):
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean `{close[0]}`?" if close else ""
            differences.append(f"unknown rule `{name}`{hint}")
    return differences


def _unknown_series(case: Case, rulebook: Rulebook) -> list[str]:
    """Return the series that no pack looks at: a slip of the pen would test nothing."""
    patterns = [
        one.strip() for p in rulebook.packs for m in p.metrics.values() for one in m.split("|")
    ]
    differences = []
    for key in case.series:
        split, _, metric = key.rpartition("/")
        if split not in ("", "train", "val"):
            differences.append(f"unknown split `{split}` of `{key}`; write `train/` or `val/`")
        elif not any(fnmatchcase(metric, pattern) for pattern in patterns):
            close = get_close_matches(metric, patterns, 1)
            hint = f"; did you mean `{close[0]}`?" if close else ""
            differences.append(f"no pack looks at `{key}`{hint}")
    return differences


def _verdict_differences(case: Case, report: LogReport) -> list[str]:
    wanted = dict.fromkeys(case.expect, "fail")
    wanted |= dict.fromkeys(case.pending, "pending")
    wanted |= dict.fromkeys(case.not_judged, "not_judged")
    differences = []
    for verdict in report.verdicts:
        # a rule outside `only` may lack its metrics; one that is named may not
        usual = verdict.state if not case.only and verdict.state != "fail" else "pass"
        expected = wanted.pop(verdict.rule, usual)
        if verdict.state != expected:
            reason = f" ({verdict.reason})" if verdict.reason else ""
            differences.append(
                f"{verdict.rule}: expected {expected}, came to {verdict.state}{reason}"
            )
    return differences + [
        f"{rule}: expected {state}, was not judged" for rule, state in wanted.items()
    ]


def _epoch_differences(case: Case, report: LogReport) -> list[str]:
    differences = []
    for rule, epoch in case.at.items():
        first = min(
            (f.first.epoch or 0.0 for f in _flat(report.findings) if f.rule == rule), default=None
        )
        if first != epoch:
            fired = "never fired" if first is None else f"fired at {first:g}"
            differences.append(f"{rule}: expected first at epoch {epoch:g}, {fired}")
    return differences


def _flat(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings and those folded under them."""
    for finding in findings:
        yield finding
        yield from _flat(finding.folded)


def synthetic_log(case: Case) -> Log:
    """Return the log that a test describes: one record for each position, all series in step."""
    columns = {key: read_series(text) for key, text in case.series.items()}
    last = max((int(at[-1]) for at, _ in columns.values() if len(at)), default=-1)
    every = case.every.resolve(Values({}, case.facts)) if case.every else _EACH_EPOCH
    series = {
        key: _series(key, at, values, every, case.facts) for key, (at, values) in columns.items()
    }
    timeline = Timeline(0, series, 0, last, has_ended=case.ended)
    run = Run(1, None, dict(case.facts), (timeline,), status="ok" if case.ended else None)
    return Log(case.name, "test", (run,), np.arange(1, last + 2))


def _series(
    key: str, at: Integers, values: Floats, every: Length, facts: Mapping[str, object]
) -> Series:
    split, _, metric = key.rpartition("/")
    position = (at + 1) * every.amount
    unknown = np.full(len(at), np.nan)
    per_epoch = facts.get("steps_per_epoch")
    steps, epochs, times = position.astype(float), unknown, unknown
    if every.unit == "epochs":
        scale = float(per_epoch) if isinstance(per_epoch, (int, float)) else 100.0
        epochs, steps = np.ceil(position - 1e-9), np.round(position * scale)
    elif every.unit == "minutes":
        times = position * 60.0
    elif isinstance(per_epoch, (int, float)):
        epochs = np.ceil(steps / per_epoch)
    kept: Split = "val" if split == "val" else "train" if split == "train" else ""
    return Series(metric, kept, key, at, steps, epochs, times, values)
