"""Conditions on a group of metrics: true where any of them is in trouble.

A group like ``*_loss`` holds whatever a trainer logs: losses of a later stage, losses that are
switched off, losses that end. A member counts from its first decided evaluation until it goes
stale; before and after it neither clears the group nor keeps it from being clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Integers, Series
from healthlint.timeline.evaluation import Explanation, Outcome, latest
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States, Truth, merge

_MOST_NAMES = 3
_MOST_SHOWN = 3
"""Rows of evidence of a group: the first members in trouble show what it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One metric of a group, judged.

    Attributes:
        series: The metric.
        truth: Its states.
        explain: Returns the explanation of the evaluation with an index in ``truth``.
    """

    series: Series
    truth: Truth
    explain: Callable[[int], Explanation]


def any_member(members: Sequence[Member], waiting: str = "") -> Outcome:
    """Return the outcome of the group; it offers ``names``, the keys of the members in trouble.

    Args:
        members: The members, at least one.
        waiting: What they wait for while undecided, in words.
    """

    def explain(record: int) -> Explanation:
        at = [latest(member.truth.records, record) for member in members]
        sick = [
            (member, index)
            for member, index in zip(members, at, strict=True)
            if index >= 0 and member.truth.states[index] == TRUE
        ]
        parts = [member.explain(index) for member, index in sick]
        names = _listed([member.series.key for member, _ in sick])
        merged = Explanation.merge([Explanation({"names": names}), *parts])
        return replace(merged, shown=merged.shown[:_MOST_SHOWN])

    return Outcome(any_present([member.truth for member in members]), explain, waiting=waiting)


def _listed(names: Sequence[str]) -> str:
    """Return names for a message: the first few, and how many more.

    >>> _listed(["a", "b"]), _listed(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    more = len(names) - _MOST_NAMES
    if more < 2:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {more} more"


def any_present(truths: Sequence[Truth]) -> Truth:
    """Return true where any is true, else false where all that are present are false."""
    records, states, validity = merge(truths)
    result = np.full(len(records), UNKNOWN, np.int8)
    is_open = np.zeros(len(records), bool)
    for truth, state in zip(truths, states, strict=True):
        is_present = _presence(truth, records, state)
        np.maximum(result, np.where(is_present, state, UNKNOWN), out=result)
        is_open |= is_present & (state == UNKNOWN)
    result[is_open & (result == FALSE)] = UNKNOWN
    return Truth(records, result, validity)


def _presence(truth: Truth, records: Integers, state: States) -> NDArray[np.bool_]:
    """Return where a truth counts: from its first decided evaluation on, unless it is stale."""
    is_decided = truth.states != UNKNOWN
    if not is_decided.any():
        return np.zeros(len(records), bool)
    is_present: NDArray[np.bool_] = records >= truth.records[is_decided.argmax()]
    if records is not truth.records and (state == UNKNOWN).any():
        index = np.searchsorted(truth.records, records, side="right") - 1
        is_present &= (state != UNKNOWN) | (truth.states[np.maximum(index, 0)] == UNKNOWN)
    return is_present
