"""The level of a metric lies above the best level it has had, and stays there.

Why it matters:
    A training loss that leaves its best by half has lost what it learned; a spectral convergence
    that leaves its best while mel falls is over-smoothing.

What to do:
    Go back to the best checkpoint; see what changed at that look (a rate, a weight, the data).

When it is wrong to fire:
    On sums that climb in health (an adversarial game, a weight that is ramped up). A spike that
    comes back fires nothing, for it never fills the median of three looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.landmarks import (
    OF_RISE,
    Beside,
    LooksOutcome,
    While,
    explained_rise,
    judge_by_looks,
    refuse_least,
)
from healthlint.timeline.levels import WINDOWS, is_best, rises
from healthlint.timeline.looks import Looks
from healthlint.timeline.quantities import Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of ``stays_above``.

    Attributes:
        metric: The metric, or a group: true where it is so of any member.
        by: How far above its best level, as a share of it (of a tenth of the gain so far, where a
            loss has fallen to less than that).
        looks: Shortest window of looks whose median is a level, of those tried: 3, 5, 8, 13, 21.
        while_: What another metric must have done since the best.
        least: Values that make a look at the beginning; more than 1 smooths logs of single batches.
    """

    metric: Metric
    by: Percent
    looks: int = 3
    while_: While | None = None
    least: int = 1

    def __post_init__(self) -> None:
        """Refuse windows that are none."""
        if self.looks not in WINDOWS:
            raise ValueError(f"`looks` is one of {', '.join(map(str, WINDOWS))}")
        refuse_least(self.least)


def words(params: Params) -> str:
    """Return the condition in words."""
    level = f"the level of {params.metric} over {params.looks} looks or more"
    return f"{level} lies {params.by} or more above its best{While.words(params.while_)}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where a level lies that far above its best and noise does not explain it."""
    return judge_by_looks(params.metric, context, partial(_judged, params), least=params.least)


def _judged(params: Params, looks: Looks, context: Context) -> LooksOutcome:
    size = context.number(params.by)
    found = [rise for rise in looks.of(rises) if rise.window >= params.looks]
    beside = Beside.of(params.while_, looks, context)
    spoken = [rise.reaches(size) & beside.holds(rise) for rise in found]
    none = np.zeros(looks.levels.shape, bool)

    def explain(octave: int, look: int) -> Explanation:
        pairs = list(zip(spoken, found, strict=True))
        told = [rise for is_true, rise in pairs if is_true[octave, look]]
        told += [rise for rise in found if np.isfinite(rise.share[octave, look])]
        if not told:
            return Explanation()
        why = explained_rise(looks, told[0], size, octave, look)
        return beside.told(why, told[0], octave, look)

    can_tell = [looks.of(is_best), *(np.isfinite(rise.share) for rise in found)]
    is_known = np.any(can_tell, axis=0) & beside.is_known()
    return LooksOutcome(np.any([none, *spoken], axis=0), is_known, explain)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{stays_above: {metric: losses, by: 5%}}",
        "{stays_above: {metric: loss, by: 2%, looks: 5, while: {metric: other, down_by: 2%}}}",
        "{stays_above: {metric: losses, by: 10%, least: 2, while: {metric: partner, "
        "off_best: 5%}}}",
    ),
    offers=OF_RISE,
    as_logged=True,
    quieter={"by": 1},
)
