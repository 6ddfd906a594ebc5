"""A metric has not come below a bound by the epoch at which it was due.

Why it matters:
    A run that is far behind the course that good runs take will rarely catch up by itself; it is
    cheaper to look after five epochs than after fifty.

What to do:
    Compare corpus size, learning rate and batch size with the run the milestones were taken from;
    listen to a sample before stopping.

When it is wrong to fire:
    On another corpus size or another scale of the loss: the due epochs scale with the corpus and
    the bounds hold on the declared scale only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.timeline.describe import POINT, number, point, up_to
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.quantities import Length, Number, Span
from healthlint.timeline.robust import best_so_far, trailing_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_OF_METRIC = POINT | {"best"}


@dataclass(frozen=True, slots=True)
class Milestone:
    """One milestone.

    Attributes:
        phase: Name of what is reached.
        below: Bound that the metric must have come below.
        by: When it is due.
    """

    phase: str
    below: Number
    by: Span


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``milestones``.

    Attributes:
        metric: The metric.
        reach: The milestones, in order of their due time.
        smooth: Number of latest values whose median counts as reached.
    """

    metric: Metric
    reach: tuple[Milestone, ...]
    smooth: int = 1

    def __post_init__(self) -> None:
        """Refuse an empty list, mixed units, or a smoothing that is none."""
        if not self.reach:
            raise ValueError("`reach` needs at least one milestone")
        if len({milestone.by.unit for milestone in self.reach}) > 1:
            raise ValueError("all milestones must be due in the same unit")
        refuse_outside(self, "smooth", 1, 101)


def words(params: Params) -> str:
    """Return the condition in words."""
    due = "; ".join(f"{m.phase}, below {m.below}, by {m.by}" for m in params.reach)
    return f"{params.metric} has not reached in time: {due}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where a due milestone was missed, unknown before the first is due."""
    series = context.series(params.metric)
    dues = [context.length(milestone.by) for milestone in params.reach]
    bounds = [context.number(milestone.below) for milestone in params.reach]
    bins = context.bins(series, Length(20.0, dues[0].unit))
    axis = bins.judged_axis
    # exactly 0 is a loss that rests or a masked failure: nothing was reached by it
    values = np.where(bins.judged == 0, np.nan, bins.judged)
    best, _ = best_so_far(trailing_median(values, params.smooth))
    missed = _latest_missed(axis, best, [d.amount for d in dues], bounds)
    is_due = (axis >= min(d.amount for d in dues)) & np.isfinite(best)
    states = np.where(missed >= 0, TRUE, np.where(is_due, FALSE, UNKNOWN))

    def explain(at: int) -> Explanation:
        which, index = int(missed[at]), up_to(at)
        facts = {**point(series, int(bins.judged_last[at]), values[at]), "best": float(best[at])}
        named = {params.metric.placeholder: facts, **facts}
        if which < 0:
            return Explanation(named)
        bound = bounds[which]
        needs = f"below {number(bound)} by {dues[which]}"
        points = bins.judged_last[index]
        shown = context.shown(params.metric, points, values[index], needs)
        named |= {"phase": params.reach[which].phase, "bound": bound, "due": dues[which].amount}
        margin = (float(best[at]) - bound) / abs(bound) if bound else None
        return Explanation(named, (shown,), margin)

    return context.outcome(bins.records, states, explain, f"first milestone is due at {dues[0]}")


def _latest_missed(axis: Floats, best: Floats, dues: list[float], bounds: list[float]) -> Integers:
    """Return at each value the last due milestone that was not reached, -1 where none."""
    missed = np.full(len(axis), -1, np.int64)
    for which, (due, bound) in enumerate(zip(dues, bounds, strict=True)):
        missed = np.where((axis >= due) & (best >= bound), which, missed)
    return missed


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{milestones: {metric: loss, reach: [{phase: A, below: 0.8, by: 5 epochs}, "
        "{phase: B, below: 0.3, by: 10 epochs}]}}",
        "{milestones: {metric: loss, smooth: 3, reach: [{phase: A, below: 0.8, by: 50 steps}]}}",
    ),
    offers=_OF_METRIC | {"phase", "bound", "due"},
    of_metric=_OF_METRIC,
    as_logged=True,
    has_scale=True,
)
