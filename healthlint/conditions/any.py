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


def words(_: Several) -> str:
    """Return the condition in words."""
    return "any of"


def evaluate(params: Several, context: Context) -> Outcome:
    """Return true where one is true, false where all are false, unknown elsewhere."""
    parts = [context.evaluate(condition) for condition in params.conditions]

    return joined(any_of([part.truth for part in parts]), explain_any(parts), parts, parts)


KIND = Kind(
    doc=__doc__,
    params=Several,
    evaluate=evaluate,
    words=words,
    examples=(
        "{any: [{value: {metric: loss, below: 0.8}}, {trend: {metric: mel, over: 5 "
        "points, down_by: 2%}}]}",
    ),
    sole="conditions",
    template="""\
metric: mel_loss
other: spectral_convergence
summary: "$metric or $other lies a fifth above its best"
when: |
  any:
    - rise: {metric: $metric, by: 20%}
    - rise: {metric: $other, by: 20%}
  for: 2 epochs
message: "$metric or $other is {change:+.0%} above its best at epoch {epoch}"
fires: {$metric_series: "1..0.5 x20", $other_series: "0.4..0.2 x12, 0.21..0.3 x8"}
quiet: {$metric_series: "1..0.5 x20", $other_series: "0.4..0.2 x12, 0.2..0.23 x8"}
""",
)
