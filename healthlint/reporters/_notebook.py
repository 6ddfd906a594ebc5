"""A report as a few kilobytes of HTML, for the cell of a notebook: no script, no style sheet."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.documents.markup import Markup, element
from healthlint.report import MOST_TOLD, Answer, LogReport, Report
from healthlint.reporters._facts import why
from healthlint.terminal.numbers import number, plural, spark
from healthlint.terminal.text import clean
from healthlint.terminal.words import answers, beside, held, told_apart

_INKS = {"stop": "#c02f2b", "attention": "#a65a00"}
_GREEN, _GREY = "#17703f", "#696f7a"
_MOST = 20
"""Logs that have a line of their own."""


def of_report(report: Report) -> str:
    """Return the logs of a report, worst first, each with its answer; one alone in full."""
    report = clean(report)
    if len(report.logs) == 1:
        return element("div", *_log(report.logs[0]))
    logs = sorted(report.logs, key=lambda log: log.answer.rank)
    names = told_apart([log.path for log in logs])
    rows = [
        element("tr", element("td", _pill(log)), element("td", name), element("td", why(log)))
        for name, log in zip(names[:_MOST], logs, strict=False)
    ]
    rest = f" (the worst {_MOST})" if len(logs) > _MOST else ""
    head = element("b", f"{plural(len(logs), 'log')}: {answers(logs)}{rest}")
    return element("div", head, element("table", *rows))


def of_log(log: LogReport) -> str:
    """Return one log: its answer, its findings, and where it stands."""
    return element("div", *_log(clean(log)))


def _log(log: LogReport) -> Iterator[Markup]:
    yield element("p", _pill(log), " ", element("code", log.path), f" {why(log)}")
    if log.run is not None and log.answer.next:
        yield element("p", element("b", "Next "), log.answer.next)
    if log.against:
        yield element("p", beside(log.against, log.answer.state))
    shown = [finding for finding in log.findings if not finding.suppressed]
    items = [
        element(
            "li",
            element("b", f"{finding.severity} {finding.rule}"),
            f" {finding.message} ({held(finding)})",
        )
        for finding in shown[:MOST_TOLD]
    ]
    if len(shown) > MOST_TOLD:
        items.append(element("li", f"and {plural(len(shown) - MOST_TOLD, 'more finding')}"))
    yield element("ul", *items) if items else Markup()
    rows = [
        element("tr", *(element("td", cell) for cell in (
            head.label, spark(head.curve, 16, fancy=True), number(head.value), head.phase,
            head.trend_text)))
        for head in log.standing
    ]  # fmt: skip
    yield element("table", *rows) if rows else Markup()


def _pill(log: LogReport) -> Markup:
    style = "color:#fff;border-radius:9px;padding:1px 9px;background:"
    word = log.answer.state if log.run else "not read"
    return element("b", word, style=f"{style}{_ink(log.answer)}")


def _ink(answer: Answer) -> str:
    return _GREEN if answer.is_green else _INKS.get(answer.state, _GREY)
