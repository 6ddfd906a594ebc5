"""The report in a line a log, for chats and prompts: ``STOP runs/kokoro: over-smoothing: ...``."""

from __future__ import annotations

from healthlint.report import LogReport, Report
from healthlint.reporters.full.answer import inks
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean


def render(report: Report, style: Style) -> str:
    """Return a line each log: the answer, the log, and why."""
    return "\n".join(_line(log, style) for log in clean(report).logs) + "\n"


def _line(log: LogReport, style: Style) -> str:
    if log.run is None:
        reason = log.problems[0].message if log.problems else log.no_verdict
        return f"NOT READ {log.path}: {reason}"
    state = style.paint(log.answer.state.upper(), *inks(log.answer))
    return f"{state} {log.path}: {log.answer.reason}"
