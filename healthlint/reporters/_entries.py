"""A report as a flat list of remarks, each with its place: for formats of one line a remark.

Suppressed findings are left out; known and superseded ones stay as information. What follows from
a finding is told with it, unless it is accepted itself: then the followers speak for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from healthlint.report import Finding, LogReport, Report, Severity
from healthlint.reporters._counts import reasons
from healthlint.reporters._notices import notices
from healthlint.reporters._paths import relative
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean
from healthlint.terminal.words import by_reason

Kind = Literal[
    "finding", "broken", "problem", "no-verdict", "required", "not-seen", "not-judged", "notice"
]
_PLACE = re.compile(r"(?P<path>.*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One remark.

    Attributes:
        kind: What it is about.
        level: How bad it is: ``error`` and ``warning`` want something done.
        name: Rule of a finding or of a rule that broke, else ``healthlint/KIND``.
        message: What it says, in one line.
        path: The file, never absolute; ``-`` is standard input.
        line: 1-based line, None where the whole file is meant.
        column: 1-based column, None where unknown.
        found: The finding, None where it is about something else.
    """

    kind: Kind
    level: Severity
    name: str
    message: str
    path: str
    line: int | None = None
    column: int | None = None
    found: Finding | None = None


def remarks(report: Report, style: Style) -> Iterator[Entry]:
    """Yield the remarks of a report that are worth a mark beside somebody's code."""
    return (entry for entry in entries(report, style) if entry.kind != "not-judged")


def entries(report: Report, style: Style) -> Iterator[Entry]:
    """Yield the remarks of a report, free of control characters, log by log."""
    report = clean(report)
    for log in report.logs:
        path = relative(log.path, style.root)
        yield from (_finding(finding, path) for finding in speaking(log.findings))
        yield from _broken(log, path)
        yield from _problems(log, path)
        yield from _missing(log, path)
    for place, words in notices(report):
        level: Severity = "warning" if words.startswith("expired") else "info"
        at = _PLACE.fullmatch(place)
        path, *digits = at.group("path", "line", "column") if at else (place, None, None)
        line, column = (int(each) if each else None for each in digits)
        entry = _own("notice", level, words, relative(path, style.root))
        yield replace(entry, line=line, column=column)


def _own(kind: Kind, level: Severity, message: str, path: str) -> Entry:
    """Return a remark of ours, which is about no finding."""
    return Entry(kind=kind, level=level, name=f"healthlint/{kind}", message=message, path=path)


def speaking(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that are not suppressed, and what only follows from accepted ones."""
    for finding in findings:
        if not finding.suppressed:
            yield finding
        if finding.is_accepted:
            yield from (each for each in speaking(finding.folded) if not each.is_accepted)


def _finding(finding: Finding, path: str) -> Entry:
    is_past = finding.superseded or finding.is_accepted
    level: Severity = "info" if is_past else finding.severity
    message = finding.message
    if finding.superseded:
        message += " (superseded: a resume went back behind it)"
    message += {"known": " (known)", "worse": " (worse than known)"}.get(finding.baseline, "")
    followers = [each.rule for each in finding.folded if not each.suppressed]
    if followers and not finding.is_accepted:
        message += f" (followed by {', '.join(followers)})"
    return Entry(
        kind="finding",
        level=level,
        name=finding.rule,
        message=message,
        path=path,
        line=finding.first.line,
        found=finding,
    )


def _broken(log: LogReport, path: str) -> Iterator[Entry]:
    for verdict in log.verdicts:
        if verdict.state == "error":
            message = f"the rule broke: {verdict.reason}"
            yield Entry(kind="broken", level="error", name=verdict.rule, message=message, path=path)


def _problems(log: LogReport, path: str) -> Iterator[Entry]:
    for problem in log.problems:
        more = f" ({problem.count:,} times)" if problem.count > 1 else ""
        hint = f"; {problem.hint}" if problem.hint else ""
        level: Severity = "error" if problem.is_fatal else "warning"
        kind: Kind = "no-verdict" if problem.kind == "nothing" else "problem"
        entry = _own(kind, level, f"{problem.message}{more}{hint}", path)
        yield replace(entry, line=problem.line, column=problem.column)


def _missing(log: LogReport, path: str) -> Iterator[Entry]:
    """Yield what kept the log from a verdict, and which rules could not be judged."""
    if log.no_verdict and not any(problem.message == log.no_verdict for problem in log.problems):
        yield _own("no-verdict", "error", log.no_verdict, path)
    for rule, reason in sorted((log.required or {}).items()):
        message = f"{rule} is required and came to no verdict: {reason}"
        yield _own("required", "error", message, path)
    each = [f"{', '.join(rules)} ({why})" for why, rules in by_reason(log.unseen).items()]
    told = [f"not seen: {'; '.join(each)}"] if each else []
    if log.run is not None and log.answer.state in ("cannot tell", "too early"):
        told = [f"{log.answer.state}: {log.answer.reason}", *told]
    if told:
        yield _own("not-seen", "info", "; ".join(told), path)
    why = reasons(log.verdicts).get("not_judged", {})
    if why:
        count = sum(map(len, why.values()))
        listed = "; ".join(f"{reason}: {', '.join(rules)}" for reason, rules in why.items())
        yield _own("not-judged", "info", f"{plural(count, 'rule')} not judged ({listed})", path)
