"""How much a series changed since one record.

The level at the anchor is the value there alone: the values before it belong to the fall that came
first, and a head that got stuck has often fallen a good deal by then. Where a fall since the start
is asked for and that value is a dip, the second one after it stands for it. The level now is the
median of up to three latest values after the anchor. Their uncertainty comes from the series' own
past noise, as for windows.
"""

from __future__ import annotations

import numpy as np

from healthlint.logs.model import Floats, Integers, Series
from healthlint.timeline.bins import Bins
from healthlint.timeline.change import Change, Z, noise_before
from healthlint.timeline.robust import row_median

_LEVEL = 3


def change_since(
    series: Series, bins: Bins, anchor: int, *, past_dip: bool = False
) -> tuple[Integers, Change]:
    """Return the anchor's bin for each judged bin, and the change since the anchor.

    Args:
        series: The series.
        bins: Its bins.
        anchor: Ordinal of the record; bins up to it get NaN.
        past_dip: Whether a value at the anchor that is a dip is passed over: of a fall it would
            hide what came after, a rise may well begin with it.
    """
    judged = np.arange(len(bins.judged))
    before = int(series.records.searchsorted(anchor, side="right")) - 1
    start = int(bins.last.searchsorted(before, side="left"))  # the bin that holds it
    if before < 0 or start >= len(bins):
        nothing = np.full(len(judged), np.nan)
        return np.zeros(len(judged), np.int64), Change(nothing, nothing, nothing)
    level = _level_at(bins, judged, start) if past_dip else float(bins.values[start])
    now, count = _latest_levels(bins, judged, start)
    is_usable = (count >= 2) & (level > 0)
    value = np.where(is_usable, (now - level) / level, np.nan)
    spread = np.sqrt(1.0 / np.maximum(count, 1) + 1.0)
    half = Z * noise_before(bins) * spread / level
    return np.full(len(judged), start, np.int64), Change(value, value - half, value + half)


def _level_at(bins: Bins, judged: Integers, start: int) -> Floats:
    """Return the level at the anchor's bin, as it is seen at each judged bin.

    A value below the next two, of which the second is not the higher one, is a dip: nothing has
    climbed away from it.
    """
    first = float(bins.values[start])
    if start + 2 >= len(judged):
        return np.full(len(judged), first)
    second, third = float(bins.values[start + 1]), bins.values[start + 2]
    after = np.where(judged > start + 2, third, bins.judged[start + 2])
    return np.where((first < after) & (after <= second), after, first)


def _latest_levels(bins: Bins, judged: Integers, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the last values after the anchor at each judged bin, and how many."""
    index = judged[:, None] - np.arange(_LEVEL)[None, :]
    values = np.where(index > start, bins.values[np.maximum(index, 0)], np.nan)
    values[:, 0] = np.where(judged > start, bins.judged, np.nan)
    return row_median(values), np.isfinite(values).sum(axis=1)
