"""One log: which run, where it stands, what is wrong, what every rule came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from healthlint.outcome import log_code
from healthlint.report import LogReport, RunSummary, Severity
from healthlint.reporters._counts import findings as counted
from healthlint.reporters._facts import facts
from healthlint.reporters._style import Style
from healthlint.reporters._words import plural, span, spot
from healthlint.reporters.html._charts import Mark
from healthlint.reporters.html._findings import finding
from healthlint.reporters.html._heads import heads
from healthlint.reporters.html._markup import Markup, element
from healthlint.reporters.html._rules import rules
from healthlint.reporters.html._samples import samples

Part = Callable[[LogReport, Sequence[Mark]], Iterator[Markup]]

CODES = {0: "healthy", 1: "findings", 2: "broken", 3: "no verdict"}
"""What an exit code means, in a word or two."""
INKS = {
    "green": "code0",
    "stop": "code1",
    "attention": "code2",
    "cannot tell": "code3",
    "too early": "code3",
    "finished": "code3",
    "go on": "code3",
}
"""Class of the colour of each answer; only what is as wanted is green."""
_PROBLEMS = {"unreadable": "error", "nothing": "no verdict"}


def section(log: LogReport, number: int, fail_on: Severity) -> Markup:
    """Return the section of a log.

    Args:
        log: The log.
        number: Its number among the logs, from 1.
        fail_on: Severity that fails the check.
    """
    ordered = sorted(log.findings, key=lambda one: bool(one.suppressed))
    marks = [Mark(one, at, f"log{number}-finding{at}") for at, one in enumerate(ordered, 1)]
    title = f"log{number}-title"
    return element(
        "section",
        *_opening(log, title, log_code(log, fail_on)),
        *(block for name, part in PARTS.items() for block in _titled(name, part, log, marks)),
        id=f"log{number}",
        class_="log",
        aria_labelledby=title,
    )


def _titled(name: str, part: Part, log: LogReport, marks: Sequence[Mark]) -> Iterator[Markup]:
    """Yield a part of the section under its title, nothing where it has nothing to show."""
    blocks = list(part(log, marks))
    if blocks:
        yield element("h3", name)
        yield from blocks


def _opening(log: LogReport, title: str, code: int) -> Iterator[Markup]:
    yield element("h2", log.path, id=title)
    said = [fact for fact in facts(log, log.run) if fact] if log.run else []
    yield element("p", *_answer(log, code), class_="answer")
    if log.answer.next and log.run:
        yield element("p", element("b", "next "), log.answer.next, class_="next")
    for rule, reason in sorted(log.unseen.items()):
        yield element("p", f"not seen: {rule} ({reason})", class_="note")
    yield element("p", *(element("span", each) for each in said), class_="facts")
    for note in log.run.notes if log.run else ():
        yield element("p", note, class_="note")


def _answer(log: LogReport, code: int) -> Iterator[Markup]:
    """Yield the answer in colour, and its reason; what could not be read has its exit code."""
    yield pill(log, code)
    if log.run:
        yield element("span", f" {log.answer.reason}")


def pill(log: LogReport, code: int) -> Markup:
    """Return what to do with a log in a word or two."""
    if log.run is None:
        return element("span", CODES[code], class_=f"pill code{code}")
    return element("span", log.answer.state, class_=f"pill {INKS[_ink(log)]}")


def _ink(log: LogReport) -> str:
    return "green" if log.answer.is_green else log.answer.state


def _problems(log: LogReport, _: Sequence[Mark]) -> Iterator[Markup]:
    """Yield what kept us from looking, wholly or in part."""
    told = [one.message for one in log.problems]
    items = []
    for one in log.problems:
        head = _PROBLEMS.get(one.kind, "problem")
        more = f" ({one.count:,} times)" if one.count > 1 else ""
        at = element("code", spot(log.path, one.line, one.column))
        words = f" {one.message}{more}" + (f"; {one.hint}" if one.hint else "")
        items.append(element("li", element("b", head), " ", at, words))
    if log.no_verdict and log.no_verdict not in told:
        items.append(element("li", element("b", "no verdict"), f" {log.no_verdict}"))
    for rule, reason in sorted((log.required or {}).items()):
        items.append(
            element("li", element("b", "required"), " ", element("code", rule), f" {reason}")
        )
    if items:
        yield element("ul", *items, class_="problems")


def _findings(log: LogReport, marks: Sequence[Mark]) -> Iterator[Markup]:
    if log.run is None:
        return
    if log.findings or not log.no_verdict:
        yield element("p", f"{counted(log.findings, Style())}.", class_="tally")
    yield from (finding(mark, log.path) for mark in marks if not mark.found.suppressed)
    hidden = [finding(mark, log.path) for mark in marks if mark.found.suppressed]
    if hidden:
        yield element("details", element("summary", f"{len(hidden)} suppressed"), *hidden)


def _rules(log: LogReport, marks: Sequence[Mark]) -> Iterator[Markup]:
    if log.verdicts:
        yield from rules(log, marks)


def _other_runs(log: LogReport, _: Sequence[Mark]) -> Iterator[Markup]:
    items = [element("li", _run(run)) for run in log.other_runs]
    if items:
        yield element("p", "Not judged here: ", element("code", "--run N"), " judges one.")
        yield element("ul", *items)


def _run(run: RunSummary) -> str:
    ended = f", ended: {run.status}" if run.status else ""
    stub = ", a stub" if run.is_stub else ""
    said = f"{span(run.first, run.last)}, {plural(run.records, 'record')}"
    return f"run {run.number}: {said}{ended}{stub}"


# What a section shows, in this order.
PARTS: dict[str, Part] = {
    "Problems": _problems,
    "Findings": _findings,
    "Where it stands": heads,
    "Samples": samples,
    "Rules": _rules,
    "Other runs": _other_runs,
}
