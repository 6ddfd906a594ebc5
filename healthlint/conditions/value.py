"""A metric lies beyond a bound.

Why it matters:
    Some values are trouble in themselves, whatever came before: a gradient norm of thousands, an
    epoch far past the budget.

What to do:
    Read the help of the rule; the evidence shows the latest values and the bound.

When it is wrong to fire:
    On a loss whose scale is not known: 0.3 on one scale is 13 on another. Such a rule declares its
    ``scale``. On a noisy metric without ``smooth`` or ``for``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Bools, Integers
from healthlint.timeline.describe import EVIDENCE_POINTS, POINT, number, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.quantities import Number
from healthlint.timeline.robust import trailing_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of ``value``; at least one bound.

    Attributes:
        metric: The metric, or ``epoch`` or ``step``.
        above: True above this.
        below: True below this.
        at_least: True at or above this.
        at_most: True at or below this.
        smooth: Number of latest points whose median is compared.
        times: How many of the latest ``of`` points must be so, in place of the latest one alone.
        of: Number of latest points that ``times`` counts in.
    """

    metric: Metric
    above: Number | None = None
    below: Number | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    smooth: int = 1
    times: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        """Refuse a condition without a bound, or a smoothing that is none."""
        if not any((self.above, self.below, self.at_least, self.at_most)):
            raise ValueError("`value` needs one of above, below, at_least, at_most")
        refuse_outside(self, "smooth", 1, 101, "a number of points")
        if not 1 <= self.times <= self.of <= 10000:
            raise ValueError("`times` is a number of points, and `of` one from there to 10000")


_BOUNDS = {
    "above": (np.greater, "above", 1.0),
    "at_least": (np.greater_equal, "at least", 1.0),
    "below": (np.less, "below", -1.0),
    "at_most": (np.less_equal, "at most", -1.0),
}


def words(params: Params) -> str:
    """Return the condition in words."""
    bounds = [
        f"{side} {bound}"
        for name, (_, side, _) in _BOUNDS.items()
        if (bound := getattr(params, name))
    ]
    median = f"the median of the last {params.smooth} values of {params.metric}"
    said = f"{params.metric if params.smooth == 1 else median} is {' and '.join(bounds)}"
    return said if params.of == 1 else f"{said} {params.times} times in the last {params.of} values"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where every bound is passed; unknown where the value is not finite."""
    series = context.series(params.metric)
    values = trailing_median(series.values, params.smooth)
    bounds = {
        name: context.number(bound)
        for name in _BOUNDS
        if (bound := getattr(params, name)) is not None
    }
    is_known = np.isfinite(values)
    is_beyond = is_known.copy()
    for name, bound in bounds.items():
        is_beyond &= _BOUNDS[name][0](values, bound)
    count = _count(is_beyond, params.of)
    is_known[: params.of - 1] = False
    states = np.where(count >= params.times, TRUE, np.where(is_known, FALSE, UNKNOWN))

    def explain(last: int) -> Explanation:
        # of values that are counted, those that count are shown
        is_shown = np.isfinite(values) if params.of == 1 else is_beyond
        index = np.flatnonzero(is_shown[: last + 1])[-EVIDENCE_POINTS:]
        facts = {**point(series, last, values[last]), "times": int(count[last])}
        needs = " and ".join(f"{_BOUNDS[name][1]} {number(b)}" for name, b in bounds.items())
        shown = context.shown(params.metric, index, values[index], needs)
        bound = next(iter(bounds.values()))
        named = {params.metric.placeholder: facts, **facts, "bound": bound}
        return Explanation(named, (shown,), _margin(values[last], bounds))

    return context.outcome(series.records, states, explain)


def _count(beyond: Bools, points: int) -> Integers:
    """Return at each value how many of the latest ``points`` are beyond, shape ``(n,)``."""
    total: Integers = np.append(np.zeros(points, np.int64), np.cumsum(beyond))
    return total[points:] - total[:-points]


def _margin(value: float, bounds: dict[str, float]) -> float | None:
    """Return the smallest distance beyond the bounds, as a fraction of each bound."""
    margins = [_BOUNDS[name][2] * (value - b) / abs(b) for name, b in bounds.items() if b]
    return float(min(margins)) if margins else None


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{value: {metric: loss, below: 0.8}}",
        "{value: {metric: epoch, above: 5}}",
        "{value: {metric: loss, above: 0.5, smooth: 3}, for: 2 epochs}",
        "{value: {metric: loss, above: 0.5, smooth: 4}, for: 2 points}",
        "{value: {metric: loss, at_most: 0.9}, for: 2 minutes}",
        "{value: {metric: loss, above: 0.5, times: 3, of: 10}}",
    ),
    offers=POINT | {"times", "bound"},
    of_metric=POINT | {"times"},
    has_scale=True,
    quieter={"above": 1, "at_least": 1, "below": -1, "at_most": -1},
)
