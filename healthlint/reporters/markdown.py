"""The report as Markdown for a step summary, a pull request or an issue (GitHub's flavour).

Opens with where the run stands, then the findings, then every rule behind a fold; rules that were
not judged stay in front of it. A report for hundreds of logs stays below what GitHub takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from healthlint.documents.escapes import markdown, markdown_code
from healthlint.report import Evidence, Finding, LogReport, Place, Report, Standing
from healthlint.reporters._counts import NAMES, SIGNS, findings, listed, reasons, rules
from healthlint.reporters._facts import facts, obstacles, remarks
from healthlint.reporters._notices import config, notices, suppressed
from healthlint.reporters._paths import is_web, relative
from healthlint.terminal.numbers import number, numbers, percent, plural, spark
from healthlint.terminal.style import Style
from healthlint.terminal.text import clean
from healthlint.terminal.words import beside, heads, spot

ROOM = 900_000
"""Bytes that a report may take; GitHub refuses a step summary above 1,048,576."""
_MARKS = {"error": "🔴", "warning": "🟠", "info": "🔵"}
_SINCE = {"known": "known", "worse": "worse than in the baseline"}
_FOLLOWERS = 5


def render(report: Report, style: Style) -> str:
    """Return the report as Markdown."""
    report = clean(report)
    ending = "\n".join(_ending(report))
    blocks, room = [], ROOM - len(ending.encode("utf-8", "replace"))
    left_out = 0
    for log in report.logs:
        block = "\n".join(_log(replace(log, path=relative(log.path, style.root))))
        room -= len(block.encode("utf-8", "replace")) + 2
        blocks += [block] if room > 0 else []
        left_out += room <= 0
    if left_out:
        blocks.append(f"*{plural(left_out, 'more log')} left out: the report would be too long.*")
    blocks += [] if report.logs else ["No logs."]
    return "\n\n".join(filter(None, [*blocks, ending])) + "\n"


def _log(log: LogReport) -> Iterator[str]:
    """Yield the lines of one log."""
    yield f"## {_mark(log)} {markdown_code(log.path)}"
    if log.run is not None:
        yield from ("", f"**{log.answer.state.upper()}**: {markdown(log.answer.reason)}")
        yield from ("", f"> {markdown(log.answer.next)}") if log.answer.next else ()
        yield from ("", markdown(beside(log.against, log.answer.state))) if log.against else ()
        yield ""
        yield " · ".join(markdown(fact) for fact in facts(log, log.run) if fact)
    for finding in log.findings:
        if not finding.suppressed:
            yield from ("", *_finding(finding, log.path))
    if log.standing:
        yield from ("", *_standing(log.standing))
    yield from _obstacles(log)
    yield from _rules(log)


def _mark(log: LogReport) -> str:
    standing = [finding for finding in log.findings if finding.is_standing]
    if standing:
        return _MARKS[standing[0].severity]
    if log.no_verdict or log.required or log.run is None or not log.answer.is_green:
        return "⚪"
    return "🟢"


def _standing(standing: Sequence[Standing]) -> Iterator[str]:
    yield "| | | now | phase | trend | |"
    yield "|---|---|---:|---|---|---|"
    for head in standing:
        notes = [markdown(note) for note in head.notes]
        notes += [f"*{markdown(head.sounds)}*"] if head.sounds else []
        curve = spark(head.curve, 16, fancy=True)
        phase = f"**{markdown(head.phase)}**" if head.phase else ""
        cells = [markdown(head.label), curve, number(head.value), phase, markdown(head.trend_text)]
        yield f"| {' | '.join([*cells, ' · '.join(notes)])} |"


def _finding(finding: Finding, path: str) -> Iterator[str]:
    """Yield a finding: a heading, where and since when, its numbers and what to do."""
    is_quiet = finding.superseded or finding.is_accepted
    mark = "⚪" if is_quiet else _MARKS[finding.severity]
    yield f"### {mark} {finding.severity}: {markdown(finding.message)}"
    words = " · ".join(map(markdown, remarks(finding, _SINCE.get(finding.baseline, ""))))
    yield ""
    place = markdown_code(spot(path, finding.first.line))
    yield f"{markdown_code(finding.rule)} at {place} · {words}"
    if finding.is_accepted:
        return
    for places, rows in groupby(finding.evidence, key=lambda row: tuple(row.places)):
        yield from ("", *_table(places, list(rows)))
    yield from ("", f"> {markdown(finding.advice)}") if finding.advice else ()
    yield from ("", f"More: <{finding.url}>") if is_web(finding.url) else ()
    yield from _followers([each for each in finding.folded if not each.suppressed])


def _table(places: Sequence[Place], rows: Sequence[Evidence]) -> Iterator[str]:
    unit, tops = heads(places)
    yield f"| {' | '.join([unit, *tops, 'change', 'needs'])} |"
    yield f"|---|{'---:|' * (len(tops) + 1)}---|"
    for row in rows:
        needs = markdown(row.needs)
        cells = [markdown(row.metric), *numbers(row.values), percent(row.change), needs]
        yield f"| {' | '.join(cells)} |"


def _followers(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield from ("", "Followed by:", "")
    for each in findings[:_FOLLOWERS]:
        yield f"- {each.severity} {markdown_code(each.rule)}: {markdown(each.message)}"
    if len(findings) > _FOLLOWERS:
        yield f"- and {len(findings) - _FOLLOWERS} more"


def _obstacles(log: LogReport) -> Iterator[str]:
    """Yield what kept the log from a verdict, a line each."""
    listed = list(obstacles(log))
    yield from [""] if listed else []
    for head, place, words, hint in listed:
        at = f" {markdown_code(place)}" if place else ""
        advice = f" ({markdown(hint)})" if hint else ""
        yield f"- **{head}**{at}: {markdown(words)}{advice}"


def _rules(log: LogReport) -> Iterator[str]:
    """Yield the counts, the reasons of what was not judged, and each rule behind a fold."""
    if log.run is None:
        return
    yield ""
    head = f"{findings(log.findings, Style())}. " if log.findings or not log.no_verdict else ""
    yield f"{head}{markdown(rules(log.verdicts, {}))}."
    why = reasons(log.verdicts)
    for state in ("error", "not_judged"):
        for reason, ids in why.get(state, {}).items():
            yield f"- {NAMES[state]}: {markdown(reason)}: {', '.join(map(markdown_code, ids))}"
    if hidden := suppressed(log):
        each = dict.fromkeys(
            f"{markdown_code(finding.rule)} ({markdown(finding.suppressed)})" for finding in hidden
        )
        yield f"- {len(hidden)} suppressed: {', '.join(each)}"
    yield from ("", "<details><summary>All rules</summary>", "")
    yield from ("| rule | verdict | |", "|---|---|---|")
    for verdict in listed(log.verdicts):
        state = f"{SIGNS[verdict.state][1]} {NAMES[verdict.state]}"
        said = markdown(verdict.reason or verdict.summary)
        yield f"| {markdown_code(verdict.rule)} | {state} | {said} |"
    yield from ("", "</details>")


def _ending(report: Report) -> Iterator[str]:
    for place, words in notices(report):
        yield f"- notice {markdown_code(place)}: {markdown(words)}"
    if words := config(report):
        yield f"- config: {markdown_code(words)}"
