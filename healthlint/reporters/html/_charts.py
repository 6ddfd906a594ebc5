"""Curves as SVG: phase bands behind them, findings and resumes marked on them.

The plot has as many pixel columns as curves were thinned for, so nothing is lost by eye. Each chart
is drawn on a linear and, where its values allow, a logarithmic axis; the page shows one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

from healthlint.documents.markup import Markup, element, join
from healthlint.report import SEVERITIES, Band, Chart, Curve, Drawing, Finding, Place
from healthlint.reporters.html._axis import Axis, linear, logarithmic, path, pixel
from healthlint.reporters.html._hues import hue
from healthlint.terminal.numbers import number, plural
from healthlint.terminal.words import SPLITS

COLUMNS = 720
"""Pixel columns of a plot."""
_LEFT, _TOP, _HEIGHT, _BOTTOM, _RIGHT = 52, 22, 176, 24, 92
_FEW = 60
"""Points up to which each has a dot."""
_LABEL_ROOM = 11
_MARK_ROOM = 17


@dataclass(frozen=True, slots=True)
class FindingMark:
    """A finding as it is marked on charts.

    Attributes:
        found: The finding.
        number: Its number in the log's list, from 1.
        anchor: Id of its element on the page.
    """

    found: Finding
    number: int
    anchor: str


def chart(
    drawn: Chart,
    drawing: Drawing,
    marks: Sequence[FindingMark],
    resumed: Sequence[Place],
    phase: str,
) -> Markup:
    """Return the figure of one metric.

    Args:
        drawn: Its curves and phases.
        drawing: What all charts of the run share.
        marks: The findings about it.
        resumed: Where the run was resumed.
        phase: Name of the phase it is in, empty where none applies.
    """
    stop = drawing.last if drawing.last > drawing.first else drawing.first + 1.0
    across = Axis(low=drawing.first, high=stop, start=_LEFT, stop=_LEFT + COLUMNS)
    values = [y for curve in drawn.curves for y in curve.ys if not isnan(y)]
    up = _TOP + _HEIGHT, _TOP
    axes = [linear(values, *up), *filter(None, [logarithmic(values, *up)])]
    layers = [_layer(drawn, across, axis, phase, is_only=len(axes) == 1) for axis in axes]
    size = f"0 0 {_LEFT + COLUMNS + _RIGHT} {_TOP + _HEIGHT + _BOTTOM}"
    picture = element(
        "svg",
        element("g", *_epoch_lines(drawing, across), class_="epochs", aria_hidden="true"),
        *(_stretch(mark, drawing, across) for mark in marks),
        *layers,
        *(_resume(place, drawing, across) for place in resumed),
        *_flags(marks, drawing, across),
        element("line", class_="cursor", y1=_TOP, y2=_TOP + _HEIGHT),
        viewBox=size,
        class_="chart",
        tabindex="0",
        role="group",
        aria_label=_described(drawn, marks),
        data_first=f"{drawing.first:g}",
        data_last=f"{stop:g}",
        data_unit=drawing.unit,
        data_left=_LEFT,
        data_width=COLUMNS,
    )
    return element(
        "figure",
        element("figcaption", *_legend(drawn), element("output", aria_live="polite")),
        picture,
        class_="plot",
    )


def _layer(drawn: Chart, across: Axis, axis: Axis, phase: str, *, is_only: bool) -> Markup:
    """Return bands, grid and curves on one axis, or that there is no finite value."""
    kind = "only" if is_only else ("log" if axis.is_log else "linear")
    beside = " beside" if len(drawn.curves) > 1 else ""
    is_empty = all(isnan(y) for curve in drawn.curves for y in curve.ys)
    middle = {"x": _LEFT + COLUMNS / 2, "y": _TOP + _HEIGHT / 2, "text_anchor": "middle"}
    behind = [element("text", "not one finite value", **middle)]
    if not is_empty:
        behind = [*_bands(drawn.bands, axis, phase), *_grid(axis)]
    return element(
        "g",
        *behind,
        *(line for curve in drawn.curves for line in _lines(curve, across, axis, beside)),
        class_=f"layer {kind}",
        data_log="1" if axis.is_log else None,
        data_low=f"{axis.low:.9g}",
        data_high=f"{axis.high:.9g}",
        data_top=_TOP,
        data_height=_HEIGHT,
    )


def _bands(bands: Sequence[Band], axis: Axis, phase: str) -> Iterator[Markup]:
    """Yield the phases that lie within the axis, the best one last, with their names."""
    ordered = sorted(bands, key=lambda band: -(band.at_least or 0.0))
    for place, band in enumerate(ordered):
        top = axis.clipped(axis.high if band.below is None else band.below)
        bottom = axis.clipped(axis.low if band.at_least is None else band.at_least)
        if bottom - top < 1:
            continue
        shade = 1 + round(4 * place / max(len(ordered) - 1, 1))
        yield _rectangle(_LEFT, top, COLUMNS, bottom - top, f"band shade{shade}")
        if bottom - top >= _LABEL_ROOM:
            is_now = " now" if band.name == phase else ""
            at = {"x": _LEFT + COLUMNS + 8, "y": pixel((top + bottom) / 2 + 3.5)}
            yield element("text", band.name, **at, class_=f"phase{is_now}")


def _grid(axis: Axis) -> Iterator[Markup]:
    for tick in axis.ticks():
        y = pixel(axis.at(tick))
        yield element("line", x1=_LEFT, x2=_LEFT + COLUMNS, y1=y, y2=y, class_="grid")
        label = (
            f"{tick:g}" if tick == 0 or abs(tick) >= 1e-3 else f"{tick:.0e}".replace("e-0", "e-")
        )
        yield element("text", label, x=_LEFT - 7, y=pixel(axis.at(tick) + 3.5), text_anchor="end")


def _lines(curve: Curve, across: Axis, axis: Axis, beside: str) -> Iterator[Markup]:
    """Yield a curve, a dot a point where there are few, and a bar where it is not finite."""
    kind = f"curve {curve.split or f'bare{beside}'} {hue(curve.series)}"
    points = [(across.at(x), axis.at(y)) for x, y in zip(curve.xs, curve.ys, strict=True)]
    yield element("path", class_=kind, d=path(points), data_name=_name(curve))
    if curve.points <= _FEW:
        dots = "".join(f"M{pixel(x)} {pixel(y)}h0" for x, y in points if not isnan(y))
        yield element("path", class_=f"{kind} dots", d=dots)
    broken = [across.at(x) for x, y in zip(curve.xs, curve.ys, strict=True) if isnan(y)]
    if broken:
        bar = "".join(f"M{pixel(x)} {_TOP + _HEIGHT - 3}h1" for x in broken)
        words = element("title", f"{_name(curve)} is not finite")
        yield element("path", words, class_="broken", d=bar)


def _epoch_lines(drawing: Drawing, across: Axis) -> Iterator[Markup]:
    """Yield what stands below the axis: epochs where they are known, else the axis' own unit."""
    ticks = [(at, str(epoch)) for at, epoch in drawing.epochs]
    ticks = ticks or [(at, f"{at:g}") for at in across.ticks() if at <= drawing.last]
    bottom = _TOP + _HEIGHT
    for at, label in ticks:
        x = pixel(across.at(at))
        yield element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="tick")
        yield element("text", label, x=x, y=bottom + 16, text_anchor="middle")
    unit = "epoch" if drawing.epochs else drawing.unit
    yield element("text", unit, x=_LEFT - 7, y=bottom + 16, text_anchor="end", class_="unit")


def _span(mark: FindingMark, drawing: Drawing, across: Axis) -> tuple[float, float] | None:
    """Return the pixels at which a finding begins and ends, None where the axis lacks them."""
    ends = [getattr(place, drawing.unit) for place in (mark.found.first, mark.found.last)]
    if None in ends or not all(map(isfinite, ends)):
        return None
    return across.clipped(ends[0]), across.clipped(ends[1])


def _stretch(mark: FindingMark, drawing: Drawing, across: Axis) -> Markup:
    """Return the stretch over which a finding held."""
    span = _span(mark, drawing, across)
    if span is None:
        return Markup()
    start, stop = span
    kind = f"stretch {ink(mark.found)}"
    edge = element(
        "line", x1=pixel(start), x2=pixel(start), y1=_TOP, y2=_TOP + _HEIGHT, class_=kind
    )
    return join(_rectangle(start, _TOP, max(stop - start, 1), _HEIGHT, kind), edge)


def _flags(marks: Sequence[FindingMark], drawing: Drawing, across: Axis) -> Iterator[Markup]:
    """Yield a numbered link to each finding above where it begins, none upon another."""
    taken = -1e9
    for start, mark in sorted(
        ((span[0], mark) for mark in marks if (span := _span(mark, drawing, across))),
        key=lambda pair: (pair[0], pair[1].number),
    ):
        x = max(start, taken + _MARK_ROOM, _LEFT + 1.0)
        taken = x
        finding = mark.found
        yield element(
            "a",
            element("title", f"{finding.severity} {finding.rule}: {finding.message}"),
            element("circle", cx=pixel(x), cy=10, r=8),
            element("text", str(mark.number), x=pixel(x), y=13.5, text_anchor="middle"),
            href=f"#{mark.anchor}",
            class_=f"flag {ink(finding)}",
            aria_label=f"finding {mark.number}: {finding.severity} {finding.rule}",
        )


def _resume(place: Place, drawing: Drawing, across: Axis) -> Markup:
    at = getattr(place, drawing.unit)
    if at is None or not isfinite(at):
        return Markup()
    x = pixel(across.clipped(at))
    line = element("line", x1=x, x2=x, y1=_TOP, y2=_TOP + _HEIGHT)
    return element("g", element("title", "resumed here"), line, class_="resumed")


def ink(finding: Finding) -> str:
    """Return the class of a finding's colour: its severity, or ``past`` where it fails nothing."""
    return "past" if finding.superseded or finding.is_accepted else finding.severity


def _legend(drawn: Chart) -> Iterator[Markup]:
    yield element("b", drawn.label)
    for curve in drawn.curves:
        what = f"{_name(curve)}, {plural(curve.points, 'point')}"
        yield element("span", what, class_=f"key {curve.split or 'bare'} {hue(curve.series)}")


def _name(curve: Curve) -> str:
    return SPLITS.get(curve.split, curve.series)


def _described(drawn: Chart, marks: Sequence[FindingMark]) -> str:
    """Return a chart in words, for those who do not see it."""
    said = [f"Chart of {drawn.label}."]
    for curve in drawn.curves:
        finite = [y for y in curve.ys if not isnan(y)]
        if finite:
            course = f"from {number(finite[0])} to {number(finite[-1])}"
            said.append(f"{_name(curve)}: {plural(curve.points, 'point')}, {course}.")
    worst = sorted(marks, key=lambda mark: SEVERITIES.index(mark.found.severity))
    said += [f"Finding {mark.number}: {mark.found.rule}." for mark in worst]
    return " ".join([*said, "Arrow keys read its values."])


def _rectangle(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    box = {"x": pixel(x), "y": pixel(y), "width": pixel(width), "height": pixel(height)}
    return element("rect", **box, class_=kind)
