"""A curve the size of a word, with enough in it for the script to draw it large."""

from __future__ import annotations

from math import isnan

from healthlint.documents.markup import Markup, element
from healthlint.report import Curve
from healthlint.reporters.html._axis import Axis, linear, logarithmic, path
from healthlint.reporters.html._hues import hue

_SIZE = 1000
_WIDE = 8.0
"""Ratio of highest to lowest value from which a curve is drawn by ratios."""


def sparkline(curve: Curve, unit: str, name: str) -> Markup:
    """Return a curve as a small picture that keeps its values to a thousandth of its range.

    Args:
        curve: The curve.
        unit: What its positions are counted in.
        name: What the run is called, for the legend of a large picture.
    """
    values = [y for y in curve.ys if not isnan(y)]
    if not values:
        return element("span", "no finite value", class_="soft")
    first, last = curve.xs[0], max(curve.xs[-1], curve.xs[0] + 1e-9)
    across, up = Axis(low=first, high=last, start=0, stop=_SIZE), _axis(values)
    points = [
        (round(across.at(x)), _round(up.at(y))) for x, y in zip(curve.xs, curve.ys, strict=True)
    ]
    line = element("path", d=path(points), class_=f"curve {hue(curve.series)}")
    return element(
        "svg",
        line,
        viewBox=f"-20 -40 {_SIZE + 40} {_SIZE + 80}",
        preserveAspectRatio="none",
        class_="spark",
        aria_hidden="true",
        data_name=name,
        data_unit=unit,
        data_ends=f"{first:.6g} {last:.6g} {up.low:.6g} {up.high:.6g}",
        data_log="1" if up.is_log else None,
    )


def _axis(values: list[float]) -> Axis:
    positive = min(values) > 0 and max(values) >= _WIDE * min(values)
    return (logarithmic(values, _SIZE, 0) if positive else None) or linear(values, _SIZE, 0)


def _round(pixel: float) -> float:
    return pixel if isnan(pixel) else round(pixel)
