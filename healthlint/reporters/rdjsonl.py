"""The report in the Reviewdog Diagnostic Format: one JSON object a line, one line a remark."""

from __future__ import annotations

from healthlint.documents.json import dumps
from healthlint.report import Report
from healthlint.reporters._entries import Entry, remarks
from healthlint.reporters._paths import is_web
from healthlint.terminal.style import Style

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(report: Report, style: Style) -> str:
    """Return one diagnostic a remark; nothing where there is none."""
    return "".join(
        dumps(_diagnostic(remark), is_indented=False) for remark in remarks(report, style)
    )


def _diagnostic(entry: Entry) -> dict[str, object]:
    location: dict[str, object] = {"path": entry.path}
    if entry.line:
        column = {"column": entry.column} if entry.column else {}
        location["range"] = {"start": {"line": entry.line, **column}}
    advice = f"\n{entry.found.help}" if entry.found and entry.found.help else ""
    url = {"url": entry.found.url} if entry.found and is_web(entry.found.url) else {}
    return {
        "message": f"{entry.message}{advice}",
        "location": location,
        "severity": _SEVERITIES[entry.level],
        "source": {"name": "healthlint"},
        "code": {"value": entry.name, **url},
    }
