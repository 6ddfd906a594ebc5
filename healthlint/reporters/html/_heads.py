"""Where a run stands: each head with its value, phase and trend beside its curves."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.documents.markup import Markup, element
from healthlint.report import Curve, LogReport, Standing
from healthlint.reporters.html._pictures import Pictures
from healthlint.reporters.html._spark import sparkline
from healthlint.terminal.numbers import number, plural


def heads(log: LogReport, pictures: Pictures) -> Iterator[Markup]:
    """Yield the heads, then the metrics that nothing is said about, behind a fold."""
    cards = [
        element("div", _words(head), pictures.take(head.metric) or _spark(head), class_="head")
        for head in log.standing
    ]
    if cards:
        yield element("div", *cards, class_="heads")
    yield from _folded(log, pictures)


def _spark(head: Standing) -> Markup:
    """Return the curve of a head that is drawn beside a finding already, or not at all."""
    xs = [float(place) for place in range(len(head.curve))]
    return sparkline(
        Curve(series=head.series, split="", xs=xs, ys=head.curve, points=len(xs)),
        "look",
        head.label,
    )


def _words(head: Standing) -> Markup:
    """Return what is said of a head."""
    phase = [element("span", head.phase, class_="pill phase")] if head.phase else []
    said = [head.trend_text, *head.notes]
    return element(
        "div",
        element("h4", head.label),
        element("p", element("span", number(head.value), class_="now"), " ", *phase),
        element("p", head.sounds, class_="sounds") if head.sounds else Markup(),
        element("ul", *(element("li", each) for each in said if each)),
        class_="words",
    )


def _folded(log: LogReport, pictures: Pictures) -> Iterator[Markup]:
    charts = pictures.rest()
    if not charts or log.drawing is None:
        return
    names = ", ".join(chart.label for chart in charts)
    figures = [
        element("div", element("h4", chart.label), pictures.take(chart.metric), class_="small")
        for chart in charts
    ]
    if log.drawing.left_out:
        rest = f"Not drawn, for there are too many: {', '.join(log.drawing.left_out)}."
        figures.append(element("p", rest))
    summary = element("summary", f"{plural(len(charts), 'other metric')}: {names}")
    yield element("details", summary, element("div", *figures, class_="grid"), class_="others")
