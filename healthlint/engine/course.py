"""What a series does, in words: falling, rising, flat, and how far above its best it is."""

from __future__ import annotations

import math

import numpy as np

from healthlint.logs import Series
from healthlint.logs.families import is_higher_better
from healthlint.logs.model import Floats
from healthlint.timeline.change import ONE_LOOK, Z
from healthlint.timeline.evaluation import Context
from healthlint.timeline.levels import FEWEST, noise, rolling_median
from healthlint.timeline.looks import Looks
from healthlint.timeline.quantities import Length
from healthlint.timeline.waking import without_zeros

_FLAT = 0.002
_LOOKS = 8
_ABOVE = 0.05
"""Share above its best level from which a series is said to be."""


def trend(context: Context, series: Series, length: Length) -> tuple[float | None, str]:
    """Return the change an epoch over the last epochs, and what the series does in words."""
    looks = context.looks(without_zeros(series))
    levels = looks.levels[-1]
    levels = levels[np.isfinite(levels)]
    each, words = _each(context, series, length)
    above = "" if is_higher_better(series.metric) else _above(looks, levels)
    words = words or ("" if above else _course(levels))
    return each, ", ".join(filter(None, [words, above]))


def _each(context: Context, series: Series, length: Length) -> tuple[float | None, str]:
    """Return the change an epoch, and it in words where it is told from none."""
    if length.unit != "epochs":
        return None, ""
    _, _, change = context.change(series, length)
    if not len(change.value) or not math.isfinite(change.value[-1]):
        return None, ""
    each = float(change.value[-1]) / length.amount
    # one look at the end: the bounds of a claim that is looked for all along would be too wide
    room = float(change.high[-1] - change.value[-1]) / length.amount * ONE_LOOK / Z
    if abs(each) > room:
        if abs(each) < _FLAT / 2:
            return each, "flat"
        way = "falling" if each < 0 else "rising"
        return each, f"{way} {abs(each) * 100:.1f} ± {room * 100:.1f} % an epoch"
    return each, "flat" if abs(each) + room < 2 * _FLAT else ""


def _course(levels: Floats) -> str:
    """Return what the last looks do: where there are few, whether each goes one way."""
    if len(levels) < 3:
        return "too few values to tell"
    steps = np.diff(levels[-_LOOKS:])
    if not steps.any():
        return f"the same at each of the last {len(steps) + 1} looks"
    if (steps < 0).all() or (steps > 0).all():
        way = "falling" if steps[0] < 0 else "rising"
        return f"{way} at each of the last {len(steps)} looks" if len(levels) > _LOOKS else way
    if len(levels) < FEWEST:
        return f"{len(levels)} values, up and down"
    smooth = rolling_median(levels[None, :], 3)[0]
    count = min(_LOOKS, len(levels) - 3)
    now, then = smooth[-1], smooth[-1 - count]
    share = (now - then) / abs(then) if then else np.nan
    if abs(share) > 3 * noise(levels[None, :])[0, -1]:
        return (
            f"{'falling' if share < 0 else 'rising'} {abs(share):.1%} over the last {count} looks"
        )
    if not math.isfinite(share) or abs(share) < _FLAT:
        return "flat"
    return f"{share:+.1%} over the last {count} looks, within its noise"


def _above(looks: Looks, levels: Floats) -> str:
    """Return how far the level is above its best, where it is so beyond noise, and since when."""
    if len(levels) < FEWEST or not (levels > 0).all():
        return ""
    smooth = rolling_median(levels[None, :], 3)[0]
    best = int(np.nanargmin(smooth))
    share = float(smooth[-1] / smooth[best] - 1)
    if share < max(_ABOVE, 5 * noise(levels[None, :])[0, -1]) or len(levels) - best < 3:
        return ""
    points = looks.points  # the best value is told at its own place, its level is judged
    epoch = looks.series.epochs[points[np.argmin(looks.series.values[points])]]
    when = f" of epoch {epoch:.0f}" if math.isfinite(epoch) else ""
    return f"{share:.0%} above its best{when}"
