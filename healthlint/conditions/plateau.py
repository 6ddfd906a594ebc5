"""A metric has gained nothing on its best over a span.

Why it matters:
    Epochs that bring nothing cost time and, on a small corpus, begin to overfit. A plateau long
    before the end of the plan asks for a decision: another learning rate, or an earlier stop.

What to do:
    Compare samples of the first and the last epoch of the plateau. If they sound the same, lower
    the learning rate for a while, or keep the best checkpoint and stop.

When it is wrong to fire:
    At the end of a schedule and in fine-tuning, where little is left to gain. Never out of
    ignorance: it is true only where the evidence excludes a gain of that size, false where one is
    shown, and unknown where noise could hide one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.conditions.trend import states as shown_or_excluded
from healthlint.timeline.change import FEWEST, Z, noise_before
from healthlint.timeline.describe import BEST, POINT, percent, point, window
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.quantities import Percent, Span
from healthlint.timeline.robust import best_so_far, trailing_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_SMOOTH = 3


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``plateau``.

    Attributes:
        metric: The metric, lower is better.
        over: How long it must have gained nothing.
        gain: The smallest gain that counts, as a share of the best.
    """

    metric: Metric
    over: Span
    gain: Percent


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"{params.metric} gains less than {params.gain} on its best over {params.over}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where a gain of that size is excluded, false where one is shown."""
    series, size = context.series(params.metric), context.number(params.gain)
    bins, windows, change = context.change(series, context.length(params.over))
    smooth, first = trailing_median(bins.judged, _SMOOTH), windows.first
    best, best_at = best_so_far(smooth)
    gained = np.where(best[first] > 0, (best[first] - best) / best[first], np.nan)
    half = Z * noise_before(bins) * np.sqrt(2.0 / _SMOOTH) / best[first]
    is_gain = (gained >= size) & (gained > half)
    is_flat = shown_or_excluded(change, "not_down_by", size)
    states = np.where(is_flat == TRUE, np.where(gained < size, TRUE, UNKNOWN), is_flat)
    states = np.where(is_gain, FALSE, states)

    def explain(at: int) -> Explanation:
        values = np.append(bins.values[first[at] : at], bins.judged[at])
        points = np.append(bins.last[first[at] : at], bins.judged_last[at])
        moved, won = float(change.value[at]), float(gained[at])
        facts = {**window(series, points, values), "change": moved, "gain": won}
        best_point = int(bins.judged_last[best_at[at]])
        named: dict[str, object] = {
            params.metric.placeholder: facts,
            "window": {"first": facts["first"], "last": facts["last"]},
            "best": point(series, best_point, float(best[at])),
            "change": moved,
            "gain": won,
        }
        needs = f"a gain of {percent(size)[1:]}"
        shown = context.shown(params.metric, points, values, needs, moved)
        return Explanation(named, (shown,), size - won)

    waiting = f"{params.metric} needs at least {FEWEST} values within {params.over.text}"
    return context.outcome(bins.records, states, explain, waiting)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{plateau: {metric: loss, over: 5 epochs, gain: 2%}}",
        "{plateau: {metric: loss, over: 8 points, gain: 1%}, for: 2 points}",
    ),
    offers=BEST | {"window.first", "window.last", "change", "gain"},
    of_metric=POINT | {"from", "first", "last", "change", "gain"},
    quieter={"gain": -1},
)
