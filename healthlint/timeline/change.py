"""How much a series changed over a window, and how sure that is.

The line through a window is Theil-Sen's (median of pairwise slopes), which a few outliers do not
move. Its uncertainty takes the larger of two noise estimates: the scatter about the line in the
window, and the scatter of the series' own past (second differences, blind to trend), inflated for
the first-order autocorrelation of the scatter. The bounds lie ``Z`` standard errors away: wide
enough that a run of some fifty looks stays quiet (``docs/decisions.md`` has the simulation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats
from healthlint.timeline.bins import Bins, Windows
from healthlint.timeline.robust import MAD_TO_SIGMA, row_median

Z = 3.0
"""Standard errors between the estimate and its bounds, one-sided."""
FEWEST = 4
"""Fewest values of a window that say anything about a trend."""
_CHUNK = 1 << 22
_PAST = 64


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
    # the noise before the window's last bin: that bin may still grow when it is judged at once
    before = np.append(0.0, past_noise(bins.values))[windows.bin]
    noise = np.maximum(_scatter(residual, count), before)
    x_kept = np.where(np.isfinite(y), x, np.nan)
    spread = _row_sum((x_kept - _row_mean(x_kept)[:, None]) ** 2)
    length = -np.nanmin(np.where(np.isfinite(x), x, 0.0), axis=1) if len(x) else np.zeros(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        start = level - slope * length
        error = noise * _inflation(residual) / np.sqrt(spread)
        is_usable = windows.is_full & (count >= FEWEST) & (start > 0) & (spread > 0)
        value = np.where(is_usable, slope * length / start, np.nan)
        half = Z * error * length / start
    return Change(value, value - half, value + half)


def past_noise(values: Floats) -> Floats:
    """Return at each value the noise of the values up to it, by second differences.

    Robust (median absolute deviation) and blind to a straight trend; 0 where fewer than five
    values are known. Looks back over the last 64 values. Shape ``(n,)`` in and out.
    """
    n = len(values)
    result = np.zeros(n)
    if n < 5:
        return result
    second = np.abs(np.diff(values, 2)) / np.sqrt(6.0)
    padded = np.concatenate([np.full(_PAST - 1, np.nan), second])
    rows = np.lib.stride_tricks.sliding_window_view(padded, _PAST)
    for begin in range(0, len(rows), _CHUNK // _PAST):
        part = rows[begin : begin + _CHUNK // _PAST]
        result[2 + begin : 2 + begin + len(part)] = MAD_TO_SIGMA * row_median(part)
    result = np.where(np.isfinite(result), result, 0.0)
    result[:4] = 0.0
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


def _inflation(residual: Floats) -> Floats:
    """Return the factor by which first-order autocorrelation widens a standard error."""
    kept = np.where(np.isfinite(residual), residual, 0.0)
    power = _row_sum(kept**2)
    if kept.shape[1] < 2:
        return np.ones(len(kept))
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = np.where(power > 0, _row_sum(kept[:, 1:] * kept[:, :-1]) / power, 0.0)
    rho = np.clip(rho, 0.0, 0.8)
    factor: Floats = np.sqrt((1 + rho) / (1 - rho))
    return factor
