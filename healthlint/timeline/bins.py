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

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Length
from healthlint.timeline.robust import row_median

BINS = 20
"""Bins in one window length."""
LOOKS = Length(float(BINS), "looks")
"""The length whose bins are looks: the same ones whether or not a log tells its epochs."""
_ROOM = 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bins:
    """Bins of one series, in file order.

    Attributes:
        axis: Position of each bin's last value in the unit of the window, shape ``(bins,)``.
        values: Median of the finite values of the whole bin, NaN where there are none, likewise.
        last: Index into the series of the bin's last value, likewise.
        records: Ordinal at which each bin is judged, shape ``(judged,)``: of all bins but a last
            one that is still open.
        judged_axis: As ``axis``, of what is known at ``records``: for a bin judged at once, of
            its first value. Shape ``(judged,)``.
        judged: As ``values``, of what is known at ``records``, likewise.
        judged_last: As ``last``, of what is known at ``records``, likewise.
    """

    axis: Floats
    values: Floats
    last: Integers
    records: Integers
    judged_axis: Floats
    judged: Floats
    judged_last: Integers

    def __len__(self) -> int:
        """Return the number of bins."""
        return len(self.values)


def natural(series: Series) -> Length:
    """Return the length whose bins are epochs where the series begins with one, else looks.

    Its first point decides, so that nothing logged later changes what was said before.
    """
    return Length(float(BINS), "epochs") if np.isfinite(series.epochs[0]) else LOOKS


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


def condense(series: Series, grid: Grid, *, has_ended: bool = False) -> Bins:
    """Return the series in bins.

    Args:
        series: The series, ``n`` points; points whose position is unknown are left out.
        grid: Where the bins lie among its points.
        has_ended: True when the run has ended, so that its last bin is complete.
    """
    known, first, last = grid.known, grid.first, grid.last
    values = series.values if known is None else series.values[known]
    if len(first) == len(values):
        return _of_points(series.records, values, grid, has_ended=has_ended)
    counts = last - first + 1
    at_once = np.append(False, counts[:-1] == 1)
    judged = np.where(at_once, first, last)
    opening = series.records[first if known is None else known[first]]
    end = series.records[last[-1] if known is None else known[last[-1]]]
    closed = slice(len(first) if has_ended or at_once[-1] else -1)
    middles, starts = medians(values, first, counts), values[first]
    starts = np.where(np.isfinite(starts), starts, np.nan)
    return Bins(
        axis=grid.end,
        values=middles,
        last=last if known is None else known[last],
        records=np.where(at_once, opening, np.append(opening[1:], end))[closed],
        judged_axis=np.where(at_once, grid.begin, grid.end)[closed],
        judged=np.where(at_once, starts, middles)[closed],
        judged_last=(judged if known is None else known[judged])[closed],
    )


def _of_points(records: Integers, values: Floats, grid: Grid, *, has_ended: bool) -> Bins:
    """Return bins of one point each: a log of a million records has a million of them."""
    known = grid.first if grid.known is None else grid.known
    judged_at = records[known]
    if len(judged_at) > 1:
        judged_at = np.append(judged_at[1], judged_at[1:])  # the first is judged with the second
    finite = np.where(np.isfinite(values), values, np.nan)
    closed = slice(len(finite) if has_ended or len(finite) > 1 else 0)
    return Bins(
        axis=grid.end,
        values=finite,
        last=known,
        records=judged_at[closed],
        judged_axis=grid.end[closed],
        judged=finite[closed],
        judged_last=known[closed],
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
    """Windows that end at each judged bin, ``w`` of them.

    Attributes:
        first: Index of the first bin of each window, shape ``(w,)``.
        x: Positions of its bins relative to its end, oldest first, NaN where it is shorter,
            ``(w, m)``.
        y: Their values as known at the window's end, NaN where there is none, ``(w, m)``.
        is_full: Whether the log reaches back over the whole window, shape ``(w,)``.
    """

    first: Integers
    x: Floats
    y: Floats
    is_full: Bools


def windows(bins: Bins, length: float) -> Windows:
    """Return the window ``[end - length, end]`` of every judged bin, both ends included."""
    end, at = bins.judged_axis, np.arange(len(bins.judged))
    reach = end - length
    room = _ROOM * max(1.0, length)
    first = bins.axis.searchsorted(reach - room, side="left")
    most = int((at - first).max(initial=0))
    index = at[:, None] - np.arange(most, -1, -1)[None, :]
    is_in = index >= first[:, None]
    safe = np.maximum(index, 0)
    x = np.where(is_in, bins.axis[safe] - end[:, None], np.nan)
    y = np.where(is_in, bins.values[safe], np.nan)
    x[:, -1], y[:, -1] = 0.0, bins.judged
    return Windows(first=first, x=x, y=y, is_full=bins.axis[:1] <= reach + room)
