"""Three-valued truth along the records of a log, and how it combines.

A truth is a list of evaluations in file order. Between two evaluations it is carried; once its
metric has been silent for three of its own logging intervals it is unknown. Nothing here looks at
records after the one it speaks of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers

States = NDArray[np.int8]

TRUE, FALSE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)
STALE_INTERVALS = 3
"""A metric is stale after this many of its own logging intervals without a point."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """States of a condition at the records where it was evaluated.

    Attributes:
        records: Ordinals of the records, rising strictly, shape ``(n,)``.
        states: 1 true, 0 false, -1 unknown, shape ``(n,)``.
        valid_until: Last ordinal up to which each state may be carried, shape ``(n,)``; beyond it
            the truth is stale.
    """

    records: Integers
    states: States
    valid_until: Integers

    @classmethod
    def empty(cls) -> Truth:
        """Return the truth of a condition that was never evaluated."""
        none = np.zeros(0, np.int64)
        return cls(none, np.zeros(0, np.int8), none)

    def __len__(self) -> int:
        """Return the number of evaluations."""
        return len(self.records)

    def at(self, records: Integers) -> States:
        """Return the states carried to the given records; unknown before the first and if stale."""
        if not len(self.records):
            return np.full(len(records), UNKNOWN, np.int8)
        index = np.searchsorted(self.records, records, side="right") - 1
        carried = self.states[np.maximum(index, 0)]
        is_fresh = (index >= 0) & (records <= self.valid_until[np.maximum(index, 0)])
        return np.where(is_fresh, carried, UNKNOWN).astype(np.int8)

    def with_states(self, states: States) -> Truth:
        """Return the same evaluations with other states."""
        return Truth(self.records, states, self.valid_until)


def merge(truths: Sequence[Truth]) -> tuple[Integers, list[States], Integers]:
    """Return the union of the evaluated records, each truth's states there, and their validity.

    A merged evaluation is valid as long as the longest-lived of its parts.
    """
    records = _union([truth.records for truth in truths])
    valid = np.full(len(records), -1, np.int64)
    for truth in truths:
        if len(truth):
            index = np.searchsorted(truth.records, records, side="right") - 1
            until = np.where(index >= 0, truth.valid_until[np.maximum(index, 0)], -1)
            valid = np.maximum(valid, until)
    return records, [t.at(records) for t in truths], valid


def _union(columns: Sequence[Integers]) -> Integers:
    distinct: list[Integers] = []
    for column in columns:
        if not any(column is known or np.array_equal(column, known) for known in distinct):
            distinct.append(column)
    if len(distinct) == 1:
        return distinct[0]
    if not distinct:
        return np.zeros(0, np.int64)
    return np.unique(np.concatenate(distinct)).astype(np.int64)


def all_of(truths: Sequence[Truth]) -> Truth:
    """Return true where all are true, false where one is false, unknown elsewhere."""
    records, states, valid = merge(truths)
    if not states:
        return Truth.empty()
    stacked = np.stack(states)
    result = np.where(
        (stacked == FALSE).any(axis=0),
        FALSE,
        np.where((stacked == TRUE).all(axis=0), TRUE, UNKNOWN),
    )
    return Truth(records, result.astype(np.int8), valid)


def any_of(truths: Sequence[Truth]) -> Truth:
    """Return true where one is true, false where all are false, unknown elsewhere."""
    return negate(all_of([negate(truth) for truth in truths]))


def negate(truth: Truth) -> Truth:
    """Return true for false and false for true; unknown stays."""
    states = np.where(truth.states == UNKNOWN, UNKNOWN, 1 - truth.states)
    return truth.with_states(states.astype(np.int8))


def held(truth: Truth, axis: Floats, length: float, *, counts_points: bool) -> Truth:
    """Return the truth of "true for at least this long".

    Time between two true evaluations counts; time next to an unknown one does not (it pauses), and
    a false one starts anew. True but not yet long enough is unknown.

    Args:
        truth: The truth to hold, ``n`` evaluations.
        axis: Position of each evaluation in the unit of the length, shape ``(n,)``.
        length: How long, in that unit.
        counts_points: True where the length is a number of true evaluations.
    """
    states = truth.states
    is_true = states == TRUE
    if counts_points:
        gained = is_true.astype(float)
    else:
        follows_true = np.zeros(len(states), bool)
        follows_true[1:] = is_true[1:] & is_true[:-1]
        gained = np.where(follows_true, np.diff(axis, prepend=axis[:1]), 0.0)
    gained = np.where(np.isfinite(gained), gained, 0.0)
    total = np.cumsum(gained)
    resets = np.where(states == FALSE, np.arange(len(states)), -1)
    last_reset = np.maximum.accumulate(resets) if len(resets) else resets
    base = np.where(last_reset >= 0, total[np.maximum(last_reset, 0)], 0.0)
    is_long = total - base >= length * (1 - 1e-9)
    result = np.where(is_true, np.where(is_long, TRUE, UNKNOWN), states)
    return truth.with_states(result.astype(np.int8))


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
