"""How much a series changed over a window, and how sure that is.

The line through a window is Theil-Sen's (median of pairwise slopes), which a few outliers do not
move. Two things say how noisy the series is, and each alone says too much: the scatter about the
line is wide where the curve bends or steps, and the third differences of the last values (blind to
any smooth curve) are wide for a while after a step. The noise is taken as their geometric mean. The
bounds lie ``Z`` standard errors away; ``docs/decisions.md`` has the comparison with other choices:
false alarms a run, faults found, delay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats
from healthlint.timeline.bins import Bins, Windows
from healthlint.timeline.robust import MAD_TO_SIGMA, row_median

Z = 4.5
"""Standard errors between the estimate and its bounds, one-sided (rates: ``docs/decisions.md``)."""
ONE_LOOK = 2.5
"""The same where a series is looked at once, to say how it stands."""
FEWEST = 4
"""Fewest values of a window that say anything about a trend."""
_CHUNK = 1 << 22
_PAST = 16
_ORDER = 3
_NORM = np.sqrt(20.0)
_FEWEST_DIFFERENCES = 3
FEWEST_OF_NOISE = _ORDER + _FEWEST_DIFFERENCES
"""Fewest values of a series that say how noisy it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Relative change over each window, as a fraction; arrays of shape ``(w,)``.

    NaN where the window cannot tell: too few values, or a level that is not positive.

    Attributes:
        value: Change of the fitted line over the window, relative to its start.
        low: Lower confidence bound.
        high: Upper confidence bound.
    """

    value: Floats
    low: Floats
    high: Floats


def change_over(bins: Bins, windows: Windows) -> Change:
    """Return the relative change over each window, by Theil-Sen, with its bounds.

    Source: Sen, P. K. (1968), Estimates of the regression coefficient based on Kendall's tau.
    """
    x, y = windows.x, windows.y
    count = np.isfinite(y).sum(axis=1)
    slope = _theil_sen(x, np.where(np.isfinite(y), y, np.nan))
    level = row_median(y - slope[:, None] * x)  # the line at the window's end
    residual = y - level[:, None] - slope[:, None] * x
    scatter = _scatter(residual, count)
    before = noise_before(bins)
    noise = np.where(np.isfinite(before), np.sqrt(scatter * before), scatter)
    x_kept = np.where(np.isfinite(y), x, np.nan)
    spread = _row_sum((x_kept - _row_mean(x_kept)[:, None]) ** 2)
    length = -np.nanmin(np.where(np.isfinite(x), x, 0.0), axis=1) if len(x) else np.zeros(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        start = level - slope * length
        error = noise / np.sqrt(spread)
        is_usable = windows.is_full & (count >= FEWEST) & (start > 0) & (spread > 0)
        value = np.where(is_usable, slope * length / start, np.nan)
        half = Z * error * length / start
    return Change(value, value - half, value + half)


def noise_before(bins: Bins) -> Floats:
    """Return the noise before each judged bin: when it is judged at once it may still grow."""
    return np.append(np.nan, past_noise(bins.values))[: len(bins.judged)]


def past_noise(values: Floats) -> Floats:
    """Return at each value the noise of the values up to it, by third differences.

    Robust (median absolute deviation), blind to a curve that is smooth over four values, widened by
    ``1 + 2 / n`` as it comes from few. Looks back over the last 16 differences; NaN
    with fewer than three. Shape ``(n,)`` in and out.

    Source of the factor: the third difference of white noise has 20 times its variance.
    """
    n = len(values)
    result = np.full(n, np.nan)
    if n < FEWEST_OF_NOISE:
        return result
    differences = np.abs(np.diff(values, _ORDER)) / _NORM
    padded = np.concatenate([np.full(_PAST - 1, np.nan), differences])
    rows = np.lib.stride_tricks.sliding_window_view(padded, _PAST)
    step = _CHUNK // _PAST
    for begin in range(0, len(rows), step):
        part = rows[begin : begin + step]
        count = np.isfinite(part).sum(axis=1)
        sigma = MAD_TO_SIGMA * row_median(part) * (1 + 2 / np.maximum(count, 1))
        place = slice(_ORDER + begin, _ORDER + begin + len(part))
        result[place] = np.where(count >= _FEWEST_DIFFERENCES, sigma, np.nan)
    return result


def _theil_sen(x: Floats, y: Floats) -> Floats:
    """Return the median of the pairwise slopes of each row, NaN where there is no pair."""
    m = x.shape[1]
    i, j = np.triu_indices(m, 1)
    result = np.full(len(x), np.nan)
    if not len(i):
        return result
    step = max(1, _CHUNK // len(i))
    for begin in range(0, len(x), step):
        part = slice(begin, begin + step)
        run = x[part][:, j] - x[part][:, i]
        rise = y[part][:, j] - y[part][:, i]
        with np.errstate(invalid="ignore", divide="ignore"):
            slopes = np.where(run > 0, rise / run, np.nan)
        result[part] = row_median(slopes)
    return result


def _row_sum(rows: Floats) -> Floats:
    """Return the sum of the finite values of each row, added from the newest back.

    In that order empty columns before the oldest value, which a longer log has more of, do not
    change how the sum is rounded.
    """
    added = np.cumsum(np.where(np.isfinite(rows), rows, 0.0)[:, ::-1], axis=1)
    return added[:, -1]


def _row_mean(rows: Floats) -> Floats:
    count = np.isfinite(rows).sum(axis=1)
    return np.where(count > 0, _row_sum(rows) / np.maximum(count, 1), np.nan)


def _scatter(residual: Floats, count: Floats) -> Floats:
    """Return the standard deviation about a line, two degrees of freedom spent."""
    deviation: Floats = np.sqrt(_row_sum(residual**2) / np.maximum(count - 2, 1))
    return deviation
