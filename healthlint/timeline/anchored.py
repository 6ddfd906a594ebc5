"""How much a series changed since one record.

The level at the anchor is the value there alone: the values before it belong to the fall that came
first, and a head that got stuck has often fallen a good deal by then. The level now is the median
of up to three latest values after the anchor. Their uncertainty comes from the series' own past
noise, as for windows.
"""

from __future__ import annotations

import numpy as np

from healthlint.logs.model import Integers, Series
from healthlint.timeline.bins import Bins, condense
from healthlint.timeline.change import Change, Z, past_noise
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Length
from healthlint.timeline.robust import row_median

_LEVEL = 3


def change_since(
    series: Series, anchor: int, clock: Clock, *, has_ended: bool = False
) -> tuple[Bins, Integers, Change]:
    """Return bins, the anchor's bin for each judged bin, and the change since the anchor.

    Bins are epochs where the log has them, else single points. Bins before the anchor get NaN.
    """
    length = Length(20.0, "epochs") if clock.has("epochs") else Length(20.0, "points")
    bins = condense(series, length, clock, has_ended=has_ended)
    judged = np.flatnonzero(bins.is_closed)
    start = int(np.searchsorted(bins.records, anchor, side="right")) - 1
    if start < 0 or not len(judged):
        nothing = np.full(len(judged), np.nan)
        return bins, np.zeros(len(judged), np.int64), Change(nothing, nothing, nothing)
    level = float(bins.values[start])
    now, count = _latest_levels(bins, judged, start)
    noise = np.append(0.0, past_noise(bins.values))[judged]
    with np.errstate(invalid="ignore", divide="ignore"):
        is_usable = (count >= 2) & (level > 0)
        value = np.where(is_usable, (now - level) / level, np.nan)
        spread = np.sqrt(1.0 / np.maximum(count, 1) + 1.0)
        half = Z * noise * spread / level
    return bins, np.full(len(judged), start, np.int64), Change(value, value - half, value + half)


def _latest_levels(bins: Bins, judged: Integers, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the last values after the anchor at each judged bin, and how many."""
    index = judged[:, None] - np.arange(_LEVEL)[None, :]
    values = np.where(index > start, bins.values[np.maximum(index, 0)], np.nan)
    values[:, 0] = np.where(judged > start, bins.judged[judged], np.nan)
    return row_median(values), np.isfinite(values).sum(axis=1)
