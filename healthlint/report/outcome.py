"""What a report comes to: one exit code, the same in every format.

0 judged, nothing at or above ``fail_on`` · 1 findings · 2 a log could not be read, or a rule
broke · 3 no verdict. Of several logs 2 outranks 1 outranks 3 outranks 0.
"""

from __future__ import annotations

from collections.abc import Iterable

from healthlint.report import SEVERITIES, Finding, LogReport, Report, Severity

OK, FINDINGS, BROKEN, NO_VERDICT, INTERRUPTED = 0, 1, 2, 3, 130

_RANK = (OK, NO_VERDICT, FINDINGS, BROKEN)


def exit_code(report: Report) -> int:
    """Return the exit code of a report; a report without logs is no verdict.

    >>> exit_code(Report(version="0.1.0", fail_on="error", logs=()))
    3
    """
    return worst((log_code(log, report.fail_on) for log in report.logs), default=NO_VERDICT)


def worst(codes: Iterable[int], *, default: int = OK) -> int:
    """Return the code that outranks the others.

    >>> worst([0, 3, 1])
    1
    """
    return max(codes, key=_RANK.index, default=default)


def log_code(log: LogReport, fail_on: Severity) -> int:
    """Return the exit code that one log alone would have."""
    if any(problem.kind == "unreadable" for problem in log.problems):
        return BROKEN
    if any(verdict.state == "error" for verdict in log.verdicts):
        return BROKEN
    if any(fails(finding, fail_on) for finding in log.findings):
        return FINDINGS
    return NO_VERDICT if log.no_verdict or log.required else OK


def fails(finding: Finding, fail_on: Severity) -> bool:
    """Return whether a finding, or one folded under it, reaches the severity that fails a check.

    A superseded finding never does: the records it lies on are no part of the run any more. One
    that is suppressed or known does not by itself; what is folded under it may.
    """
    if finding.superseded:
        return False
    return fails_alone(finding, fail_on) or any(
        fails(follower, fail_on) for follower in finding.folded
    )


def fails_alone(finding: Finding, fail_on: Severity) -> bool:
    """Return whether a finding fails a check by itself, whatever is folded under it."""
    return finding.is_standing and SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on)
