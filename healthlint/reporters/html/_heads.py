"""Where a run stands: each head with its value, phase and trend beside its curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.report import Chart, Drawing, LogReport, Standing
from healthlint.reporters._words import number, plural, spark
from healthlint.reporters.html._charts import Mark, chart
from healthlint.reporters.html._markup import Markup, element


def heads(log: LogReport, marks: Sequence[Mark]) -> Iterator[Markup]:
    """Yield the heads, then the other metrics: open where a finding is about them, else folded."""
    drawing = log.drawing
    charts = {one.metric: one for one in drawing.charts} if drawing else {}
    about = _about(marks, list(charts.values()))
    for head in log.standing:
        drawn = charts.pop(head.metric, None)
        yield element("div", _words(head), _picture(drawn, log, about, head), class_="head")
    if drawing is None:
        return
    others = list(charts.values())
    for drawn in others:
        if about.get(drawn.metric):
            yield element("div", _title(drawn), _picture(drawn, log, about), class_="head")
    yield from _folded([one for one in others if not about.get(one.metric)], log, about, drawing)


def _about(marks: Sequence[Mark], charts: Sequence[Chart]) -> dict[str, list[Mark]]:
    """Return the findings to mark on each chart; one about nothing that is drawn is on the first.

    A suppressed finding is marked too, in the colour of what fails nothing.
    """
    home = {curve.series: one.metric for one in charts for curve in one.curves}
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        metrics = [home[each.series] for each in mark.found.evidence if each.series in home]
        for metric in dict.fromkeys(metrics or [one.metric for one in charts[:1]]):
            found.setdefault(metric, []).append(mark)
    return found


def _words(head: Standing) -> Markup:
    """Return what is said of a head."""
    phase = [element("span", head.phase, class_="pill phase")] if head.phase else []
    said = [head.trend_text, *head.notes]
    return element(
        "div",
        element("h4", head.label),
        element("p", element("span", number(head.value), class_="value"), *phase),
        element("p", head.sounds, class_="sounds") if head.sounds else Markup(),
        element("ul", *(element("li", each) for each in said if each)),
        class_="words",
    )


def _title(drawn: Chart) -> Markup:
    return element("div", element("h4", drawn.label), class_="words")


def _picture(
    drawn: Chart | None,
    log: LogReport,
    about: dict[str, list[Mark]],
    head: Standing | None = None,
) -> Markup:
    if drawn is None or log.drawing is None:
        return element("p", spark(head.curve, 24, fancy=True) if head else "", class_="spark")
    resumed = log.run.resumed if log.run else ()
    phase = head.phase if head else ""
    return chart(drawn, log.drawing, about.get(drawn.metric, ()), resumed, phase)


def _folded(
    charts: Sequence[Chart], log: LogReport, about: dict[str, list[Mark]], drawing: Drawing
) -> Iterator[Markup]:
    """Yield the metrics that nothing is said about, behind a fold."""
    if not charts:
        return
    names = ", ".join(one.label for one in charts)
    figures = [
        element("div", element("h4", one.label), _picture(one, log, about), class_="small")
        for one in charts
    ]
    if drawing.left_out:
        rest = f"Not drawn, for there are too many: {', '.join(drawing.left_out)}."
        figures.append(element("p", rest))
    summary = element("summary", f"{plural(len(charts), 'other metric')}: {names}")
    yield element("details", summary, element("div", *figures, class_="grid"), class_="others")
