"""The report for people: what to do, what is wrong with its numbers, where the run stands.

Every part returns lines; this module only puts them in order. The report is made clean of control
characters once, here, before anything of it is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import MOST_TOLD, LogReport, Report
from healthlint.reporters._style import Style
from healthlint.reporters._text import clean
from healthlint.reporters.full.answer import answer, table
from healthlint.reporters.full.closing import closing, total
from healthlint.reporters.full.ending import ending, suppressions
from healthlint.reporters.full.findings import finding
from healthlint.reporters.full.opening import opening, other_runs
from healthlint.reporters.full.problems import problems
from healthlint.reporters.full.standing import standing


def render(report: Report, style: Style) -> str:
    """Return the report as text for a terminal or a file."""
    report = clean(report)
    if len(report.logs) > 1:
        worst = sorted(report.logs, key=lambda log: log.answer.rank)
        shown = worst if style.detail > 1 else [log for log in worst[:MOST_TOLD] if _is_told(log)]
        blocks = ["\n".join(table(worst, style))]
        blocks += ["\n".join(_log(log, style)) for log in shown]
        blocks.append(total(report, style))
    else:
        blocks = ["\n".join(_log(log, style)) for log in report.logs]
    blocks.append(ending(report, style))
    return "\n\n".join(filter(None, blocks)) + "\n"


def _is_told(log: LogReport) -> bool:
    """Return whether there is more to say of one of several logs than its line in the table."""
    return log.run is None or log.answer.state in ("stop", "attention") or bool(log.problems)


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
