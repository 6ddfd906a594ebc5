"""Looks: a unit of time that every series has, whatever its log counts in.

With ``n`` values seen, ``M`` is the least power of two with ``n / M <= 64``; a look is the median
of ``M`` values, whole ones only. So there are 33 to 64 of them (fewer at the beginning, where a
look is one value), a function of ``n`` alone: nothing that is logged later changes what was seen.
When ``M`` doubles, the looks are made anew, and only those beyond the 32nd are judged anew.

The looks of one ``M`` are one *octave*; they are the rows here, so that every statistic is worked
out for all octaves at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.bins import medians
from healthlint.timeline.clock import MOST_LOOKS, Clock
from healthlint.timeline.robust import row_median
from healthlint.timeline.waking import is_loss

_T = TypeVar("_T")


def kept(cache: dict[object, Any], key: object, work_out: Callable[[], _T]) -> _T:
    """Return what a cache holds at a key, worked out where it holds nothing yet."""
    if key not in cache:
        cache[key] = work_out()
    value: _T = cache[key]
    return value


class WorkedOut:
    """Levels that keep what was worked out of them, for the rules that ask for it again."""

    __slots__ = ()
    levels: Floats
    kept: dict[object, Any]

    def of(self, function: Callable[..., _T], *arguments: float) -> _T:
        """Return a function of the levels, worked out once."""
        key = (function, *arguments)
        return kept(self.kept, key, lambda: function(self.levels, *arguments))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looks(WorkedOut):
    """The looks of one series, an octave a row; ``k`` octaves of at most 64 looks.

    Attributes:
        series: The series.
        points: Index into the series of each value that counts, shape ``(n,)``.
        sizes: Values that make one look of each octave, shape ``(k,)``.
        levels: Median of each look, NaN beyond the last, shape ``(k, 64)``.
        ends: Ordinal of the record at which each look is complete, -1 beyond the last, ``(k, 64)``.
        is_judged: Which looks are judged: all of the first octave, the later half of the others.
        kept: What was worked out of them.
    """

    series: Series
    points: Integers
    sizes: Integers
    levels: Floats
    ends: Integers
    is_judged: Bools
    kept: dict[object, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Return the number of looks that are judged."""
        return int(np.count_nonzero(self.is_judged))

    def records(self) -> Integers:
        """Return the ordinals at which something is judged, rising."""
        return kept(self.kept, "records", lambda: self.ends[self.is_judged])

    def shown(self, octave: int, look: int) -> int:
        """Return the index into the series of the value that a look shows: its median.

        Of an even number of values it is the later one of the two in the middle, for what is shown
        is always a value that was logged, and within a jump the one behind it.
        """
        return self.middle_of(octave, look, look)

    def middle_of(self, octave: int, first: int, last: int) -> int:
        """Return the index into the series of the value in the middle of some looks' levels."""
        levels = self.levels[octave, first : last + 1]
        look = first + int(np.argsort(levels, kind="stable")[(len(levels) - 1) // 2])
        size = int(self.sizes[octave])
        points = self.points[look * size : (look + 1) * size]
        order = np.argsort(self.series.values[points], kind="stable")
        return int(points[order[(size - 1) // 2 : size // 2 + 1]].max())


def look_at(series: Series, clock: Clock, least: int = 1) -> Looks:
    """Return the looks of a series.

    What is not finite is no value, nor is an exact 0 of a loss. Values of one moment (consecutive
    records of one step) are one value, their median.

    Args:
        series: The series.
        clock: Positions of the records of its timeline.
        least: Values that make a look of the first octave.
    """
    values = series.values
    counts = np.isfinite(values)
    if is_loss(series):
        counts &= values != 0
    if counts.all():  # as in most long logs: nothing of them is copied
        points, kept, records = clock.indices(len(values)), values, series.records
    else:
        points = counts.nonzero()[0]
        kept, records = values[points], series.records[points]
    moments = clock.moments(records)
    if len(moments) and not (np.diff(moments) > 0).all():
        points, kept, moments = _merged(points, kept, moments)
    sizes = least * 2 ** np.arange(_octaves(len(points), least))
    levels = np.full((len(sizes), MOST_LOOKS), np.nan)
    ends = np.full((len(sizes), MOST_LOOKS), -1, np.int64)
    is_judged = np.zeros((len(sizes), MOST_LOOKS), bool)
    for row, size in enumerate(sizes.tolist()):
        count = min(MOST_LOOKS, len(points) // size)
        block = kept[: count * size].reshape(count, size)
        levels[row, :count] = block[:, 0] if size == 1 else row_median(block)
        ends[row, :count] = moments[size - 1 : count * size : size]
        is_judged[row, (0 if row == 0 else MOST_LOOKS // 2) : count] = True
    return Looks(
        series=series, points=points, sizes=sizes, levels=levels, ends=ends, is_judged=is_judged
    )


def _octaves(values: int, least: int) -> int:
    """Return how many octaves so many values make, at least one.

    >>> [_octaves(n, 1) for n in (0, 64, 65, 128, 129)]
    [1, 1, 2, 2, 3]
    """
    return 1 + max(0, int(np.ceil(np.log2(max(1, values) / (MOST_LOOKS * least)))))


def _merged(
    points: Integers, values: Floats, moments: Integers
) -> tuple[Integers, Floats, Integers]:
    """Return the values of each moment as one: its median, shown by its last value."""
    last = np.append(np.flatnonzero(np.diff(moments)), len(moments) - 1)
    counts = np.diff(last, prepend=-1)
    return points[last], medians(values, last - counts + 1, counts), moments[last]


def partner_levels(looks: Looks, partner: Looks) -> Floats:
    """Return the level of another series at each look: its median since the look before.

    Where it has none since, its last value; NaN before its first. Shape ``(k, 64)``.

    Args:
        looks: The looks.
        partner: Those of the other series; only its values matter here, not its looks.
    """
    if _came_together(looks, partner):
        return partner.levels
    values = partner.series.values[partner.points]
    records = partner.series.records[partner.points]
    result = np.full(looks.ends.shape, np.nan)
    for row, ends in enumerate(looks.ends):
        count = int(np.count_nonzero(ends >= 0))
        stops = records.searchsorted(ends[:count], side="right")
        starts = np.append(0, stops[:-1])
        result[row, :count] = _levels_between(values, starts, stops)
    return result


def _came_together(looks: Looks, other: Looks) -> bool:
    """Return whether two series have a value in each record that either has, one a moment."""
    counts = {len(looks.points), len(looks.series), len(other.points), len(other.series)}
    is_one_count = len(counts) == 1 and np.array_equal(looks.ends, other.ends)
    return is_one_count and np.array_equal(looks.series.records, other.series.records)


def _levels_between(values: Floats, starts: Integers, stops: Integers) -> Floats:
    """Return the median of each stretch of values, of an empty one the value before it."""
    if not len(values):
        return np.full(len(stops), np.nan)
    before = np.where(stops > 0, values[np.maximum(stops - 1, 0)], np.nan)
    return np.where(stops > starts, medians(values, starts, stops - starts), before)
