"""A metric has read exactly 0 since its first record.

Why it matters:
    A loss that is 0 from the start is not learned: it is computed on nothing, detached, masked
    away, or not the loss at all. Every curve that is compared with it is compared with nothing.

What to do:
    Print the loss of one batch before it is logged; see what is masked out of it and whether it is
    a part of the total.

When it is wrong to fire:
    On terms that rest until their stage begins, or that are switched off on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Series
from healthlint.timeline.describe import POINT, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``zero_from_start``.

    Attributes:
        metric: The metric or group of metrics.
        points: How many values it must have; fewer may be a start that is still to come.
    """

    metric: Metric
    points: int = 20

    def __post_init__(self) -> None:
        """Refuse a number of values that says nothing."""
        refuse_outside(self, "points", 2, 10_000)


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"any of {params.metric} reads exactly 0 at all its values, {params.points} or more"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true while all values were 0, false from the first other one on."""
    members = [_member(one, params.points, context) for one in context.group(params.metric)]
    return any_member(members, f"{params.metric} needs {params.points} values", shows_quiet=True)


def _member(series: Series, points: int, context: Context) -> Member:
    has_begun = np.logical_or.accumulate(series.values != 0)
    is_long = np.arange(len(series)) + 1 >= points
    states = np.where(has_begun, FALSE, np.where(is_long, TRUE, UNKNOWN))

    def explain(index: int) -> Explanation:
        facts = {**point(series, index, 0.0), "points": index + 1}
        lacks = "it has not been 0 all along" if has_begun[index] else ""
        return Explanation(facts, (Shown.until(series, index, "above 0"),), None, lacks)

    return Member(series, context.truth(series.records, states), explain)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{zero_from_start: {metric: losses, points: 2}}",
        "{zero_from_start: {metric: other, points: 3}}",
    ),
    offers=POINT | {"names", "points"},
    as_logged=True,
    logged_only=True,
)
