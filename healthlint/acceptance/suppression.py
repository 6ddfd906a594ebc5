"""Suppressed findings: each for a reason, some until a day."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from healthlint.report import (
    SEVERITIES,
    Finding,
    LogReport,
    Report,
    SuppressionUse,
    UseState,
    unfolded,
)


class Suppression(NamedTuple):
    """One suppression.

    Attributes:
        rules: Ids of the rules that it means.
        rule: The pattern that they were named by.
        reason: Why.
        log: Pattern of the logs that it holds for, empty for all; ``*`` matches ``/`` as well.
        metric: Pattern of the metric that it holds for, empty for all.
        until: Last day on which it holds, None where it does not end.
        origin: Where it is written.
        folder: Folder that ``log`` is relative to.
    """

    rules: frozenset[str]
    rule: str
    reason: str
    log: str = ""
    metric: str = ""
    until: date | None = None
    origin: str = ""
    folder: str = ""

    def has_expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return self.until is not None and today > self.until

    def covers(self, log: str) -> bool:
        """Return whether it holds for a log."""
        return not self.log or fnmatchcase(_relative(log, self.folder), self.log)

    def matches(self, finding: Finding) -> bool:
        """Return whether it means a finding of a log that it covers."""
        if finding.rule not in self.rules:
            return False
        return not self.metric or any(
            fnmatchcase(name, self.metric)
            for evidence in finding.evidence
            for name in (evidence.metric, evidence.series, evidence.series.rpartition("/")[2])
        )


def _relative(log: str, folder: str) -> str:
    """Return the path of a log as it reads from a folder, with slashes."""
    if log == "-":
        return log
    try:
        return Path(os.path.relpath(log, folder or ".")).as_posix()
    except ValueError:  # another drive
        return Path(log).as_posix()


def suppress(report: Report, suppressions: Sequence[Suppression], today: date) -> Report:
    """Return the report with what is suppressed marked, and what became of each suppression.

    What is folded under a suppressed finding and is not suppressed itself becomes a finding of its
    own.

    Args:
        report: The report.
        suppressions: The suppressions; of several that mean one finding the first counts.
        today: The day on which ``until`` is judged.
    """
    active = [suppression for suppression in suppressions if not suppression.has_expired(today)]
    logs = [_marked_log(log, active) for log in report.logs]
    uses = [_use(suppression, report.logs, today) for suppression in suppressions]
    return replace(report, logs=logs, suppressions=uses)


def _marked_log(log: LogReport, active: Iterable[Suppression]) -> LogReport:
    here = [suppression for suppression in active if suppression.covers(log.path)]
    if not here:
        return log
    findings = [each for finding in log.findings for each in _marked(finding, here)]
    return replace(log, findings=sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[int, bool, int]:
    return SEVERITIES.index(finding.severity), finding.superseded, finding.first.line or 0


def _marked(finding: Finding, here: Sequence[Suppression]) -> Iterator[Finding]:
    """Yield a finding with its mark, and what it may no longer hide under it."""
    reason = next((suppression.reason for suppression in here if suppression.matches(finding)), "")
    folded = [each for follower in finding.folded for each in _marked(follower, here)]
    if not reason:
        yield replace(finding, folded=folded) if folded else finding
        return
    yield replace(finding, suppressed=reason, folded=[each for each in folded if each.suppressed])
    yield from (each for each in folded if not each.suppressed)


def _use(suppression: Suppression, logs: Sequence[LogReport], today: date) -> SuppressionUse:
    covered = [log for log in logs if suppression.covers(log.path)]
    count = sum(suppression.matches(each) for log in covered for each in unfolded(log.findings))
    until = suppression.until.isoformat() if suppression.until else ""
    state = "expired" if suppression.has_expired(today) else _state(suppression, covered, count)
    return SuppressionUse(
        rule=suppression.rule,
        reason=suppression.reason,
        log=suppression.log,
        metric=suppression.metric,
        until=until,
        origin=suppression.origin,
        state=state,
        findings=count,
    )


def _state(suppression: Suppression, covered: Sequence[LogReport], count: int) -> UseState:
    """Return whether a suppression that holds matched, or could have."""
    if count:
        return "used"
    judged = any(
        verdict.rule in suppression.rules and verdict.state in ("fail", "pass")
        for log in covered
        for verdict in log.verdicts
    )
    return "unused" if judged else "not_judged"
