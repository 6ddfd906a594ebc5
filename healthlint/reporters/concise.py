"""The report for grep and editors: ``path:line: severity[rule] message``, one line a finding.

After the findings of a log stands its answer as ``path: state: reason``.
"""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.report import Finding, LogReport, Report
from healthlint.reporters._counts import findings, rules
from healthlint.reporters._facts import obstacles
from healthlint.reporters._notices import notices, suppressed
from healthlint.reporters.full.answer import inks
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import SEVERITY_INKS, Style
from healthlint.terminal.text import clean
from healthlint.terminal.words import spot


def render(report: Report, style: Style) -> str:
    """Return one line an answer, finding, problem and missing verdict, and a line of counts."""
    report = clean(report)
    lines = [line for log in report.logs for line in _log(log, style)]
    lines += [f"{place}: notice: {words}" for place, words in notices(report)]
    return "\n".join([*lines, summary(report, style)]) + "\n"


def _log(log: LogReport, style: Style) -> Iterator[str]:
    for finding in (each for each in log.findings if not each.suppressed):
        yield _finding(finding, log.path, style)
    for head, place, words, _ in obstacles(log):
        is_rule = head == "required"
        at = f"{log.path}: {head}[{place}]" if is_rule else f"{place or log.path}: {head}:"
        yield f"{at} {words}"
    if log.run is not None:
        state = style.paint(log.answer.state, *inks(log.answer))
        yield f"{log.path}: {state}: {log.answer.reason}"


def _finding(finding: Finding, path: str, style: Style) -> str:
    is_quiet = finding.superseded or finding.is_accepted
    inks = ("dim",) if is_quiet else SEVERITY_INKS[finding.severity]
    name = style.paint(f"{finding.severity}[{finding.rule}]", *inks)
    remarks = ["superseded"] if finding.superseded else []
    remarks += {"known": ["known"], "worse": ["worse than known"]}.get(finding.baseline, [])
    more = sum(not each.suppressed for each in finding.folded)
    remarks += [f"{more} more follow from it"] if more else []
    after = f" ({', '.join(remarks)})" if remarks else ""
    return f"{spot(path, finding.first.line)}: {name} {finding.message}{after}"


def summary(report: Report, style: Style) -> str:
    """Return the counts of findings, logs and rules in one line."""
    is_green = all(log.answer.is_green for log in report.logs)
    every = [each for log in report.logs for each in log.findings]
    counts = findings(every, style if every or is_green else Style())
    logs = plural(len(report.logs), "log")
    hidden = sum(len(suppressed(log)) for log in report.logs)
    logs += f", {hidden} suppressed" if hidden else ""
    verdicts = [verdict for log in report.logs for verdict in log.verdicts]
    return f"{counts} in {logs}. {rules(verdicts, {})}." if verdicts else f"{counts} in {logs}."
