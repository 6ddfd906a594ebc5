"""Facts and words about the points that decided something."""

from __future__ import annotations

import math

import numpy as np

from healthlint.logs.model import Floats, Integers, Series

POINT = frozenset({"value", "epoch", "step", "place"})
"""What ``point`` gives to messages."""
BEST = frozenset({"best.value", "best.epoch", "best.step", "best.place"})
"""The same of the best value, under ``best``."""
EVIDENCE_POINTS = 12
"""Most points of a metric that a finding shows."""


def up_to(last: int, points: int = EVIDENCE_POINTS) -> Integers:
    """Return the latest indices up to one, so many."""
    return np.arange(max(0, last + 1 - points), last + 1)


def number(value: float) -> str:
    """Return a number for people: three significant digits, no trailing zeros.

    >>> number(0.41234), number(1500.0), number(float("nan"))
    ('0.412', '1500', 'NaN')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}"


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with its sign.

    >>> percent(-0.02), percent(0.135)
    ('-2%', '+13.5%')
    """
    return f"{fraction * 100:+.3g}%"


def place(series: Series, index: int) -> dict[str, object]:
    """Return step and epoch of a point, as whole numbers where they are, and its place in words."""
    epoch, step = whole(series.epochs[index]), whole(series.steps[index])
    return {"epoch": epoch, "step": step, "place": place_words(epoch, step, index)}


def place_words(epoch: float, step: float, index: int) -> str:
    """Return a place by what is known of it: its epoch, else its step, else its number.

    >>> place_words(3, 120, 7), place_words(math.nan, 120, 7), place_words(math.nan, math.nan, 7)
    ('epoch 3', 'step 120', 'value 8')
    """
    if math.isfinite(epoch):
        return f"epoch {whole(epoch):g}" if epoch != int(epoch) else f"epoch {int(epoch)}"
    return f"step {int(step)}" if math.isfinite(step) else f"value {index + 1}"


def whole(value: float) -> float | int:
    """Return an integer for a whole number, else the number itself."""
    value = float(value)
    return int(value) if math.isfinite(value) and value == int(value) else value


def point(series: Series, index: int, value: float) -> dict[str, object]:
    """Return the facts of a point: the value that was judged, and its place."""
    return {"value": float(value), **place(series, index)}


def window(series: Series, index: Integers, values: Floats) -> dict[str, object]:
    """Return the facts of a stretch of judged points: the last one, and its ends."""
    last = point(series, int(index[-1]), values[-1])
    return {**last, "from": float(values[0]), **ends(series, int(index[0]), int(index[-1]))}


def ends(series: Series, first: int, last: int) -> dict[str, object]:
    """Return where a stretch of points begins and ends: in epochs, else in steps."""
    axis = series.epochs if np.isfinite(series.epochs[[first, last]]).all() else series.steps
    return {"first": whole(axis[first]), "last": whole(axis[last])}
