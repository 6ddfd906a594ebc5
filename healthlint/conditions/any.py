"""At least one of the conditions is true.

Why it matters:
    One fault may show in any of several places.

What to do:
    Read the help of the rule; the evidence shows the conditions that were true.

When it is wrong to fire:
    When one of the conditions is normal on its own; every part must be trouble by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from healthlint.timeline.evaluation import Condition, Context, Explanation, Outcome
from healthlint.timeline.truth import TRUE, any_of

OFFERS: frozenset[str] = frozenset()
SOLE = "conditions"


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``any``.

    Attributes:
        conditions: The conditions, at least one.
    """

    conditions: tuple[Condition, ...]


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where one is true, false where all are false, unknown elsewhere."""
    parts = [context.evaluate(condition) for condition in params.conditions]

    def explain(record: int) -> Explanation:
        at = np.array([record])
        deciding = [part for part in parts if part.truth.at(at)[0] == TRUE]
        merged = Explanation.merge([part.explain(record) for part in deciding or parts])
        # one true part is enough to show; the others would only repeat the same curves
        return replace(merged, shown=deciding[0].explain(record).shown) if deciding else merged

    return Outcome(
        any_of([part.truth for part in parts]),
        explain,
        tuple(what for part in parts for what in part.missing),
        next((part.waiting for part in parts if part.waiting), ""),
        tuple(parts),
    )
