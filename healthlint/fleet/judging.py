"""One log to rows: what each worker does, in whatever process or machine."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from healthlint import __version__
from healthlint.checking import accepted, judged
from healthlint.fleet.course import course, progress
from healthlint.fleet.keeping import keep
from healthlint.fleet.plan import Plan
from healthlint.fleet.row import Row, RowFinding, RowState, cause_of, dumps, rounded
from healthlint.fleet.settings import settings_of
from healthlint.logs import Log, Problem
from healthlint.looking import fault, look
from healthlint.readers import all_formats
from healthlint.report import SEVERITIES, Finding, LogReport, Report
from healthlint.report.outcome import BROKEN, NO_VERDICT, log_code


class TookTooLong(Exception):
    """One log takes longer than one may."""


def judge_log(plan: Plan, path: str) -> list[bytes]:
    """Return the rows of a log, each as a line of JSON; whatever is wrong is in them.

    Args:
        plan: How to judge.
        path: The log.
    """
    try:
        with _limited(plan.seconds):
            return [dumps(row) for row in _rows(plan, path)]
    except TookTooLong:
        return [dumps(unread(path, took_too_long(plan.seconds)))]
    except MemoryError:
        return [dumps(unread(path, "larger than memory holds"))]
    except Exception as error:  # our own fault: told at its log, the others are judged
        return [dumps(unread(path, fault(error).message))]


def took_too_long(seconds: float) -> str:
    """Return why a log that takes longer than one may is not judged."""
    return f"not judged within {seconds:g} s; try it alone by `healthlint check`"


def unread(path: str, why: str) -> Row:
    """Return the row of a log that could not be looked at."""
    return Row(path=path, reason=why, problems=(why,))


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer; where a process cannot, whoever waits for it gives up."""
    is_main = threading.current_thread() is threading.main_thread()
    if not seconds or not is_main or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _rows(plan: Plan, path: str) -> Iterator[Row]:
    bench = plan.bench()._replace(heads=1)  # a row tells of no other
    log = look(path, plan.facts)
    if plan.run == "auto" and _is_store(log):
        bench = bench._replace(run="all")
    for report in judged(log, bench):
        alone = Report(version=__version__, fail_on="error", logs=[report])
        yield _row(log, accepted(alone, bench).logs[0])
    if plan.series:
        from healthlint.fleet.parquet import write_series

        write_series(log, plan.series)


def _is_store(log: Log) -> bool:
    """Return whether a format keeps runs beside one another, none of which follows another."""
    own = (reader for reader in all_formats() if log.format == reader.FORMAT)
    return any(getattr(reader, "IS_STORE", False) for reader in own)


def _row(log: Log, report: LogReport) -> Row:
    summary = report.run
    run = log.runs[summary.number - 1] if summary else None
    head = report.standing[0] if report.standing else None
    seen = progress(run, head) if run and head else None
    found = sorted(_found(report.findings), key=lambda one: SEVERITIES.index(one.severity))
    return Row(
        path=report.path,
        run=summary.number if summary else None,
        id=(summary.id or "") if summary else "",
        format=report.format,
        state=_state(report),
        answer=report.answer.state,
        reason=report.answer.reason if summary else report.no_verdict,
        next=report.answer.next,
        is_green=report.answer.is_green,
        cause=cause_of(found),
        findings=found,
        records=summary.records if summary else 0,
        steps=rounded(summary.last.step) if summary else None,
        epochs=rounded(summary.epoch) if summary else None,
        planned_epochs=rounded(summary.planned_epochs) if summary else None,
        status=(summary.status or "") if summary else "",
        course=course(seen, head) if seen and head else None,
        keep=keep(report.path, run, seen, head) if run and _is_file(report.path) else None,
        settings=settings_of(report.path, run.facts if run else {}),
        problems=[_problem(problem) for problem in report.problems],
    )


def _is_file(path: str) -> bool:
    return path != "-" and "://" not in path and Path(path).exists()


def _state(report: LogReport) -> RowState:
    code = log_code(report, "error")
    if code == BROKEN:
        return "unreadable"
    return "no verdict" if report.no_verdict or report.required or code == NO_VERDICT else "judged"


def _found(findings: Sequence[Finding], *, folded: bool = False) -> Iterator[RowFinding]:
    """Yield findings and those folded under them, without superseded ones."""
    for finding in findings:
        if not finding.superseded:
            yield RowFinding(
                rule=finding.rule,
                severity=finding.severity,
                active=finding.active,
                folded=folded,
                accepted=finding.is_accepted,
                fingerprint=finding.fingerprint,
                line=finding.first.line,
                step=rounded(finding.first.step),
                epoch=rounded(finding.first.epoch),
            )
        yield from _found(finding.folded, folded=True)


def _problem(problem: Problem) -> str:
    place = f"line {problem.line}: " if problem.line else ""
    return f"{place}{problem.message}"
