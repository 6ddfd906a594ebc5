"""Where each record lies in steps, epochs and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers, Series
from healthlint.timeline.quantities import Unit
from healthlint.timeline.truth import STALE_INTERVALS, Truth

_FOREVER = np.iinfo(np.int64).max
_RECENT = 5
"""Intervals whose median is a series' own logging interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Positions of the records of one timeline.

    Attributes:
        records: Ordinals in file order, shape ``(n,)``.
        steps: Step of each, NaN where not logged.
        epochs: Epoch of each, NaN where unknown.
        times: Unix seconds of each, NaN where not logged.
    """

    records: Integers
    steps: Floats
    epochs: Floats
    times: Floats

    @classmethod
    def of(cls, series: Iterable[Series]) -> Clock:
        """Return the clock of all records that any of the series has."""
        columns = list(series)
        if not columns:
            none = np.zeros(0)
            return cls(none.astype(np.int64), none, none, none)
        longest = max(columns, key=len)
        if all(_covers(longest.records, s.records) for s in columns):
            return cls(longest.records, longest.steps, longest.epochs, longest.times)
        records, first = np.unique(np.concatenate([s.records for s in columns]), return_index=True)

        def pick(name: str) -> Floats:
            return np.concatenate([getattr(s, name) for s in columns])[first]

        return cls(records, pick("steps"), pick("epochs"), pick("times"))

    def axis(self, unit: Unit, records: Integers) -> Floats:
        """Return the position of the given records in a unit, shape of ``records``.

        Points are counted among the given records themselves.
        """
        if unit == "points":
            return np.arange(len(records), dtype=np.float64)
        column = {"epochs": self.epochs, "steps": self.steps, "minutes": self.times / 60}[unit]
        index = np.searchsorted(self.records, records, side="right") - 1
        return np.where(index >= 0, column[np.maximum(index, 0)], np.nan)

    def has(self, unit: Unit) -> bool:
        """Return whether any record has a position in this unit."""
        if unit == "points":
            return True
        column = {"epochs": self.epochs, "steps": self.steps, "minutes": self.times}[unit]
        return bool(np.isfinite(column).any())

    def at(self, record: int) -> tuple[float, float]:
        """Return step and epoch at a record, NaN where unknown."""
        index = int(np.searchsorted(self.records, record, side="right")) - 1
        if index < 0:
            return float("nan"), float("nan")
        return float(self.steps[index]), float(self.epochs[index])

    def truth(self, records: Integers, states: NDArray[Any]) -> Truth:
        """Return a truth whose evaluations go stale after three of their own intervals."""
        return Truth(records, np.asarray(states, np.int8), self._valid_until(records))

    def _valid_until(self, records: Integers) -> Integers:
        n = len(records)
        if n == 0:
            return records
        unit: Unit = "steps" if np.isfinite(self.steps).all() else "epochs"
        own = self.axis(unit, records)
        if not np.isfinite(own).all():
            own, whole = records.astype(float), self.records.astype(float)
        else:
            whole = np.maximum.accumulate(self.axis(unit, self.records))
        gaps = np.diff(own)
        if not len(gaps):
            return np.full(n, _FOREVER, np.int64)
        limit = own + STALE_INTERVALS * _recent_median(gaps, n)
        # the clock may grow: a limit that it has not reached yet is not stale at any record known
        following = np.searchsorted(whole, limit, side="right")
        last = np.minimum(following, len(whole)) - 1
        until = np.where(following >= len(whole), _FOREVER, self.records[np.maximum(last, 0)])
        return np.maximum(until, records)


def _recent_median(gaps: Floats, n: int) -> Floats:
    """Return for each of ``n`` points the median of its last gaps; infinite for the first."""
    result = np.full(n, np.inf)
    for k in range(1, min(_RECENT, n)):
        result[k] = float(np.median(gaps[:k]))
    if n > _RECENT:
        windows = np.lib.stride_tricks.sliding_window_view(gaps, _RECENT)
        result[_RECENT:] = np.median(windows, axis=1)
    return result


def _covers(outer: Integers, inner: Integers) -> bool:
    if outer is inner:
        return True
    if len(inner) > len(outer):
        return False
    index = np.searchsorted(outer, inner)
    return bool(
        (index < len(outer)).all() and (outer[np.minimum(index, len(outer) - 1)] == inner).all()
    )
