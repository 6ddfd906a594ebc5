"""The report as a GitLab Code Quality artifact: a JSON array, one entry a remark.

GitLab compares the fingerprints of a merge request with those of its target, so they hold no step
and no value: rule, metrics, split and path, and a number where there are several of these.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from healthlint.documents.json import dumps
from healthlint.report import Report
from healthlint.reporters._entries import Entry, remarks
from healthlint.terminal.style import Style

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def render(report: Report, style: Style) -> str:
    """Return one code quality entry a remark."""
    seen: Counter[str] = Counter()
    issues = []
    for entry in remarks(report, style):
        what = entry.found.fingerprint if entry.found else entry.message
        key = "\n".join([entry.path, entry.name, what])
        issues.append(_issue(entry, sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:32]))
        seen[key] += 1
    return dumps(issues, is_indented=True)


def _issue(entry: Entry, fingerprint: str) -> dict[str, object]:
    is_unreadable = entry.kind in ("broken", "problem") and entry.level == "error"
    return {
        "type": "issue",
        "check_name": entry.name,
        "description": f"{entry.name}: {entry.message}",
        "content": {"body": entry.found.help if entry.found else ""},
        "categories": ["Bug Risk"],
        "severity": "blocker" if is_unreadable else _SEVERITIES[entry.level],
        "fingerprint": fingerprint,
        "location": {"path": entry.path, "lines": {"begin": entry.line or 1}},
    }
