"""How much a series changed since one record.

The level at the anchor is the median of the last values up to it, the level now that of the latest
values; both take up to three, and never share one. Their uncertainty comes from the series' own
past noise, as for windows.
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
    begin = bins.values[max(0, start - _LEVEL + 1) : start + 1]
    level = float(np.nanmedian(begin)) if np.isfinite(begin).any() else np.nan
    now, count = _latest_levels(bins, judged, start)
    noise = np.append(0.0, past_noise(bins.values))[judged]
    with np.errstate(invalid="ignore", divide="ignore"):
        is_usable = (count >= 2) & (level > 0)
        value = np.where(is_usable, (now - level) / level, np.nan)
        spread = np.sqrt(1.0 / np.maximum(count, 1) + 1.0 / max(1, np.isfinite(begin).sum()))
        half = Z * noise * spread / level
    return bins, np.full(len(judged), start, np.int64), Change(value, value - half, value + half)


def _latest_levels(bins: Bins, judged: Integers, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the last values after the anchor at each judged bin, and how many."""
    index = judged[:, None] - np.arange(_LEVEL)[None, :]
    values = np.where(index > start, bins.values[np.maximum(index, 0)], np.nan)
    values[:, 0] = np.where(judged > start, bins.judged[judged], np.nan)
    return row_median(values), np.isfinite(values).sum(axis=1)
