"""The report as Markdown for a step summary, a pull request or an issue (GitHub's flavour).

Opens with where the run stands, then the findings, then every rule behind a fold; rules that were
not judged stay in front of it. A report for hundreds of logs stays below what GitHub takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from healthlint.report import STATES, Evidence, Finding, LogReport, Place, Report, Standing, State
from healthlint.reporters._counts import NAMES, findings, reasons, rules
from healthlint.reporters._facts import facts
from healthlint.reporters._notices import config, notices, suppressed
from healthlint.reporters._paths import is_web, relative
from healthlint.reporters._style import Style
from healthlint.reporters._text import clean
from healthlint.reporters._words import (
    SPLITS,
    beside,
    heads,
    held,
    number,
    numbers,
    percent,
    plural,
    spark,
    spot,
)

ROOM = 900_000
"""Bytes that a report may take; GitHub refuses a step summary above 1,048,576."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$#])")
_MARKS = {"error": "🔴", "warning": "🟠", "info": "🔵"}
_STATES: dict[State, str] = {
    "fail": "❌ failed",
    "error": "💥 broken",
    "not_judged": "❔ not judged",
    "pending": "⏳ pending",
    "pass": "✅ passed",
    "not_applicable": "➖ for other runs",
}
_ORDER = ("fail", "error", "not_judged", "pending", "pass", "not_applicable")
assert set(_ORDER) == set(STATES)
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
    if not report.logs:
        blocks.append("No logs.")
    return "\n\n".join(filter(None, [*blocks, ending])) + "\n"


def _log(log: LogReport) -> Iterator[str]:
    """Yield the lines of one log."""
    yield f"## {_mark(log)} {_code(log.path)}"
    if log.run is not None:
        yield from ("", f"**{log.answer.state.upper()}**: {_text(log.answer.reason)}")
        yield from ("", f"> {_text(log.answer.next)}") if log.answer.next else ()
        yield from ("", _text(beside(log.against))) if log.against else ()
        yield ""
        yield " · ".join(_text(fact) for fact in facts(log, log.run) if fact)
    for found in log.findings:
        if not found.suppressed:
            yield from ("", *_finding(found, log.path))
    if log.standing:
        yield from ("", *_standing(log.standing))
    yield from _problems(log)
    yield from _rules(log)


def _mark(log: LogReport) -> str:
    standing = [one for one in log.findings if one.is_standing]
    if standing:
        return _MARKS[standing[0].severity]
    if log.no_verdict or log.required or log.run is None or not log.answer.is_green:
        return "⚪"
    return "🟢"


def _standing(standing: Sequence[Standing]) -> Iterator[str]:
    yield "| | | now | phase | trend | |"
    yield "|---|---|---:|---|---|---|"
    for head in standing:
        remarks = [_text(note) for note in head.notes]
        remarks += [f"*{_text(head.sounds)}*"] if head.sounds else []
        curve = spark(head.curve, 16, fancy=True)
        phase = f"**{_text(head.phase)}**" if head.phase else ""
        cells = [_text(head.label), curve, number(head.value), phase, _text(head.trend_text)]
        yield f"| {' | '.join([*cells, ' · '.join(remarks)])} |"


def _finding(found: Finding, path: str) -> Iterator[str]:
    """Yield a finding: a heading, where and since when, its numbers and what to do."""
    is_quiet = found.superseded or found.is_accepted
    mark = "⚪" if is_quiet else _MARKS[found.severity]
    yield f"### {mark} {found.severity}: {_text(found.message)}"
    remarks = [held(found), SPLITS.get(found.split, found.split), _SINCE.get(found.baseline, "")]
    remarks += [] if found.confidence == "high" else [f"{found.confidence} confidence"]
    words = " · ".join(_text(each) for each in remarks if each)
    yield ""
    yield f"{_code(found.rule)} at {_code(spot(path, found.first.line))} · {words}"
    if found.is_accepted:
        return
    for places, rows in groupby(found.evidence, key=lambda row: tuple(row.places)):
        yield from ("", *_table(places, list(rows)))
    yield from ("", f"> {_text(found.advice)}") if found.advice else ()
    yield from ("", f"More: <{found.url}>") if is_web(found.url) else ()
    yield from _followers([each for each in found.folded if not each.suppressed])


def _table(places: Sequence[Place], rows: Sequence[Evidence]) -> Iterator[str]:
    unit, tops = heads(places)
    yield f"| {' | '.join([unit, *tops, 'change', 'needs'])} |"
    yield f"|---|{'---:|' * (len(tops) + 1)}---|"
    for row in rows:
        cells = [_text(row.metric), *numbers(row.values), percent(row.change), _text(row.needs)]
        yield f"| {' | '.join(cells)} |"


def _followers(found: Sequence[Finding]) -> Iterator[str]:
    if not found:
        return
    yield from ("", "Followed by:", "")
    for each in found[:_FOLLOWERS]:
        yield f"- {each.severity} {_code(each.rule)}: {_text(each.message)}"
    if len(found) > _FOLLOWERS:
        yield f"- and {len(found) - _FOLLOWERS} more"


def _problems(log: LogReport) -> Iterator[str]:
    told = [one.message for one in log.problems]
    if log.problems or log.no_verdict or log.required:
        yield ""
    for problem in log.problems:
        more = f" ({problem.count:,} times)" if problem.count > 1 else ""
        hint = f" ({_text(problem.hint)})" if problem.hint else ""
        at = _code(spot(log.path, problem.line, problem.column))
        head = {"unreadable": "error", "nothing": "no verdict"}.get(problem.kind, "problem")
        yield f"- **{head}** {at}: {_text(problem.message)}{more}{hint}"
    if log.no_verdict and log.no_verdict not in told:
        yield f"- **no verdict**: {_text(log.no_verdict)}"
    for rule, reason in sorted((log.required or {}).items()):
        yield f"- **required** {_code(rule)}: {_text(reason)}"


def _rules(log: LogReport) -> Iterator[str]:
    """Yield the counts, the reasons of what was not judged, and each rule behind a fold."""
    if log.run is None:
        return
    yield ""
    head = f"{findings(log.findings, Style())}. " if log.findings or not log.no_verdict else ""
    yield f"{head}{_text(rules(log.verdicts, {}))}."
    why = reasons(log.verdicts)
    for state in ("error", "not_judged"):
        for reason, ids in why.get(state, {}).items():
            yield f"- {NAMES[state]}: {_text(reason)}: {', '.join(map(_code, ids))}"
    if hidden := suppressed(log):
        each = dict.fromkeys(f"{_code(one.rule)} ({_text(one.suppressed)})" for one in hidden)
        yield f"- {len(hidden)} suppressed: {', '.join(each)}"
    yield from ("", "<details><summary>All rules</summary>", "")
    yield from ("| rule | verdict | |", "|---|---|---|")
    for one in sorted(log.verdicts, key=lambda one: _ORDER.index(one.state)):
        said = _text(one.reason or one.summary)
        yield f"| {_code(one.rule)} | {_STATES[one.state]} | {said} |"
    yield from ("", "</details>")


def _ending(report: Report) -> Iterator[str]:
    for place, words in notices(report):
        yield f"- notice {_code(place)}: {_text(words)}"
    if words := config(report):
        yield f"- config: {_code(words)}"


def _text(text: str) -> str:
    r"""Return text with everything that Markdown or HTML would take for a sign made plain.

    >>> print(_text("mel <b> a_b*"))
    mel \<b\> a\_b\*
    """
    return _SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    """Return text as code, in a table too; a backtick in it becomes an apostrophe."""
    return f"`{text.replace('`', chr(39)).replace('|', '/') or ' '}`"
