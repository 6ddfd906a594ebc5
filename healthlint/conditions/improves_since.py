"""A metric is at least as good as it was when another one was at its best.

Why it matters:
    In a fine-tuning the loss often turns while the thing that is wanted (word error rate, accuracy)
    goes on improving: the checkpoint is then chosen by that.

What to do:
    Choose the checkpoint by the metric that is wanted, not by the loss.

When it is wrong to fire:
    Where the metric is so noisy that one evaluation says little: levels are medians of three looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.families import has_direction, is_higher_better
from healthlint.timeline.describe import POINT, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Missing, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.landmarks import LooksOutcome, judge_by_looks
from healthlint.timeline.levels import rise_of_looks, rolling_median
from healthlint.timeline.looks import Looks, partner_levels
from healthlint.timeline.quantities import Percent

_LEVEL = 3
"""Looks whose median is the level now."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``improves_since``.

    Attributes:
        metric: The metric that is wanted, or a group, of which each must be as good; those of which
            the name does not tell which way is better do not count.
        best_of: The metric whose best look is the landmark, or a group: the first of it.
        by: By how much of its level then it must be better now.
    """

    metric: Metric
    best_of: Metric
    by: Percent | None = None


def words(params: Params) -> str:
    """Return the condition in words."""
    better = f"{params.by} or more better than" if params.by else "at least as good as"
    return f"{params.metric} is {better} at the best look of {params.best_of}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where it is as good as at the landmark, or better."""
    named = [one for one in context.group(params.metric) if has_direction(one.metric)]
    if not named:
        raise Missing(f"no {params.metric} of which it is known which way is better")
    wanted = [context.looks(series) for series in named]
    by = context.number(params.by) if params.by else 0.0

    def judge(looks: Looks, _: Context) -> LooksOutcome:
        rise = looks.of(rise_of_looks, _LEVEL)
        best = rise.best
        # as long as the other one is at its best there is no landmark to look back to
        is_known = (best >= 0) & (rise.share > 0)
        is_true = np.ones(best.shape, bool)
        for other in wanted:
            levels = partner_levels(looks, other)
            sign = -1.0 if is_higher_better(other.series.metric) else 1.0
            now = sign * rolling_median(levels, _LEVEL)
            then = sign * np.take_along_axis(levels, np.maximum(best, 0), axis=1)
            is_known &= np.isfinite(now) & np.isfinite(then)
            is_true &= now <= then - by * np.abs(then)

        def explain(octave: int, look: int) -> Explanation:
            at = looks.shown(octave, look)
            lacks = "" if is_true[octave, look] else f"{params.metric} not as good as then"
            facts = point(looks.series, at, float(looks.series.values[at]))
            return Explanation(facts, (), None, lacks)

        return LooksOutcome(is_true & is_known, is_known, explain)

    return judge_by_looks(params.best_of, context, judge)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{improves_since: {metric: wer, best_of: loss}}",
        "{improves_since: {metric: wer, best_of: losses}}",
    ),
    offers=POINT | {"names"},
    as_logged=True,
)
