"""The report as GitHub workflow commands: an annotation a remark, then a line a log, and counts.

GitHub shows ten errors, ten warnings and ten notices a step; all of them stay in the step's log.
What is not an annotation is plain text that no name in a log can turn into a command.
"""

from __future__ import annotations

from healthlint.documents.escapes import workflow
from healthlint.report import Report
from healthlint.reporters._entries import Entry, remarks
from healthlint.reporters.concise import summary
from healthlint.reporters.line import render as render_answers
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, style: Style) -> str:
    """Return one workflow command a remark, worst first, the answers, and the counts."""
    entries = sorted(remarks(report, style), key=lambda entry: list(_COMMANDS).index(entry.level))
    lines = [_command(entry) for entry in entries]
    lines += render_answers(report, Style()).splitlines()
    return "\n".join([*lines, summary(clean(report), Style())]) + "\n"


def _command(entry: Entry) -> str:
    """Return the workflow command of a remark, its help on a second line."""
    properties: dict[str, object] = {"title": entry.name}
    if entry.path != "-":
        properties = {"file": entry.path, "line": entry.line, "col": entry.column, **properties}
    given = ",".join(
        f"{name}={workflow(str(value), is_property=True)}"
        for name, value in properties.items()
        if value
    )
    lines = [entry.message, entry.found.help if entry.found else ""]
    message = workflow("\n".join(filter(None, lines)))
    return f"::{_COMMANDS[entry.level]} {given}::{message}"
