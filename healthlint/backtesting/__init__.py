"""Rules against runs that are over: which of them would it have stopped, and how much earlier?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from healthlint.engine import judge_run
from healthlint.logs import Log
from healthlint.report import LogReport, Place, State, unfolded
from healthlint.rulebook import Rule, Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one rule comes to on one run.

    Attributes:
        path: The log as the user gave it.
        run: Number of the run in its log, from 1.
        runs: How many runs the log has.
        state: The verdict.
        reason: Why it is pending, not judged or broken.
        first: Where it first fired, None where it did not.
        last: The last record at which it held.
        end: The last record of the run.
        is_active: Whether it still held at the end.
        is_superseded: Whether it fired on records alone that a resume went back behind.
        message: What it would have said.
    """

    path: str
    run: int
    runs: int
    state: State
    reason: str
    first: Place | None
    last: Place | None
    end: Place
    is_active: bool
    is_superseded: bool
    message: str

    def earlier(self, unit: Literal["epoch", "step"]) -> float | None:
        """Return how many epochs or steps before the end of the run it fired, None if unknown."""
        first, end = getattr(self.first, unit, None), getattr(self.end, unit)
        distance: float | None = None if first is None or end is None else end - first
        return distance


@dataclass(frozen=True, slots=True)
class Backtest:
    """What one rule comes to on all runs.

    Attributes:
        rule: The rule.
        trials: One for each run, in the order given.
    """

    rule: Rule
    trials: Sequence[Trial]

    def of(self, *states: State) -> list[Trial]:
        """Return the runs that came to one of these states."""
        return [trial for trial in self.trials if trial.state in states]


def backtest(logs: Sequence[Log], rulebook: Rulebook) -> list[Backtest]:
    """Return what each selected rule comes to on every run of the logs."""
    reports = [
        (log, judge_run(log, run, rulebook))
        for log in logs
        if not why_unread(log)
        for run in log.runs
    ]
    return [
        Backtest(rule, [_trial(log, report, i) for log, report in reports])
        for i, rule in enumerate(rulebook.rules)
    ]


def why_unread(log: Log) -> str:
    """Return why a log holds nothing to judge, empty where it holds something."""
    fatal = (problem.message for problem in log.problems if problem.is_fatal)
    return next(fatal, "" if log.runs else "nothing to judge")


def _trial(log: Log, report: LogReport, position: int) -> Trial:
    verdict, run = report.verdicts[position], report.run
    assert run is not None
    findings = [finding for finding in unfolded(report.findings) if finding.rule == verdict.rule]
    standing = [finding for finding in findings if not finding.superseded] or findings
    first = min(standing, key=lambda finding: finding.first.line or 0, default=None)
    last = max(standing, key=lambda finding: finding.last.line or 0, default=None)
    return Trial(
        path=log.path,
        run=run.number,
        runs=len(log.runs),
        state=verdict.state,
        reason=verdict.reason,
        first=first.first if first else None,
        last=last.last if last else None,
        end=run.last,
        is_active=any(finding.active for finding in standing),
        is_superseded=bool(findings) and all(finding.superseded for finding in findings),
        message=first.message if first else "",
    )
