"""Conditions on a group of metrics: true where any of them is in trouble.

A group like ``*_loss`` holds whatever a trainer logs: losses of a later stage, losses that are
switched off, losses that end. A member counts from its first decided evaluation until it goes
stale; before and after it neither clears the group nor keeps it from being clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from healthlint.logs.model import Integers, Series
from healthlint.timeline.evaluation import Explain, Explanation, Outcome, latest
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, Truth, merge

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


def any_member(
    members: Sequence[Member], waiting: str = "", *, shows_quiet: bool = False
) -> Outcome:
    """Return the outcome of the group; it offers ``names``, the keys of the members in trouble.

    Args:
        members: The members, at least one.
        waiting: What they wait for while undecided, in words.
        shows_quiet: Whether, where none is in trouble, the one that came nearest is explained.
    """

    def explain(record: int) -> Explanation:
        at = [(member, latest(member.truth.records, record)) for member in members]
        sick = _in_state(at, TRUE)
        parts = [member.explain(index) for member, index in sick]
        if shows_quiet and not sick:
            return _nearest([member.explain(index) for member, index in _in_state(at, FALSE)])
        names = _listed([member.series.key for member, _ in sick])
        merged = Explanation.merge([Explanation({"names": names}), *parts])
        return replace(merged, shown=merged.shown[:_MOST_SHOWN])

    return Outcome(
        truth=any_present([member.truth for member in members]), explain=explain, waiting=waiting
    )


def _listed(names: Sequence[str]) -> str:
    """Return names for a message: the first few, and how many more.

    >>> _listed(["a", "b"]), _listed(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    more = len(names) - _MOST_NAMES
    if more < 2:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {more} more"


def _in_state(at: Sequence[tuple[Member, int]], state: np.int8) -> list[tuple[Member, int]]:
    """Return the members that are in a state, each with the index of its evaluation."""
    return [
        (member, index)
        for member, index in at
        if index >= 0 and member.truth.states[index] == state
    ]


def _nearest(parts: Sequence[Explanation]) -> Explanation:
    """Return the explanation with the largest margin, the first where none has one."""
    known = [part for part in parts if part.margin is not None and isfinite(part.margin)]
    nearest = max(known, key=lambda part: part.margin or 0.0, default=None)
    return nearest or next(iter(parts), Explanation())


def explain_any(parts: Sequence[Outcome]) -> Explain:
    """Return what explains that one of several conditions is true, or that none is."""

    def explain(record: int) -> Explanation:
        at = np.array([record])
        deciding = [part for part in parts if part.truth.at(at)[0] == TRUE]
        merged = Explanation.merge([part.explain(record) for part in deciding or parts])
        # one true part is enough to show; the others would only repeat the same curves
        return replace(merged, shown=deciding[0].explain(record).shown) if deciding else merged

    return explain


def any_present(truths: Sequence[Truth]) -> Truth:
    """Return true where any is true, else false where all that are present are false."""
    if len(truths) == 1:
        return truths[0]
    records, states, validity = merge(truths)
    result = np.full(len(records), UNKNOWN, np.int8)
    is_open = np.zeros(len(records), bool)
    for truth, state in zip(truths, states, strict=True):
        begin = _beginning(truth, records)
        here = state[begin:]
        np.maximum(result[begin:], here, out=result[begin:])
        is_unknown = here == UNKNOWN
        if is_unknown.any():
            if records is not truth.records:  # unknown although its last state is known: stale
                last = truth.records.searchsorted(records[begin:], side="right") - 1
                is_unknown &= truth.states[last] == UNKNOWN
            is_open[begin:] |= is_unknown
    result[is_open & (result == FALSE)] = UNKNOWN
    return Truth(records, result, validity)


def _beginning(truth: Truth, records: Integers) -> int:
    """Return the index of the record from which on a truth counts: its first decided evaluation."""
    is_decided = truth.states != UNKNOWN
    if not is_decided.any():
        return len(records)
    return int(records.searchsorted(truth.records[is_decided.argmax()]))
