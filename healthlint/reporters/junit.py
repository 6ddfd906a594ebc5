"""The report as JUnit XML: a suite a log, a case a rule, and before them the answer.

The answer passes where it is as wanted, and is skipped with its reason where it is not: what fails
is the business of the rules. A case fails where the check does: on a finding at or above
``--fail-on``. Lesser findings are the output of a case that passes. A rule that is pending, not
judged, or whose findings are all accepted is skipped, with the reason. What keeps a log from a
verdict is an error, so that no view is green where the exit code is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from healthlint.documents.junit import Case, Suite, document
from healthlint.report import SEVERITIES, Finding, LogReport, Report, Severity, Verdict, unfolded
from healthlint.report.outcome import fails_alone
from healthlint.reporters._counts import NAMES
from healthlint.reporters._paths import relative
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean
from healthlint.terminal.words import held, spot

_SKIPPED = ("pending", "not_judged", "not_applicable")


def render(report: Report, style: Style) -> str:
    """Return the report as JUnit XML."""
    report = clean(report)
    several = Counter(log.path for log in report.logs)
    return document([_suite(log, several[log.path] > 1, style, report) for log in report.logs])


def _suite(log: LogReport, is_one_of_many: bool, style: Style, report: Report) -> Suite:
    path = relative(log.path, style.root)
    name = f"{path} run {log.run.number}" if is_one_of_many and log.run else path
    partial = [
        f"{spot(name, problem.line, problem.column)}: {problem.message}"
        for problem in log.problems
        if not problem.is_fatal
    ]
    return Suite(name, list(_cases(log, report.fail_on)), "\n".join(partial))


def _cases(log: LogReport, fail_on: Severity) -> Iterator[Case]:
    """Yield the answer, the case of a log that could not be judged, and one a rule."""
    if log.run is not None:
        answer = log.answer
        said = f"{answer.state}: {answer.reason}"
        text = "\n".join(filter(None, [said, answer.next]))
        plain = Case(group="healthlint", name="answer", text=text)
        yield plain if answer.is_green else plain._replace(state="skipped", message=said)
    reasons = [problem.message for problem in log.problems if problem.is_fatal]
    reasons += [log.no_verdict] if log.no_verdict and log.no_verdict not in reasons else []
    if reasons:
        plain, text = Case(group="healthlint", name="verdict"), "\n".join(reasons)
        yield plain._replace(state="error", message=reasons[0], text=text, kind="no verdict")
    for verdict in log.verdicts:
        findings = [each for each in unfolded(log.findings) if each.rule == verdict.rule]
        yield _of_rule(verdict, findings, log, fail_on)


def _of_rule(
    verdict: Verdict, findings: Sequence[Finding], log: LogReport, fail_on: Severity
) -> Case:
    group, _, name = verdict.rule.rpartition("/")
    plain = Case(group=group or "healthlint", name=name)
    required = (log.required or {}).get(verdict.rule)
    if verdict.state == "error":
        return plain._replace(state="error", message=verdict.reason, kind="broken rule")
    if required is not None:
        return plain._replace(state="error", message=f"required: {required}", kind="no verdict")
    if verdict.state in _SKIPPED:
        message = f"{NAMES[verdict.state]}: {verdict.reason or 'no reason given'}"
        return plain._replace(state="skipped", message=message)
    return _with_findings(plain, findings, log, fail_on)


def _with_findings(
    plain: Case, findings: Sequence[Finding], log: LogReport, fail_on: Severity
) -> Case:
    failing = [each for each in findings if fails_alone(each, fail_on)]
    text = "\n".join(_told(each, log.path) for each in failing or findings)
    if failing:
        kind = min((each.severity for each in failing), key=SEVERITIES.index)
        return plain._replace(state="failure", message=failing[0].message, text=text, kind=kind)
    if findings and all(each.is_accepted for each in findings):
        why = "; ".join(dict.fromkeys(_accepted(each) for each in findings))
        return plain._replace(state="skipped", message=why, text=text)
    return plain._replace(text=text)


def _accepted(finding: Finding) -> str:
    return f"suppressed: {finding.suppressed}" if finding.suppressed else "known from the baseline"


def _told(finding: Finding, path: str) -> str:
    """Return a finding in a few lines: severity and message, where, since when, what to do."""
    where = f"  {spot(path, finding.first.line)}: {held(finding)}"
    advice = f"  {finding.help}" if finding.help else ""
    return "\n".join(filter(None, [f"{finding.severity}: {finding.message}", where, advice]))
