"""The report as SARIF 2.1.0, as code scanning services take it.

Findings are results, what follows from one included; a suppression is a suppression of SARIF, what
a baseline says is its ``baselineState``. Rules that were not judged, problems with the log, and
notices are notifications of the invocation, not results: a service that ignores ``kind`` would show
each as an alert. The exit code is that of the invocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from healthlint.documents.json import dumps
from healthlint.report import Finding, LogReport, Place, Report, Severity, Verdict, unfolded
from healthlint.report.outcome import BROKEN, exit_code
from healthlint.reporters._entries import Entry, entries
from healthlint.reporters._paths import is_web, relative
from healthlint.reporters.json import finite
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean

Json = dict[str, object]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_BASELINE = {"known": "unchanged", "new": "new", "worse": "updated"}
_NOTIFICATIONS = {
    "healthlint/broken": "A rule broke while it was judged.",
    "healthlint/problem": "A part of a log could not be read.",
    "healthlint/no-verdict": "Nothing of a log could be judged.",
    "healthlint/required": "A required rule came to no verdict.",
    "healthlint/not-seen": "A rule that matters most could not look at a log.",
    "healthlint/not-judged": "Rules could not be judged: a metric, fact or scale is missing.",
    "healthlint/notice": "A suppression or an entry of the baseline needs a look.",
}


def render(report: Report, style: Style) -> str:
    """Return the report as indented JSON."""
    report = clean(report)
    document: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, style)]}
    return dumps(document, is_indented=True)


def _run(report: Report, style: Style) -> Json:
    descriptors = list(_rules(report))
    rules = {rule["id"]: number for number, rule in enumerate(descriptors)}
    results = [
        result
        for log in report.logs
        for result in _results(log.findings, relative(log.path, style.root), rules)
    ]
    told = [_notification(entry) for entry in entries(report, style) if entry.kind != "finding"]
    code = exit_code(report)
    outcome = {"executionSuccessful": code != BROKEN, "exitCode": code}
    return {
        "tool": {"driver": _driver(report.version, descriptors)},
        "invocations": [{**outcome, "toolExecutionNotifications": told}],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"logs": [_summary(log, style) for log in report.logs]},
    }


def _driver(version: str, rules: Sequence[Json]) -> Json:
    described = [
        {"id": name, "shortDescription": {"text": words}} for name, words in _NOTIFICATIONS.items()
    ]
    return {"name": "healthlint", "version": version, "rules": rules, "notifications": described}


def _rules(report: Report) -> Iterator[Json]:
    """Yield one descriptor a rule that was judged or has findings, in the order of the report."""
    by_rule = {each.rule: each for log in report.logs for each in unfolded(log.findings)}
    verdicts = {each.rule: each for log in report.logs for each in log.verdicts}
    for rule in dict.fromkeys([*verdicts, *by_rule]):
        yield _rule(rule, verdicts.get(rule), by_rule.get(rule))


def _rule(rule: str, verdict: Verdict | None, finding: Finding | None) -> Json:
    severity: Severity = verdict.severity if verdict else (finding.severity if finding else "info")
    summary = (verdict.summary if verdict else "") or (finding.summary if finding else "") or rule
    described: Json = {
        "id": rule,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }
    if finding and finding.help:
        described["help"] = {"text": finding.help}
    url = (verdict.url if verdict else "") or (finding.url if finding else "")
    if is_web(url):
        described["helpUri"] = quote(url, safe=":/?#[]@!$&'()*+,;=%~")
    return described


def _results(
    findings: Iterable[Finding], path: str, rules: dict[object, int], cause: Finding | None = None
) -> Iterator[Json]:
    for finding in findings:
        yield _result(finding, path, rules, cause)
        yield from _results(finding.folded, path, rules, finding)


def _result(finding: Finding, path: str, rules: dict[object, int], cause: Finding | None) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rules[finding.rule],
        "kind": "fail",
        "level": "note" if finding.superseded else _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(path, finding.first.line)],
        "partialFingerprints": {
            "healthlintFingerprint/v1": finding.fingerprint,
            "healthlintOccurrence/v1": finding.occurrence,
        },
        "properties": _properties(finding),
    }
    if cause is not None:
        words = {"text": f"follows from {cause.rule}: {cause.message}"}
        result["relatedLocations"] = [{**_location(path, cause.first.line), "message": words}]
    if finding.suppressed:
        reason = {"kind": "external", "status": "accepted", "justification": finding.suppressed}
        result["suppressions"] = [reason]
    if finding.baseline:
        result["baselineState"] = _BASELINE[finding.baseline]
    return result


def _properties(finding: Finding) -> Json:
    return {
        "confidence": finding.confidence,
        "split": finding.split or None,
        "active": finding.active,
        "superseded": finding.superseded,
        "count": finding.count,
        "margin": _number(finding.margin),
        "first": _place(finding.first),
        "last": _place(finding.last),
        "series": [each.series for each in finding.evidence],
    }


def _place(place: Place) -> Json:
    return {"step": _number(place.step), "epoch": _number(place.epoch)}


def _number(value: float | None) -> object:
    return None if value is None else finite(value)


def _location(path: str, line: int | None, column: int | None = None) -> Json:
    physical: Json = {"artifactLocation": {"uri": quote(path)}}
    if line:
        physical["region"] = {"startLine": line, **({"startColumn": column} if column else {})}
    return {"physicalLocation": physical}


def _notification(entry: Entry) -> Json:
    is_own = entry.name in _NOTIFICATIONS
    told: Json = {
        "level": _LEVELS[entry.level],
        "message": {"text": entry.message},
        "descriptor": {"id": f"healthlint/{entry.kind}"},
        "locations": [_location(entry.path, entry.line, entry.column)],
    }
    return told if is_own else {**told, "associatedRule": {"id": entry.name}}


def _summary(log: LogReport, style: Style) -> Json:
    """Return the answer, and what each rule came to, for those who want the whole picture."""
    answer = log.answer
    return {
        "path": relative(log.path, style.root),
        "run": log.run.number if log.run else None,
        "answer": {
            "state": answer.state,
            "reason": answer.reason,
            "next": answer.next or None,
            "isGreen": answer.is_green,
        },
        "verdicts": {verdict.rule: verdict.state for verdict in log.verdicts},
    }
