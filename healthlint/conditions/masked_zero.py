"""A metric that was above zero reads exactly 0.

Why it matters:
    A loss never comes to exactly 0 by learning. Trainers that drop bad elements or skip bad batches
    report 0.0 when nothing was left to average: the best value ever logged is then the worst one,
    and a checkpoint may be kept for it.

What to do:
    Look for non-finite values in the batches of that epoch and for the place where the trainer
    replaces them; choose no checkpoint of that epoch.

When it is wrong to fire:
    On a loss that rests before its stage, is computed every few steps only, or whose small values
    are rounded to 0. A loss counts once it was above zero for a while, and a zero only where the
    values before it were no rounding steps away from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Integers, Series
from healthlint.timeline.describe import POINT, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.resolution import COARSEST, FEWEST_STEPS, resolution
from healthlint.timeline.robust import row_median, streak
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States

_LEVEL, _SHOWN = 10, 7
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``masked_zero``.

    Attributes:
        metric: The metric or group of metrics.
        points: How many values in a row must have been above zero once before.
    """

    metric: Metric
    points: int = 5

    def __post_init__(self) -> None:
        """Refuse a loss that was never above zero."""
        refuse_outside(self, "points", 1, 10_000)


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"any of {params.metric} reads exactly 0 after {params.points} values above 0"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true at an exact 0 after the metric was above zero, unknown at other zeros."""
    members = [_member(s, params.points, context) for s in context.with_means(params.metric)]
    return any_member(members, f"{params.metric} has not been above zero yet")


def _member(series: Series, points: int, context: Context) -> Member:
    values = series.values
    usual = _usual(values, points)
    is_zero = values == 0
    states: States = np.where(np.isfinite(values) & ~is_zero, FALSE, UNKNOWN).astype(np.int8)
    states[is_zero & (usual > 0)] = TRUE

    def explain(index: int) -> Explanation:
        zeros = int(streak(is_zero)[index])
        facts = {**point(series, index, 0.0), "usual": float(usual[index]), "points": zeros}
        return Explanation(facts, (Shown.until(series, index, "above 0", _SHOWN),))

    return Member(series, context.truth(series.records, states), explain)


def _usual(values: Floats, points: int) -> Floats:
    """Return the level before each zero that counts, NaN elsewhere; shape ``(n,)``.

    A zero counts where ``points`` values in a row were above zero at any time before it, and the
    latest such values lie far enough from zero for their resolution.
    """
    usual = np.full(len(values), np.nan)
    zeros = (values == 0).nonzero()[0]
    if not len(zeros):
        return usual
    is_above = values > 0
    is_awake = np.maximum.accumulate(streak(is_above) >= points)
    above = is_above.nonzero()[0]
    zeros = zeros[is_awake[zeros]]
    before = above.searchsorted(zeros)
    # zeros of one streak have the same values before them
    is_new = np.diff(before, prepend=-1) > 0
    usual[zeros] = _levels(values[above], before[is_new])[np.cumsum(is_new) - 1]
    return usual


def _levels(above: Floats, stops: Integers) -> Floats:
    """Return the median of the ten values before each stop, NaN where rounding may reach zero."""
    result = np.full(len(stops), np.nan)
    for begin in range(0, len(stops), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        index = stops[part][:, None] - 1 - np.arange(_LEVEL)[None, :]
        rows = np.where(index >= 0, above[np.maximum(index, 0)], np.nan)
        level = row_median(rows)
        near = np.flatnonzero(level < FEWEST_STEPS * COARSEST)
        is_rounded = level[near] < FEWEST_STEPS * resolution(rows[near])
        level[near[is_rounded]] = np.nan
        result[part] = level
    return result


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{masked_zero: {metric: losses, points: 2}}",
        "{masked_zero: {metric: other, points: 1}}",
    ),
    offers=POINT | {"names", "usual", "points"},
    as_logged=True,
    logged_only=True,
)
