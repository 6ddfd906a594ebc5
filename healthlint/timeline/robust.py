"""Medians that leave out what is not finite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""

_CHUNK = 1 << 13  # rows of a long log that are copied at once
_NETWORK = 9
"""Most values whose median is found by comparing columns; sorting rows is quicker beyond."""


def row_median(rows: Floats) -> Floats:
    """Return the median of the finite values of each row, NaN where there are none."""
    is_known = np.isfinite(rows)
    if rows.size and is_known.all():
        return _middle(rows)
    ordered = np.sort(np.where(is_known, rows, np.nan), axis=1)
    count = is_known.sum(axis=1)
    at = np.arange(len(ordered))
    low = np.maximum(count - 1, 0) // 2
    high = np.minimum(count // 2, ordered.shape[1] - 1)
    return np.where(count > 0, (ordered[at, low] + ordered[at, high]) / 2, np.nan)


def _middle(rows: Floats) -> Floats:
    """Return the median of each row of finite values."""
    half, is_odd = divmod(rows.shape[1], 2)
    ordered = np.partition(rows, half, axis=1)  # half the time of sorting
    upper = ordered[:, half]
    lower = upper if is_odd else ordered[:, :half].max(axis=1)
    middle: Floats = (lower + upper) / 2
    return middle


def median(values: Floats) -> float:
    """Return the median of the finite values, NaN where there are none.

    >>> median(np.array([3.0, np.nan, 1.0, 2.0]))
    2.0
    """
    return float(row_median(values[None, :])[0]) if len(values) else float("nan")


def trailing_median(values: Floats, points: int) -> Floats:
    """Return at each point the median of the last ``points`` values, NaN until there are so many.

    A value that is not finite makes the medians it belongs to NaN. Shape ``(n,)`` in and out.
    """
    if points == 1:
        return np.where(np.isfinite(values), values, np.nan)
    result = np.full(len(values), np.nan)
    if points <= _NETWORK and points % 2:
        for begin in range(0, len(values) - points + 1, _CHUNK):
            stop = min(begin + _CHUNK, len(values) - points + 1)
            columns = [values[begin + at : stop + at] for at in range(points)]
            is_whole = np.logical_and.reduce([np.isfinite(column) for column in columns])
            middles = np.where(is_whole, _middle_of(columns), np.nan)
            result[begin + points - 1 : stop + points - 1] = middles
    elif len(values) >= points:
        rows = np.lib.stride_tricks.sliding_window_view(values, points)
        broken = np.cumsum(np.concatenate(([0], ~np.isfinite(values))))
        is_whole = broken[points:] == broken[:-points]
        at = is_whole.nonzero()[0]
        for some in np.split(at, range(_CHUNK, len(at), _CHUNK)):
            result[some + points - 1] = _middle(rows[some])
    return result


def _middle_of(columns: Sequence[Floats]) -> Floats:
    """Return the median of the values that stand at one place of an odd number of columns.

    Of more than half of them neither the least nor the greatest is the median: both are left out,
    another one joins, and so on. Whole columns are compared at once, which sorts no row.
    """
    kept, coming = list(columns[: len(columns) // 2 + 2]), list(columns[len(columns) // 2 + 2 :])
    while len(kept) > 1:
        for at in range(1, len(kept)):  # the least goes to the front
            low, high = kept[0], kept[at]
            kept[0], kept[at] = np.minimum(low, high), np.maximum(low, high)
        for at in range(1, len(kept) - 1):  # the greatest to the end
            low, high = kept[at], kept[-1]
            kept[at], kept[-1] = np.minimum(low, high), np.maximum(low, high)
        kept = [*kept[1:-1], *coming[:1]]
        coming = coming[1:]
    return kept[0]


def distinct(rising: Integers) -> Integers:
    """Return the distinct values of a rising array; ``np.unique`` would hash each of them."""
    return rising[np.flatnonzero(np.diff(rising, prepend=rising[:1] - 1))]


def highest_before(values: Floats) -> tuple[Floats, Integers]:
    """Return the highest value before each value and where it was, NaN and 0 before the first."""
    so_far, where = best_so_far(-values)
    return np.append(np.nan, -so_far[:-1])[: len(values)], np.append(0, where[:-1])[: len(values)]


def streak(is_so: Bools) -> Integers:
    """Return how many in a row end at each value, 0 where it is not so.

    >>> streak(np.array([True, False, True, True])).tolist()
    [1, 0, 1, 2]
    """
    index = np.arange(len(is_so))
    return index - np.maximum.accumulate(np.where(is_so, -1, index))


def best_so_far(values: Floats) -> tuple[Floats, Integers]:
    """Return the lowest finite value up to each, and where it was; NaN and 0 before the first.

    >>> best_so_far(np.array([3.0, 1.0, np.nan, 2.0]))[0].tolist()
    [3.0, 1.0, 1.0, 1.0]
    """
    lowest = np.minimum.accumulate(np.where(np.isfinite(values), values, np.inf))
    is_new = np.isfinite(values) & (values <= lowest)
    at = np.maximum.accumulate(np.where(is_new, np.arange(len(values)), 0))
    return np.where(np.isfinite(lowest), lowest, np.nan), at
