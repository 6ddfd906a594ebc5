"""The report for people: what to do, what is wrong with its numbers, where the run stands.

Every part returns lines; this module only puts them in order. The report is made clean of control
characters once, here, before anything of it is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import MOST_TOLD, LogReport, Report
from healthlint.reporters.full.answer import answer, table
from healthlint.reporters.full.closing import closing, ending, problems, suppressions, total
from healthlint.reporters.full.findings import finding
from healthlint.reporters.full.opening import opening, other_runs
from healthlint.reporters.full.standing import standing
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean


def render(report: Report, style: Style) -> str:
    """Return the report as text for a terminal or a file."""
    report = clean(report)
    several = _several(report, style) if len(report.logs) > 1 else []
    blocks = several or ["\n".join(_log(log, style)) for log in report.logs]
    return "\n\n".join(filter(None, [*blocks, ending(report, style)])) + "\n"


def _several(report: Report, style: Style) -> Iterator[str]:
    """Yield a table of all logs, worst first, the worst in full, and how many came to what."""
    worst = sorted(report.logs, key=lambda log: log.answer.rank)
    shown = [log for log in worst if log.run is None or log.answer.state in ("stop", "attention")]
    shown = worst if style.detail > 1 else shown[:MOST_TOLD]
    others = [log for log in worst if log not in shown]
    yield "\n".join(table(worst, style))
    yield from ("\n".join(_log(log, style)) for log in shown)
    yield "\n".join(line for log in others for line in problems(log, style))
    yield total(report, style)


def _log(log: LogReport, style: Style) -> Iterator[str]:
    """Yield the lines of one log: answer, findings, where it stands, problems, counts."""
    if log.run is not None:
        yield from answer(log, style)
    shown = [each for each in log.findings if not each.suppressed]
    for each in shown:
        yield ""
        yield from finding(each, log, style)
    if log.run is not None and style.detail:
        yield ""
        yield from opening(log, log.run, style)
        yield from standing(log.standing, style)
    if log.problems:
        yield from [""] if log.run is not None else []
        yield from problems(log, style)
    if log.run is not None:
        yield ""
    yield from closing(log, style)
    yield from suppressions(log, style)
    yield from other_runs(log, style)
