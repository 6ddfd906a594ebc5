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

from dataclasses import replace

from healthlint.timeline.evaluation import Context, Explanation, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.several import Several, joined
from healthlint.timeline.truth import all_of


def evaluate(params: Several, context: Context) -> Outcome:
    """Return true where all are true, false where one is false, unknown elsewhere."""
    parts = [context.evaluate(condition) for condition in params.conditions]

    def explain(record: int) -> Explanation:
        told = list(zip(params.conditions, parts, strict=True))
        # what is not so speaks last beside what is, and is no evidence
        so = [part.explain(record) for one, part in told if one.name != "not"]
        merged = Explanation.merge(
            [*so, *(part.explain(record) for one, part in told if one.name == "not")]
        )
        return replace(merged, shown=[each for one in so for each in one.shown]) if so else merged

    return joined(all_of([part.truth for part in parts]), explain, parts, parts)


KIND = Kind(
    doc=__doc__,
    params=Several,
    evaluate=evaluate,
    words=lambda _: "all of",
    examples=(
        "{all: [{value: {metric: loss, below: 0.8}}, {trend: {metric: other, over: 5 "
        "points, not_down_by: 2%}}], for: 2 epochs}",
    ),
    sole="conditions",
)
