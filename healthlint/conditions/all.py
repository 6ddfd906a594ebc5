"""All of the conditions are true.

Why it matters:
    Most faults show only in two metrics together: a falling mel loss is good news unless spectral
    convergence stays behind.

What to do:
    Read the help of the rule; each part of the evidence shows one of the conditions.

When it is wrong to fire:
    When the parts look at different splits or units of time and so do not speak of the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from healthlint.timeline.evaluation import Condition, Context, Explanation, Outcome
from healthlint.timeline.truth import all_of

OFFERS: frozenset[str] = frozenset()
SOLE = "conditions"


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``all``.

    Attributes:
        conditions: The conditions, at least one.
    """

    conditions: tuple[Condition, ...]


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where all are true, false where one is false, unknown elsewhere."""
    parts = [context.evaluate(condition) for condition in params.conditions]

    def explain(record: int) -> Explanation:
        told = [part.explain(record) for part in parts]
        merged = Explanation.merge(told)
        # what is not so is no evidence beside what is
        kept = [
            one for one, part in zip(told, params.conditions, strict=True) if part.name != "not"
        ]
        return (
            replace(merged, shown=[each for one in kept for each in one.shown]) if kept else merged
        )

    return Outcome(
        all_of([part.truth for part in parts]),
        explain,
        tuple(what for part in parts for what in part.missing),
        next((part.waiting for part in parts if part.waiting), ""),
        tuple(parts),
    )
