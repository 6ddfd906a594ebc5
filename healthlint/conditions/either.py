"""At least one of the conditions is true, of those that the log lets one look at.

Why it matters:
    One fault may show in any of several places, and few trainers log all of them.

What to do:
    Read the help of the rule; the evidence shows the conditions that were true.

When it is wrong to fire:
    When one of the conditions is normal on its own; every part must be trouble by itself.
"""

from __future__ import annotations

from healthlint.timeline.evaluation import Context, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.members import any_present, explain_any
from healthlint.timeline.several import Several, joined


def evaluate(params: Several, context: Context) -> Outcome:
    """Return true where one is true, else false where all that count by then are false."""
    parts = tuple(context.evaluate(condition) for condition in params.conditions)
    seen = [part for part in parts if len(part.truth) and not part.missing] or parts

    return joined(any_present([part.truth for part in seen]), explain_any(seen), seen, parts)


KIND = Kind(
    doc=__doc__,
    params=Several,
    evaluate=evaluate,
    words=lambda _: "any of those that can be looked at",
    examples=(
        "{either: [{value: {metric: loss, below: 0.8}}, {value: {metric: wer, below: 0.8}}]}",
        "{either: [{nonfinite: {metric: losses}}, {since_best: {metric: other, above: "
        "1%}}], for: 2 points}",
    ),
    sole="conditions",
)
