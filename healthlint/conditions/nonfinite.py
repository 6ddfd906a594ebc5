"""A metric is NaN or infinite.

Why it matters:
    A loss that is not a number has no gradient worth following: from that step on the weights are
    usually lost, and everything logged after it says nothing.

What to do:
    Go back to the last checkpoint before it, look for log(0), a division by zero or a broken clip
    in the batch, and lower the learning rate or clip gradients if the norm rose before it.

When it is wrong to fire:
    On a gradient norm of the first mixed-precision steps, where the loss scaler probes for its
    scale: all losses are finite then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Series
from healthlint.timeline.describe import POINT, number, place
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.truth import FALSE, TRUE

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``nonfinite``.

    Attributes:
        metric: The metric or group of metrics.
    """

    metric: Metric


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"any of {params.metric} is NaN or infinite"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where a metric is NaN or infinite, false where all are finite."""
    return any_member([_member(series, context) for series in context.with_means(params.metric)])


def _member(series: Series, context: Context) -> Member:
    states = np.where(np.isfinite(series.values), FALSE, TRUE)

    def explain(index: int) -> Explanation:
        facts = {"value": number(float(series.values[index])), **place(series, index)}
        evidence = Shown.until(series, index, "a finite number", _SHOWN)
        return Explanation(facts, (evidence,))

    return Member(series, context.truth(series.records, states), explain)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{nonfinite: {metric: losses}}",
        "{nonfinite: {metric: loss}}",
    ),
    offers=POINT | {"names"},
    as_logged=True,
    logged_only=True,
)
