"""At least one of the conditions is true.

Why it matters:
    One fault may show in any of several places.

What to do:
    Read the help of the rule; the evidence shows the conditions that were true.

When it is wrong to fire:
    When one of the conditions is normal on its own; every part must be trouble by itself.
"""

from __future__ import annotations

from healthlint.timeline.evaluation import Context, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.members import explain_any
from healthlint.timeline.several import Several, joined
from healthlint.timeline.truth import any_of


def evaluate(params: Several, context: Context) -> Outcome:
    """Return true where one is true, false where all are false, unknown elsewhere."""
    parts = [context.evaluate(condition) for condition in params.conditions]

    return joined(any_of([part.truth for part in parts]), explain_any(parts), parts, parts)


KIND = Kind(
    doc=__doc__,
    params=Several,
    evaluate=evaluate,
    words=lambda _: "any of",
    examples=(
        "{any: [{value: {metric: loss, below: 0.8}}, {trend: {metric: mel, over: 5 "
        "points, down_by: 2%}}]}",
    ),
    sole="conditions",
)
