"""One log: what to do, what is wrong, where it stands, what every rule came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from healthlint.documents.markup import Markup, element
from healthlint.report import LogReport, RunSummary
from healthlint.reporters._counts import rules as counted
from healthlint.reporters._facts import facts, obstacles
from healthlint.reporters.html._answer import ink, pill
from healthlint.reporters.html._findings import finding
from healthlint.reporters.html._heads import heads
from healthlint.reporters.html._pictures import Pictures
from healthlint.reporters.html._rules import rules
from healthlint.reporters.html._samples import samples
from healthlint.terminal.numbers import plural
from healthlint.terminal.words import beside, by_reason, span

Part = Callable[[LogReport, Pictures], Iterator[Markup]]


def section(log: LogReport, number: int, heading: str) -> Markup:
    """Return the section of a log.

    Args:
        log: The log.
        number: Its number among the logs, from 1.
        heading: Element of its first line, ``h1`` or ``h2``.
    """
    title = f"log{number}-title"
    pictures = Pictures(log, f"log{number}")
    return element(
        "section",
        element("div", *_banner(log, title, heading), class_=f"banner {ink(log)}"),
        *(block for name, part in PARTS.items() for block in _titled(name, part, log, pictures)),
        id=f"log{number}",
        class_="log",
        aria_labelledby=title,
    )


def _titled(name: str, part: Part, log: LogReport, pictures: Pictures) -> Iterator[Markup]:
    """Yield a part of the section under its title, nothing where it has nothing to show."""
    blocks = list(part(log, pictures))
    if blocks:
        yield element("h3", name)
        yield from blocks


def _banner(log: LogReport, title: str, heading: str) -> Iterator[Markup]:
    """Yield the answer in colour, why, what to do next, what could not be seen, and which run."""
    if heading != "h1":
        yield element("p", log.path, class_="path")
    unread = log.no_verdict or "nothing of it could be judged"
    yield element(heading, pill(log), " ", log.answer.reason if log.run else unread, id=title)
    if log.run and log.answer.next:
        yield element("p", element("b", "Next "), log.answer.next, class_="next")
    if log.against:
        yield element("p", beside(log.against, log.answer.state), class_="next")
    for why, names in by_reason(log.unseen).items():
        yield element("p", element("b", "Not seen "), f"{', '.join(names)} ({why})", class_="next")
    said = [fact for fact in facts(log, log.run) if fact] if log.run else []
    path = [element("code", log.path)] if heading == "h1" else []
    told_of = [*path, *(element("span", each) for each in said)]
    yield element("p", *told_of, class_="facts")
    for note in log.run.notes if log.run else ():
        yield element("p", note, class_="note")


def _problems(log: LogReport, _: Pictures) -> Iterator[Markup]:
    """Yield what kept us from looking, wholly or in part."""
    items = []
    for head, place, words, hint in obstacles(log):
        at = [element("code", place), " "] if place else []
        said = f"{words}; {hint}" if hint else words
        items.append(element("li", element("b", head), " ", *at, said))
    if items:
        yield element("ul", *items, class_="problems")


def _findings(log: LogReport, pictures: Pictures) -> Iterator[Markup]:
    shown = [mark for mark in pictures.marks if not mark.found.suppressed]
    yield from (finding(mark, log.path, pictures) for mark in shown)
    hidden = [finding(mark, log.path, None) for mark in pictures.marks if mark.found.suppressed]
    if hidden:
        yield element("details", element("summary", f"{len(hidden)} suppressed"), *hidden)


def _rules(log: LogReport, pictures: Pictures) -> Iterator[Markup]:
    if log.verdicts:
        summary = element("summary", f"{counted(log.verdicts, {})}.")
        yield element("details", summary, *rules(log, pictures.marks), class_="rules")


def _other_runs(log: LogReport, _: Pictures) -> Iterator[Markup]:
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
    "Findings": _findings,
    "Problems": _problems,
    "Where it stands": heads,
    "Samples": samples,
    "Rules": _rules,
    "Other runs": _other_runs,
}
