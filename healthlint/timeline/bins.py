"""Series condensed to bins, and the windows of bins that statistics look at.

A window never holds more than about ``BINS`` bins, however densely a metric is logged, so the cost
of a statistic is linear in the records. A sparse series (one value an epoch) keeps every value: a
bin that follows a bin of one value is judged as soon as its first value is there, any other bin
when the next one begins (or the run has ended). That way nothing is judged on records that had not
been written yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Integers, Series
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Length
from healthlint.timeline.robust import row_median

BINS = 20
"""Bins in one window length."""
_ROOM = 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bins:
    """Bins of one series, in file order; all arrays have shape ``(bins,)``.

    Attributes:
        records: Ordinal at which the bin may be judged.
        axis: Position of the bin's last value in the unit of the window.
        values: Median of the finite values of the whole bin, NaN where there are none.
        last: Index into the series of the bin's last value.
        judged_axis: As ``axis``, of what is known at ``records``: for a bin judged at once, of
            its first value.
        judged: As ``values``, of what is known at ``records``.
        judged_last: As ``last``, of what is known at ``records``.
        is_closed: False for a last bin that is still open and must not be judged.
    """

    records: Integers
    axis: Floats
    values: Floats
    last: Integers
    judged_axis: Floats
    judged: Floats
    judged_last: Integers
    is_closed: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def __len__(self) -> int:
        """Return the number of bins."""
        return len(self.records)


def bin_width(length: Length) -> float:
    """Return the width of a bin, in the unit of the length."""
    width = length.amount / BINS
    return max(1.0, width) if length.unit in ("points", "looks") else width


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grid:
    """Where bins of one width lie in the points of series that were logged together.

    Arrays but ``known`` have shape ``(bins,)``.

    Attributes:
        known: Indices of the points whose position is known, None where all are.
        first: Index among these of each bin's first point.
        last: Index among these of each bin's last point.
        begin: Position of each bin's first point.
        end: Position of each bin's last point.
    """

    known: Integers | None
    first: Integers
    last: Integers
    begin: Floats
    end: Floats

    @classmethod
    def of(cls, records: Integers, length: Length, clock: Clock) -> Grid:
        """Return the grid of a twentieth of the length; points are bins of their own.

        Args:
            records: Ordinals of the points.
            length: The window that will be looked at.
            clock: Positions of the records.
        """
        axis = clock.axis(length.unit, records)
        is_known = np.isfinite(axis)
        known = None if is_known.all() else is_known.nonzero()[0]
        axis = np.maximum.accumulate(axis if known is None else axis[known])
        with np.errstate(over="ignore"):  # positions beyond all numbers share the last bin
            number = np.floor(axis / bin_width(length) + _ROOM)
        first = np.flatnonzero(np.append(True, number[1:] != number[:-1])[: len(axis)])
        last = np.append(first[1:], len(axis))[: len(first)] - 1
        return cls(known=known, first=first, last=last, begin=axis[first], end=axis[last])


def condense(
    series: Series,
    length: Length,
    clock: Clock,
    *,
    has_ended: bool = False,
    grid: Grid | None = None,
) -> Bins:
    """Return the series in bins of a twentieth of the length; points are bins of their own.

    Args:
        series: The series, ``n`` points; points whose position is unknown are left out.
        length: The window that will be looked at.
        clock: Positions of the records.
        has_ended: True when the run has ended, so that its last bin is complete.
        grid: The grid of the length, where it is known already.
    """
    if grid is None:
        grid = Grid.of(series.records, length, clock)
    known, first, last = grid.known, grid.first, grid.last
    values = series.values if known is None else series.values[known]
    if len(first) == len(values):
        return _of_points(series.records, values, grid, has_ended=has_ended)
    counts = last - first + 1
    at_once = np.append(False, counts[:-1] == 1)
    judged = np.where(at_once, first, last)
    opening = series.records[first if known is None else known[first]]
    end = series.records[last[-1] if known is None else known[last[-1]]]
    is_closed = np.ones(len(first), bool)
    is_closed[-1] = has_ended or at_once[-1]
    middles, starts = medians(values, first, counts), values[first]
    return Bins(
        records=np.where(at_once, opening, np.append(opening[1:], end)),
        axis=grid.end,
        values=middles,
        last=last if known is None else known[last],
        judged_axis=np.where(at_once, grid.begin, grid.end),
        judged=np.where(at_once, np.where(np.isfinite(starts), starts, np.nan), middles),
        judged_last=judged if known is None else known[judged],
        is_closed=is_closed,
    )


def _of_points(records: Integers, values: Floats, grid: Grid, *, has_ended: bool) -> Bins:
    """Return bins of one point each: a log of a million records has a million of them."""
    known = grid.first if grid.known is None else grid.known
    judged_at = records[known]
    if len(judged_at) > 1:
        judged_at = np.append(judged_at[1], judged_at[1:])  # the first is judged with the second
    finite = np.where(np.isfinite(values), values, np.nan)
    is_closed = np.ones(len(finite), bool)
    is_closed[-1:] = has_ended or len(finite) > 1
    return Bins(
        records=judged_at,
        axis=grid.end,
        values=finite,
        last=known,
        judged_axis=grid.end,
        judged=finite,
        judged_last=known,
        is_closed=is_closed,
    )


def medians(values: Floats, first: Integers, counts: Integers) -> Floats:
    """Return the median of the finite values of each stretch, NaN where there are none.

    Args:
        values: Values, shape ``(n,)``.
        first: Index of the first value of each stretch, shape ``(k,)``.
        counts: How many values each has, shape ``(k,)``.
    """
    if len(first) == len(values) and (counts == 1).all():
        return np.where(np.isfinite(values), values, np.nan)
    result = np.full(len(first), np.nan)
    # stretches of one size at a time: few sizes, many stretches
    for size in np.flatnonzero(np.bincount(counts, minlength=1)[1:]) + 1:
        which = (counts == size).nonzero()[0]
        block = values[first[which][:, None] + np.arange(size)]
        result[which] = row_median(block)
    return result


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Windows:
    """Windows that end at each judged bin.

    Attributes:
        bin: Index of the bin each window ends at, shape ``(w,)``.
        index: Bins of each window, oldest first, -1 where the window is shorter, ``(w, m)``.
        x: Their positions relative to the window's end, NaN where there is none, ``(w, m)``.
        y: Their values as known at the window's end, NaN where there is none, ``(w, m)``.
        is_full: Whether the log reaches back over the whole window, shape ``(w,)``.
    """

    bin: Integers
    index: Integers
    x: Floats
    y: Floats
    is_full: np.ndarray[tuple[int], np.dtype[np.bool_]]


def windows(bins: Bins, length: float) -> Windows:
    """Return the window ``[end - length, end]`` of every judged bin, both ends included."""
    judged = bins.is_closed.nonzero()[0]
    end = bins.judged_axis[judged]
    reach = end - length
    room = _ROOM * max(1.0, length)
    start = bins.axis.searchsorted(reach - room, side="left")
    most = int((judged - start).max()) + 1 if len(judged) else 1
    index = judged[:, None] - np.arange(most - 1, -1, -1)[None, :]
    is_in = index >= start[:, None]
    safe = np.maximum(index, 0)
    x = np.where(is_in, bins.axis[safe] - end[:, None], np.nan)
    y = np.where(is_in, bins.values[safe], np.nan)
    if len(judged):
        x[:, -1], y[:, -1] = 0.0, bins.judged[judged]
    is_full = bins.axis[0] <= reach + room if len(bins) else np.zeros(0, bool)
    return Windows(bin=judged, index=np.where(is_in, index, -1), x=x, y=y, is_full=is_full)
