"""Where each record lies in steps, epochs and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.quantities import Unit
from healthlint.timeline.robust import row_median
from healthlint.timeline.truth import FOREVER, STALE_INTERVALS, Truth, covers

_COLUMNS = ("records", "steps", "epochs", "times")
_CHUNK = 1 << 16
MOST_LOOKS = 64
"""Most looks that a series is seen in at once."""
_FEW = 512
"""Most records of a truth whose limits are worked out at once and kept."""
_RECENT = 5
"""Intervals whose median is a series' own logging interval."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
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
    _kept: dict[str, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)
    _indices: dict[str, Integers] = field(default_factory=dict, repr=False)
    _limits_kept: dict[bytes, Integers] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, series: Iterable[Series]) -> Clock:
        """Return the clock of all records that any of the series has."""
        columns = list(series)
        if not columns:
            none = np.zeros(0)
            return cls(records=none.astype(np.int64), steps=none, epochs=none, times=none)
        longest = max(columns, key=len)
        if all(covers(longest.records, s.records) for s in columns):
            return cls(**{name: getattr(longest, name) for name in _COLUMNS})
        every = np.concatenate([s.records for s in columns])
        order = np.argsort(every, kind="stable")
        first = order[np.flatnonzero(np.diff(every[order], prepend=-1))]
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(s, name) for s in columns])[first] for name in _COLUMNS
        }
        return cls(**joined)

    def axis(self, unit: Unit, records: Integers) -> Floats:
        """Return the position of the given records in a unit, shape of ``records``.

        Points and looks are counted among the given records themselves.
        """
        if unit == "points":
            return np.arange(len(records), dtype=np.float64)
        if unit == "looks":
            return looks_passed(len(records))
        column = self._column(unit)
        if records is self.records:
            return column
        index = self.records.searchsorted(records, side="right") - 1
        return np.where(index >= 0, column[np.maximum(index, 0)], np.nan)

    def _column(self, unit: Unit) -> Floats:
        if unit == "minutes":
            return self.times / 60
        return self.epochs if unit == "epochs" else self.steps

    def has(self, unit: Unit) -> bool:
        """Return whether any record has a position in this unit."""
        if unit in ("points", "looks"):
            return True
        column = self._column(unit)
        return bool(np.isfinite(column[:1]).any() or np.isfinite(column).any())

    def at(self, record: int) -> tuple[float, float]:
        """Return step and epoch at a record, NaN where unknown."""
        index = int(self.records.searchsorted(record, side="right")) - 1
        if index < 0:
            return float("nan"), float("nan")
        return float(self.steps[index]), float(self.epochs[index])

    def moments(self, records: Integers) -> Integers:
        """Return for each record the last one of its moment, shape of ``records``.

        Consecutive records of one step are one moment, however it is split over lines and in
        whatever order; a record without a step is one by itself.
        """
        if not len(records):
            return records
        if "moments" not in self._indices:
            is_last = np.append(self.steps[1:] != self.steps[:-1], True)
            self._indices["moments"] = (
                self.records  # no second million where each record is a moment by itself
                if is_last.all()
                else self.records[is_last.nonzero()[0][np.cumsum(np.append(0, is_last[:-1]))]]
            )
        ends = self._indices["moments"]
        if np.array_equal(records, self.records):
            return ends
        return ends[self.records.searchsorted(records)]

    def indices(self, count: int) -> Integers:
        """Return ``0 .. count - 1``, one array for all series that were logged together."""
        known = self._indices.get("known")
        if known is None or count > len(known):
            known = self._indices["known"] = np.arange(count)
        return known[:count]

    def truth(self, records: Integers, states: NDArray[Any]) -> Truth:
        """Return a truth whose evaluations go stale after three of their own intervals.

        Of several evaluations at one record the last counts.
        """
        states = states.astype(np.int8, copy=False)
        if records is not self.records:  # those rise strictly
            rises = records[1:] > records[:-1]
            if not rises.all():
                is_last = np.append(rises, True)
                records, states = records[is_last], states[is_last]
        return Truth(records, states, partial(self._limits, records))

    def _limits(self, records: Integers, which: Integers) -> Integers:
        """Return the last ordinal up to which the given evaluations may be carried.

        Those of few records are worked out for all of them at once: many rules ask for them.
        """
        if len(records) > _FEW:
            return self._limits_of(records, which)
        key = records.tobytes()  # series that were logged together are evaluated together
        if key not in self._limits_kept:
            self._limits_kept[key] = self._limits_of(records, np.arange(len(records)))
        return self._limits_kept[key][which]

    def _limits_of(self, records: Integers, which: Integers) -> Integers:
        limits = np.full(len(which), FOREVER, np.int64)
        is_open = np.ones(len(which), bool)
        for name in ("steps", "epochs", "ordinals"):
            if is_open.any():
                found, is_known = self._limits_by(name, records, which)
                limits = np.where(is_open & is_known, found, limits)
                is_open &= ~is_known
        return np.maximum(limits, records[which])

    def _limits_by(self, name: str, records: Integers, which: Integers) -> tuple[Integers, Bools]:
        """Return the limits in one unit, and where that unit tells the evaluations' intervals.

        It does not where a position of the last intervals is unknown or most of them are empty
        (many points an epoch, in epochs); another unit decides there, by nothing logged later.
        """
        column, highest = self._risen(name)
        own = column
        if records is not self.records:
            own = column[self.records.searchsorted(records, side="right") - 1]
        gap = _recent_gap(own, which)
        at = highest.searchsorted(own[which] + STALE_INTERVALS * gap, side="right")
        # the clock may grow: a limit that it has not reached yet is not stale at any record known
        is_reached = at < len(highest)
        stale_from = np.where(is_reached, self.records[np.where(is_reached, at, 0)], FOREVER)
        return stale_from - 1, gap > 0

    def _risen(self, name: str) -> tuple[Floats, Floats]:
        """Return the positions in one unit and the highest known one up to each; kept for later."""
        if name not in self._kept:
            columns = {"steps": self.steps, "epochs": self.epochs}
            column = columns[name] if name in columns else self.records.astype(np.float64)
            highest = column
            ends = np.append(column[:1], column[-1:])
            if not (column[1:] >= column[:-1]).all() or not np.isfinite(ends).all():
                highest = np.maximum.accumulate(np.where(np.isfinite(column), column, -np.inf))
            self._kept[name] = column, highest
        return self._kept[name]


def looks_passed(values: int) -> Floats:
    """Return how many looks had begun before each of so many values, shape ``(values,)``.

    The first 64 values are one each, the next 64 a half, the next 128 a quarter, and so on.

    >>> looks_passed(4).tolist(), looks_passed(130)[[63, 65, 127, 129]].tolist()
    ([0.0, 1.0, 2.0, 3.0], [63.0, 64.0, 95.0, 95.5])
    """
    seen = np.arange(1.0, values + 1)
    octave = np.maximum(0, np.ceil(np.log2(seen / MOST_LOOKS)))
    size = 2.0**octave
    before = np.where(octave > 0, MOST_LOOKS / 2 * (octave + 1), 0.0)
    inside = np.where(octave > 0, seen - MOST_LOOKS * size / 2, seen)
    passed: Floats = before + inside / size - 1
    return passed


def _recent_gap(own: Floats, which: Integers) -> Floats:
    """Return the median of the last five gaps before each of the given points.

    NaN for the first point, which has no gap yet, and where a position is unknown.
    """
    if _RECENT * len(which) > len(own) > 1:  # worth a look whether all gaps are the same
        gaps = own[1:] - own[:-1]
        if gaps.min() == gaps.max() and np.isfinite(gaps[0]):
            return np.where(which > 0, gaps[0], np.nan)
    parts = [which[at : at + _CHUNK] for at in range(0, max(1, len(which)), _CHUNK)]
    return np.concatenate([_median_gap(own, part) for part in parts])


def _median_gap(own: Floats, which: Integers) -> Floats:
    index = which[:, None] - np.arange(_RECENT)[None, :]
    gaps = own[np.maximum(index, 0)] - own[np.maximum(index - 1, 0)]
    is_known = (np.isfinite(gaps) | (index <= 0)).all(axis=1)
    return np.where(is_known, row_median(np.where(index > 0, gaps, np.nan)), np.nan)
