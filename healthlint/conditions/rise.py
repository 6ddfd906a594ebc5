"""A metric lies above its own lowest (or highest) value so far.

Why it matters:
    A validation loss that climbs away from its best while training goes on is overfitting; a
    training loss that does so is divergence. A learning rate far above all it has been is a slip
    of the schedule.

What to do:
    Keep the best checkpoint, stop or lower the learning rate, add data or regularisation.

When it is wrong to fire:
    On losses that rise in healthy runs: validation total, duration and pitch of models that overfit
    them early, adversarial losses. Noise alone never fires it: the rise must exceed what the
    series' own noise explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from healthlint.logs.model import Bools, Floats, Series
from healthlint.timeline.bins import LOOKS, natural
from healthlint.timeline.change import FEWEST_OF_NOISE, Z, noise_before
from healthlint.timeline.describe import BEST, POINT, number, percent, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.quantities import Length, Percent
from healthlint.timeline.robust import best_so_far, highest_before, trailing_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

GAINED = 0.1
"""Share of what a loss has gained so far that a rise is measured by where its best is less."""

SETTLED = 3
"""How many values the extreme before a setting must have stood."""


_OFFERS = POINT | BEST | {"change"}


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``rise``.

    Attributes:
        metric: The metric.
        by: How far above, as a share of that value (of a tenth of the gain so far, where a loss has
            fallen to less than that, and of the whole gain, where it has been below zero).
        above: ``lowest``: its best so far; ``highest``: its highest so far, before now.
        smooth: Number of latest values whose median counts, for now and for the best. With 1 the
            values are settings and no measurements: taken as they were logged, none is noise, and
            one counts once the extreme before it has stood for three values.
    """

    metric: Metric
    by: Percent
    above: Literal["lowest", "highest"] = "lowest"
    smooth: int = 3

    def __post_init__(self) -> None:
        """Refuse a smoothing that is none."""
        refuse_outside(self, "smooth", 1, 101)


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"{params.metric} lies {params.by} or more above its {params.above} value so far"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where it lies that far above its best and noise does not explain it."""
    series, size = context.series(params.metric), context.number(params.by)
    is_setting = params.smooth == 1
    bins = context.bins(series, Length(1.0, "points") if is_setting else _length(series))
    smooth = trailing_median(bins.judged, params.smooth)
    best, best_at = best_so_far(smooth) if params.above == "lowest" else highest_before(smooth)
    is_settled = _is_settled(smooth, params.above) if is_setting else np.ones(len(smooth), bool)
    if is_setting:
        half = np.where(np.arange(len(smooth)) < SETTLED, np.nan, 0.0)
    else:
        half = Z * noise_before(bins) * np.sqrt(2.0 / params.smooth)
    whole = _whole(smooth, best, params.above)
    change = np.where(whole > 0, (smooth - best) / whole, np.nan)
    is_shown = (change >= size) & (smooth - best > half) & is_settled
    # whatever the noise, what is the best so far lies above nothing
    is_low = ((change <= 0) | ~is_settled) & np.isfinite(half + change)
    is_excluded = is_low | (smooth + half < best + whole * size)
    states = np.where(is_shown, TRUE, np.where(is_excluded, FALSE, UNKNOWN))

    def explain(at: int) -> Explanation:
        since = slice(int(best_at[at]), at + 1)
        points = bins.judged_last[since]
        moved = float(change[at])
        facts = {
            **point(series, int(points[-1]), float(smooth[at])),
            "change": moved,
            "best": point(series, int(points[0]), float(best[at])),
        }
        needs = f">= {percent(size)} above {params.above} {number(float(best[at]))}"
        shown = context.shown(params.metric, points, smooth[since], needs, moved)
        return Explanation({params.metric.placeholder: facts, **facts}, (shown,), moved - size)

    return context.outcome(bins.records, states, explain, _waiting(params, len(smooth)))


def _length(series: Series) -> Length:
    """Return what bins are of: looks of a validation, each of which is of the whole set."""
    return LOOKS if series.split == "val" else natural(series)


def _whole(smooth: Floats, best: Floats, above: str) -> Floats:
    """Return what a rise is a share of: the best, or a tenth of all it has gained if that is more.

    A loss that has fallen to a hundredth would otherwise rise by half at every breath. One that has
    been at zero or below has no share of itself; there the whole gain counts.
    """
    if above == "highest":
        return best
    known = np.flatnonzero(np.isfinite(smooth))
    start = smooth[known[0]] if len(known) else np.nan
    gain = start - best
    whole: Floats = np.where(best > 0, np.fmax(best, GAINED * gain), gain)
    return whole


def _is_settled(values: Floats, above: str) -> Bools:
    """Return whether the extreme before each value has stood for three values.

    In a warm-up each value is the highest there has been; however steep, that is no jump.
    """
    signed = values if above == "lowest" else -values
    so_far, _ = best_so_far(signed)
    index = np.arange(len(values))
    is_new = np.append(True, ~(so_far[1:] >= so_far[:-1]))[: len(values)]
    reached = np.maximum.accumulate(np.where(is_new, index, 0))
    before = np.append(0, reached[:-1])[: len(values)]
    is_settled: Bools = (index - before >= SETTLED) & np.isfinite(values)
    return is_settled


def _waiting(params: Params, values: int) -> str:
    """Return how many values it needs where it has fewer: the noise before each must be known."""
    needed = SETTLED + 1 if params.smooth == 1 else max(params.smooth, FEWEST_OF_NOISE + 1)
    return f"{params.metric} needs at least {needed} values" if values < needed else ""


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{rise: {metric: loss, by: 5%}}",
        "{rise: {metric: loss, by: 1%, smooth: 1}, for: 1 epochs}",
    ),
    offers=_OFFERS,
    of_metric=_OFFERS,
    quieter={"by": 1},
)
