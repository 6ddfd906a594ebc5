"""Metrics made of others, point by point, from what had been logged by then.

Metrics of one split meet where they were logged together: in one record, or in records of the same
step, whichever comes last. Where a formula compares splits, validation says when: each of its
moments meets the median of what the other split logged since the one before, which for a training
loss is the loss of the epoch. A moment that lacks one of them has no value: unknown, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.bins import medians
from healthlint.timeline.truth import joined

_LEADING = ("val", "", "train")


def aligned(series: Sequence[Series]) -> tuple[Integers, list[Floats]]:
    """Return the records at which some metrics meet, and the value of each of them there.

    Args:
        series: The metrics, at least one, of one split or of two.

    Returns:
        Records, rising, shape ``(n,)``, and a column of shape ``(n,)`` for each metric, NaN where
        it has no value at that moment.
    """
    leading = next(split for split in _LEADING if any(one.split == split for one in series))
    own = [one for one in series if one.split == leading]
    records, columns = _together(own)
    by_id = dict(zip(map(id, own), columns, strict=True))
    return records, [by_id[id(one)] if id(one) in by_id else _since(one, records) for one in series]


def _together(series: Sequence[Series]) -> tuple[Integers, list[Floats]]:
    """Return where metrics of one split were logged together, and their values there."""
    first = series[0].records
    if all(one.records is first for one in series):
        return first, [one.values for one in series]
    records = joined([one.records for one in series])
    steps = np.full(len(records), np.nan)
    for one in series:
        steps[records.searchsorted(one.records)] = one.steps
    looks = [_look(one, records, steps) for one in series]
    is_whole = np.logical_and.reduce([is_there for _, is_there in looks])
    return records[is_whole], [
        one.values[index[is_whole]] for one, (index, _) in zip(series, looks, strict=True)
    ]


def _look(series: Series, records: Integers, steps: Floats) -> tuple[Integers, Bools]:
    """Return the latest point of a metric at each record, and whether it is of the same moment."""
    latest = series.records.searchsorted(records, side="right") - 1
    index = np.maximum(latest, 0)
    is_own = series.records[index] == records
    is_there: Bools = (latest >= 0) & (is_own | (series.steps[index] == steps))
    return index, is_there


def _since(series: Series, records: Integers) -> Floats:
    """Return at each record the median of what a metric logged since the record before."""
    stops = series.records.searchsorted(records, side="right")
    starts = np.append(0, stops[:-1])[: len(stops)]
    return medians(series.values, starts, stops - starts)


def weighted_sum(series: Sequence[Series], weights: Mapping[str, float]) -> Series:
    """Return the sum of metrics of one split, each times its weight, where all were logged.

    Args:
        series: The metrics, at least one.
        weights: Their weights by key.
    """
    first = series[0]
    records, columns = _together(series)
    total = np.zeros(len(records))
    for one, column in zip(series, columns, strict=True):
        total = total + weights[one.key] * column
    kept = first.take(first.records.searchsorted(records, side="right") - 1)
    return replace(kept, records=records, values=total)
