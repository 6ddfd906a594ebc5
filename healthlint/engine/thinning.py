"""Fewer points that look the same: the first, last, lowest and highest of each pixel column.

A line through them covers the same pixels as one through all points (M4: Jugel, Jerzak,
Hackenbroich, Markl, "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
"""

from __future__ import annotations

import numpy as np

from healthlint.logs.model import Floats, Integers


def thinned(xs: Floats, ys: Floats, ends: tuple[float, float], columns: int) -> Integers:
    """Return the indices of the points to keep, rising, at most five a column.

    Args:
        xs: Positions, shape ``(n,)``, never falling.
        ys: Values, shape ``(n,)``; of those that are not finite the first of each column is kept.
        ends: First and last position of the picture.
        columns: Width of the picture in pixels.

    >>> thinned(np.arange(8.0), np.array([3.0, 9, 1, 5, 4, 4, 4, 4]), (0.0, 7.0), 2).tolist()
    [0, 1, 2, 3, 4, 7]
    """
    first, last = ends
    scale = columns / (last - first) if last > first else 0.0
    column = np.clip(((xs - first) * scale).astype(np.int64), 0, columns - 1)
    is_finite = np.isfinite(ys)
    broken = np.flatnonzero(~is_finite)
    _, firsts = np.unique(column[broken], return_index=True)
    whole = is_finite.nonzero()[0]
    order = np.lexsort((ys[whole], column[whole]))
    by_place = _ends(column[whole])
    by_value = order[_ends(column[whole[order]])]
    return np.unique(np.concatenate([broken[firsts], whole[by_place], whole[by_value]]))


def _ends(column: Integers) -> Integers:
    """Return where each column begins and ends, of points that are sorted by column."""
    turns = np.flatnonzero(np.diff(column))
    if not len(column):
        return turns
    return np.concatenate([[0], turns, turns + 1, [len(column) - 1]])
