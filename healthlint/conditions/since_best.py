"""Each of the last looks at a metric lies above the best it has had.

Why it matters:
    A validation loss that climbs away from its best while training goes on is overfitting: from the
    best look on, every epoch makes the model worse on what it has not seen.

What to do:
    Keep the checkpoint of the best look; stop, lower the learning rate, add data or regularisation.

When it is wrong to fire:
    On heads that fit the training clips early in healthy runs (duration, pitch). Noise alone never
    fires it: the looks must lie beyond what the series' own noise and its earlier rises that came
    back explain, nor does a best that stands alone among looks which go on as they did before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from healthlint.timeline.describe import percent
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.landmarks import (
    OF_RISE,
    Beside,
    LooksOutcome,
    While,
    explained_rise,
    judge_by_looks,
)
from healthlint.timeline.levels import Rise, is_best, is_lone_dip, rise_of_looks, share_above
from healthlint.timeline.looks import Looks
from healthlint.timeline.quantities import Percent


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``since_best``.

    Attributes:
        metric: The metric, or a group: true where it is so of any member.
        above: How far above the best, as a share of it (of a tenth of the gain so far, where a loss
            has fallen to less than that).
        looks: How many looks, each of which must lie that far above.
        while_: What another metric must have done since the best.
    """

    metric: Metric
    above: Percent
    looks: int = 3
    while_: While | None = None

    def __post_init__(self) -> None:
        """Refuse a number of looks that is none."""
        refuse_outside(self, "looks", 1, 21, "a number of looks")


def words(params: Params) -> str:
    """Return the condition in words."""
    looks = f"each of the last {params.looks} looks at {params.metric}"
    return f"{looks} lies {params.above} or more above its best{While.words(params.while_)}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where the last looks lie above the best, and the other metric has gained."""
    return judge_by_looks(params.metric, context, partial(_judged, params))


def _judged(params: Params, looks: Looks, context: Context) -> LooksOutcome:
    size = context.number(params.above)
    rise = looks.of(rise_of_looks, params.looks)
    beside = Beside.of(params.while_, looks, context)
    is_true = rise.reaches(size) & ~is_lone_dip(looks.levels, rise.best) & beside.holds(rise)

    def explain(octave: int, look: int) -> Explanation:
        counted = _counted(looks, rise, size, octave, look)
        why = explained_rise(looks, rise, size, octave, look, counted)
        return beside.told(why, rise, octave, look)

    is_known = np.isfinite(rise.share) | looks.of(is_best)
    return LooksOutcome(is_true, is_known & beside.is_known(), explain)


def _counted(looks: Looks, rise: Rise, size: float, octave: int, look: int) -> str:
    """Return how many of the last looks lie above the best, in words."""
    levels = looks.levels[octave, : look + 1]
    best = levels[: max(1, len(levels) - rise.window)].min(keepdims=True)
    last = levels[-rise.window :]
    shares = share_above(last[None, :], best[None, :], levels[:1], np.array([[levels.min()]]))
    above = int(np.count_nonzero(shares >= size))
    return f"{above} of {rise.window} looks {percent(size)[1:]} above its best"


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{since_best: {metric: losses, above: 2%}}",
        "{since_best: {metric: losses, above: 1%, looks: 2, while: {metric: partner, "
        "down_by: 1%}}}",
        "{since_best: {metric: loss, above: 1%, while: {metric: other, off_best: 5%}}, "
        "for: 2 looks}",
    ),
    offers=OF_RISE,
    as_logged=True,
    quieter={"above": 1},
)
