"""Conditions of several others: what ``all``, ``any`` and ``either`` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from healthlint.timeline.evaluation import Condition, Explain, Outcome
from healthlint.timeline.truth import Truth


@dataclass(frozen=True, slots=True)
class Several:
    """Parameters of a condition of several others.

    Attributes:
        conditions: The conditions, at least one.
    """

    conditions: tuple[Condition, ...]


def joined(
    truth: Truth, explain: Explain, counted: Sequence[Outcome], parts: Sequence[Outcome]
) -> Outcome:
    """Return an outcome that lacks and waits for what those of its parts do that count."""
    return Outcome(
        truth=truth,
        explain=explain,
        missing=tuple(what for part in counted for what in part.missing),
        waiting=next((part.waiting for part in counted if part.waiting), ""),
        parts=tuple(parts),
    )
