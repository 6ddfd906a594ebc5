"""All logs as a table: one row each, to be sorted, opened, and drawn over each other by the script.

Without the script every row is open and in the order given. A log takes at most about 3 kB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from healthlint.documents.markup import Markup, element
from healthlint.report import MOST_TOLD, SEVERITIES, LogReport
from healthlint.reporters._counts import counted, rules
from healthlint.reporters._facts import facts, why
from healthlint.reporters.html._answer import pill, rank
from healthlint.reporters.html._spark import sparkline
from healthlint.terminal.numbers import number, ordinal
from healthlint.terminal.words import spot, told_apart

_COLUMNS = ("epoch", "progress", "best", "findings")
"""The columns of a log beside its answer, name, curve and reason."""
_CHOSEN = 4
"""Logs that are drawn over each other before anybody chooses."""
_MOST = 4
"""Findings and heads that are listed where a row is opened."""


def table(logs: Sequence[LogReport]) -> Markup:
    """Return the table of logs, with room above it for their curves over each other."""
    heads = ["answer", "run", "curve", *_COLUMNS, "why"]
    top = element("tr", element("td"), *(_head(head) for head in heads))
    names = told_apart([log.path for log in logs])
    bodies = [_body(*row, at) for at, row in enumerate(zip(logs, names, strict=True), 1)]
    caption = element("caption", "All runs; the names of the columns sort them.", class_="unseen")
    return element(
        "div",
        element("div", class_="overlay", hidden=True),
        element("table", caption, element("thead", top), *bodies),
        class_="runs",
    )


def _head(name: str) -> Markup:
    if name == "curve":
        return element("th", name, scope="col")
    return element("th", element("button", name, type="button"), scope="col")


def _body(log: LogReport, name: str, at: int) -> Markup:
    """Return the row of a log, and what is told where it is opened."""
    more = list(_more(log, at))
    title = element("button", name, type="button", aria_expanded="true") if more else name
    parts = [element("tr", *_cells(log, name, title, is_chosen=at <= _CHOSEN))]
    if more:
        parts.append(element("tr", element("td", *more, colspan=len(_COLUMNS) + 5), class_="more"))
    return element("tbody", *parts, id=f"row{at}")


def _cells(log: LogReport, name: str, title: str, *, is_chosen: bool) -> Iterator[Markup]:
    box, curve = Markup(), _curve(log, name)
    if "<path" in curve:
        box = element("input", type="checkbox", aria_label=f"draw {name}", checked=is_chosen)
    yield element("td", box, class_="draw")
    yield element("td", pill(log), data_v=rank(log))
    yield element("th", title, scope="row")
    yield element("td", curve, class_="curve")
    for column, (text, value) in zip(_COLUMNS, _values(log), strict=True):
        order = None if value is None else f"{value:g}"
        yield element("td", text, data_v=order, data_label=column, class_="value")
    yield element("td", why(log), class_="why")


def _curve(log: LogReport, name: str) -> Markup:
    """Return the curve of what shows progress, the first one where that is not drawn."""
    if log.drawing is None or not log.drawing.charts:
        return Markup()
    curves = [curve for chart in log.drawing.charts for curve in chart.curves]
    series = {head.series for head in log.standing[:1]}
    shown = next((curve for curve in curves if curve.series in series), curves[0])
    return sparkline(shown, log.drawing.unit, name)


def _values(log: LogReport) -> Iterator[tuple[str, float | None]]:
    """Yield what a log has in each column, and what that is sorted by: the text where None."""
    head = log.standing[0] if log.standing else None
    epoch = log.run.epoch if log.run else None
    yield (ordinal(epoch), epoch) if epoch is not None else ("", None)
    yield (f"{head.label} {number(head.value)}", head.value) if head else ("", None)
    yield (number(head.best), head.best) if head else ("", None)
    counts = Counter(finding.severity for finding in log.findings if finding.is_standing)
    told = [counted(counts[name], name) for name in SEVERITIES if counts[name]]
    order = sum(counts[name] * 1000 ** (2 - at) for at, name in enumerate(SEVERITIES))
    yield ", ".join(told), float(order)


def _more(log: LogReport, number: int) -> Iterator[Markup]:
    """Yield what is told where the row is opened: within about 2 kB."""
    for problem in log.problems[:_MOST]:
        at = spot(log.path, problem.line, problem.column)
        yield element("p", element("code", at), f" {problem.message}", class_="soft")
    if log.run is None:
        return
    if log.answer.next:
        yield element("p", element("b", "next "), log.answer.next)
    for finding in [finding for finding in log.findings if not finding.suppressed][:_MOST]:
        name = element("code", finding.rule)
        yield element("p", element("span", finding.severity, class_=f"pill {finding.severity}"),
                      " ", name, f" {finding.message}")  # fmt: skip
    for head in log.standing[:_MOST]:
        said = [head.label, f"{head.value:.3g}", head.phase, head.trend_text]
        yield element("p", " ".join(filter(None, said)), class_="soft")
    told = [log.path, *(fact for fact in facts(log, log.run) if fact)]
    yield element("p", " · ".join([*told, rules(log.verdicts, {})]), class_="soft")
    if number <= MOST_TOLD:
        yield element("p", element("a", "all of it", href=f"#log{number}"))
