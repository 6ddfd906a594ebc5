"""Findings: what is wrong, since when, with the numbers, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from healthlint.documents.markup import Markup, element
from healthlint.report import Evidence, Finding, Place
from healthlint.reporters._facts import remarks
from healthlint.reporters._paths import is_web
from healthlint.reporters.html._charts import FindingMark, ink
from healthlint.reporters.html._pictures import Pictures
from healthlint.terminal.numbers import numbers, percent
from healthlint.terminal.words import heads, spot

_SINCE = {"known": "known from the baseline", "worse": "worse than in the baseline", "new": "new"}


def finding(mark: FindingMark, path: str, pictures: Pictures | None) -> Markup:
    """Return one finding as an article that can be linked to and reached by keyboard.

    Args:
        mark: The finding.
        path: The log.
        pictures: Where to take the charts from that stand beside it, None for none.
    """
    finding = mark.found
    title = f"{mark.anchor}-title"
    charts = pictures.beside(finding) if pictures else []
    by_place = groupby(finding.evidence, key=lambda row: tuple(row.places))
    tables = [_table(places, list(rows)) for places, rows in by_place]
    words = element("div", *_words(mark, path, title), class_="words")
    return element(
        "article",
        words,
        element("div", *charts, class_="charts") if charts else Markup(),
        element("div", *tables, class_="evidence") if tables else Markup(),
        id=mark.anchor,
        class_=f"finding {ink(finding)}",
        tabindex="-1",
        aria_labelledby=title,
    )


def _words(mark: FindingMark, path: str, title: str) -> Iterator[Markup]:
    finding = mark.found
    yield element(
        "h4",
        element("span", str(mark.number), class_=f"number {ink(finding)}", aria_hidden="true"),
        element("span", finding.severity, class_=f"pill {ink(finding)}"),
        " ",
        finding.message,
        id=title,
    )
    yield element("p", *_where(finding, path), class_="where")
    yield from _body(finding)


def _where(finding: Finding, path: str) -> Iterator[str]:
    """Yield rule, place and how long it held."""
    yield rule_name(finding.rule, finding.url)
    yield element("span", spot(path, finding.first.line), class_="spot")
    for remark in remarks(finding, _SINCE.get(finding.baseline, "")):
        yield element("span", remark)
    if finding.suppressed:
        yield element("span", f"suppressed: {finding.suppressed}")


def rule_name(rule: str, url: str) -> Markup:
    """Return a rule's id, as a link where it has a page on the web."""
    code = element("code", rule)
    if not is_web(url):
        return code
    return element("a", code, href=url, rel="noreferrer")


def _body(finding: Finding) -> Iterator[Markup]:
    if finding.advice:
        yield element("p", element("b", "What to do"), " ", finding.advice, class_="help")
    followers = [each for each in finding.folded if not each.suppressed]
    if followers:
        listed = [
            element("li", element("code", each.rule), f" {each.message}") for each in followers
        ]
        yield element("p", "Followed by", class_="followed")
        yield element("ul", *listed, class_="followed")


def _table(places: Sequence[Place], rows: Sequence[Evidence]) -> Markup:
    """Return the values that were looked at in the same places, one row a metric."""
    unit, tops = heads(places)
    top = [element("th", unit, scope="col")]
    top += [element("th", each, scope="col") for each in tops]
    top += [element("th", each, scope="col", class_="words") for each in ("change", "needs")]
    body = [element("tr", *_row(row)) for row in rows]
    return scrolled("The numbers that fired", top, body, "scroll", "evidence")


def scrolled(
    caption: str, top: Sequence[Markup], rows: Sequence[Markup], kind: str, label: str
) -> Markup:
    """Return a table that can be scrolled by itself, its caption for those who do not see it."""
    told = element("caption", caption, class_="unseen")
    head = element("thead", element("tr", *top))
    table = element("table", told, head, element("tbody", *rows))
    return element("div", table, class_=kind, tabindex="0", role="region", aria_label=label)


def _row(row: Evidence) -> Iterator[Markup]:
    yield element("th", row.metric, scope="row")
    for text in numbers(row.values):
        yield element("td", text, class_="odd" if text in ("NaN", "Inf", "-Inf") else None)
    yield element("td", percent(row.change), class_="words")
    yield element("td", row.needs, class_="words")
