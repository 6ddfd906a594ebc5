"""Three-valued truth along the records of a log, and how it combines.

A truth is a list of evaluations in file order. Between two evaluations it is carried; once its
metric has been silent for three of its own logging intervals it is unknown. Nothing here looks at
records after the one it speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Bools, Floats, Integers
from healthlint.timeline.robust import distinct

States = NDArray[np.int8]

TRUE, FALSE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)
FOREVER = int(np.iinfo(np.int64).max)
"""An ordinal that no record reaches."""
STALE_INTERVALS = 3
"""A metric is stale after this many of its own logging intervals without a point."""


Validity = Callable[[Integers], Integers]
"""Indices of evaluations to the last ordinal up to which each may be carried."""


def _forever(which: Integers) -> Integers:
    return np.full(len(which), FOREVER, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """States of a condition at the records where it was evaluated.

    Attributes:
        records: Ordinals of the records, rising strictly, shape ``(n,)``.
        states: 1 true, 0 false, -1 unknown, shape ``(n,)``.
        validity: Returns, for indices of evaluations, the last ordinal up to which each state may
            be carried; beyond it the truth is stale. Asked only where something is carried.
    """

    records: Integers
    states: States
    validity: Validity = _forever

    @classmethod
    def empty(cls) -> Truth:
        """Return the truth of a condition that was never evaluated."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int8))

    def __len__(self) -> int:
        """Return the number of evaluations."""
        return len(self.records)

    def at(self, records: Integers) -> States:
        """Return the states carried to the given records; unknown before the first and if stale.

        The records must rise.
        """
        if records is self.records or np.array_equal(records, self.records):
            return self.states
        if not len(self.records):
            return np.full(len(records), UNKNOWN, np.int8)
        if len(self.records) <= len(records):
            return self._spread(records)
        index, is_fresh = self._carried(records)
        return np.where(is_fresh, self.states[np.maximum(index, 0)], UNKNOWN).astype(np.int8)

    def _spread(self, records: Integers) -> States:
        """Return the states carried to records that are many: each state over a stretch of them."""
        first = records.searchsorted(self.records)
        stop = np.append(first[1:], len(records))
        # the state holds on its own record, however soon it goes stale
        end = records.searchsorted(self.records, side="right")
        carries = (end < stop).nonzero()[0]
        if len(carries):
            fresh = records.searchsorted(self.validity(carries), side="right")
            end[carries] = np.minimum(np.maximum(fresh, end[carries]), stop[carries])
        counts = np.empty(2 * len(first) + 1, np.int64)  # unknown before, then in turn
        counts[0], counts[1::2], counts[2::2] = first[0], end - first, stop - end
        spread = np.full(len(counts), UNKNOWN)
        spread[1::2] = self.states
        return np.repeat(spread, counts)

    def valid_until(self, records: Integers) -> Integers:
        """Return the last ordinal up to which the state carried to each record may be carried on.

        -1 before the first evaluation. The records must rise.
        """
        index = self.records.searchsorted(records, side="right") - 1
        needed = distinct(index[index >= 0])
        limits = np.append(self.validity(needed), -1)
        where = np.where(index >= 0, needed.searchsorted(index), len(needed))
        return limits[where]

    def _carried(self, records: Integers) -> tuple[Integers, Bools]:
        index = self.records.searchsorted(records, side="right") - 1
        is_fresh = index >= 0
        is_own = self.records[np.maximum(index, 0)] == records
        if not (is_own | ~is_fresh).all():
            is_fresh &= is_own | (records <= self.valid_until(records))
        return index, is_fresh

    def with_states(self, states: States) -> Truth:
        """Return the same evaluations with other states."""
        return Truth(self.records, states, self.validity)


def merge(truths: Sequence[Truth]) -> tuple[Integers, list[States], Validity]:
    """Return the union of the evaluated records, each truth's states there, and their validity.

    A merged evaluation is valid as long as the longest-lived of its parts.
    """
    records = joined([truth.records for truth in truths])

    def validity(which: Integers) -> Integers:
        at = records[which]
        limits = [truth.valid_until(at) for truth in truths if len(truth)]
        return np.max(limits, axis=0) if limits else _forever(which)

    return records, [truth.at(records) for truth in truths], validity


def joined(columns: Sequence[Integers]) -> Integers:
    """Return the union of rising columns: the longest one itself where it covers the others."""
    if not columns:
        return np.zeros(0, np.int64)
    longest = max(columns, key=len)
    if all(covers(longest, column) for column in columns):
        return longest
    return distinct(np.sort(np.concatenate(columns)))


def covers(outer: Integers, inner: Integers) -> bool:
    """Return whether a rising column holds all values of another."""
    if outer is inner or not len(inner):
        return True
    if len(inner) >= len(outer):
        return bool(np.array_equal(outer, inner))
    index = np.minimum(outer.searchsorted(inner), len(outer) - 1)
    return bool((outer[index] == inner).all())


def all_of(truths: Sequence[Truth]) -> Truth:
    """Return true where all are true, false where one is false, unknown elsewhere."""
    records, states, validity = merge(truths)
    if not states:
        return Truth.empty()
    result = states[0].copy()
    for other in states[1:]:
        is_false = (result == FALSE) | (other == FALSE)
        np.minimum(result, other, out=result)  # unknown < false < true: true needs both
        result[is_false] = FALSE
    return Truth(records, result, validity)


def any_of(truths: Sequence[Truth]) -> Truth:
    """Return true where one is true, false where all are false, unknown elsewhere."""
    return negate(all_of([negate(truth) for truth in truths]))


def negate(truth: Truth) -> Truth:
    """Return true for false and false for true; unknown stays."""
    flipped = np.array([1, 0, -1], np.int8)  # of false, true and (from the end) unknown
    return truth.with_states(flipped[truth.states])


def held(
    truth: Truth, axis: Floats, length: float, *, counts: Literal["moments", "looks", ""] = ""
) -> Truth:
    """Return the truth of "true for at least this long".

    Time between two true evaluations counts; time next to an unknown one does not (it pauses), nor
    does time in which the truth went stale, and a false one starts anew. True but not yet long
    enough is unknown, and so is everything before the first known position.

    Args:
        truth: The truth to hold, ``n`` evaluations.
        axis: Position of each evaluation in the unit of the length, shape ``(n,)``; one that is
            unknown is that of the evaluation before.
        length: How long, in that unit.
        counts: Where the length is a number: of the moments that had a true evaluation (``axis``
            tells them apart), or of looks.
    """
    axis = np.fmax.accumulate(axis)
    states = np.where(np.isfinite(axis), truth.states, UNKNOWN).astype(np.int8)
    is_true = states == TRUE
    if not is_true.any():
        return truth.with_states(states)
    if counts == "moments":
        gained = np.zeros(len(axis))
        gained[is_true] = np.diff(axis[is_true], prepend=-1.0) > 0
    elif counts == "looks":
        gained = np.where(is_true, np.diff(axis, prepend=axis[:1] - 1), 0.0)
    else:
        gained = _gained(truth, is_true, axis)
    resets = np.maximum.accumulate(np.where(states == FALSE, np.arange(len(states)), -1))
    total = np.cumsum(gained)
    since = total - np.where(resets >= 0, total[np.maximum(resets, 0)], 0.0)
    is_long = since >= length * (1 - 1e-9)
    result = np.where(is_true, np.where(is_long, TRUE, UNKNOWN), states)
    return truth.with_states(result.astype(np.int8))


def _gained(truth: Truth, is_true: Bools, axis: Floats) -> Floats:
    """Return the time that each evaluation adds: from the true one right before it, if carried."""
    follows = np.flatnonzero(is_true[1:] & is_true[:-1]) + 1
    is_carried = truth.validity(follows - 1) >= truth.records[follows]
    gained = np.zeros(len(axis))
    gained[follows] = np.where(is_carried, axis[follows] - axis[follows - 1], 0.0)
    return gained


def streak_start(states: States) -> Integers:
    """Return, for each evaluation, the index of the first true one since the last false one.

    Shape ``(n,)``; -1 where there has been no true one since.
    """
    n = len(states)
    if n == 0:
        return np.zeros(0, np.int64)
    index = np.arange(n)
    last_false = np.maximum.accumulate(np.where(states == FALSE, index, -1))
    true_index = np.where(states == TRUE, index, n)
    next_true = np.append(np.minimum.accumulate(true_index[::-1])[::-1], n)
    start = next_true[last_false + 1]
    return np.where(start <= index, start, -1).astype(np.int64)
