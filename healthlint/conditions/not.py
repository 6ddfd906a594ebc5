"""The condition is false.

Why it matters:
    Some trouble is the absence of something: a phase that was not reached.

What to do:
    Read the help of the rule.

When it is wrong to fire:
    On a trend: "not shown to fall" is not "shown not to fall". Use ``not_down_by``, which is true
    only when the evidence excludes the fall.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from healthlint.timeline.evaluation import Condition, Context, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.truth import negate


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``not``.

    Attributes:
        condition: The condition.
    """

    condition: Condition


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true for false and false for true; unknown stays unknown."""
    outcome = context.evaluate(params.condition)
    return replace(outcome, truth=negate(outcome.truth), parts=(outcome,))


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=lambda _: "not",
    examples=(
        "{not: {all: [{value: {metric: loss, below: 0.8}}, {value: {metric: other, below: 0.8}}]}}",
    ),
    sole="condition",
)
