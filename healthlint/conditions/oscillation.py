"""A metric swings up and down by much, again and again.

Why it matters:
    A loss that climbs and falls by half its size is thrown across the valley instead of descending
    into it: the learning rate is too high, or two parts of the loss undo each other's work.

What to do:
    Lower the learning rate or its peak, clip gradients harder, and look whether the swings have the
    period of a schedule, of an epoch or of alternating batches.

When it is wrong to fire:
    On adversarial losses, whose swings are the game itself, and on a learning rate that restarts
    every few epochs. Isolated spikes are no swings: the series is smoothed first. Noise turns from
    one value to the next: let a swing last two where it is not meant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.timeline.describe import POINT, ends, percent, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.quantities import Percent, Span
from healthlint.timeline.robust import trailing_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_OFFERS = POINT | {"reversals", "low", "high", "window.first", "window.last"}
_SMOOTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of ``oscillation``.

    Attributes:
        metric: The metric.
        over: Length of the window in which reversals are counted.
        by: How far each swing goes, as a share of its lower end.
        reversals: How many reversals are too many.
        lasting: Fewest values from one end of a swing to the other; a shorter one is noise, after
            which the count starts anew.
    """

    metric: Metric
    over: Span
    by: Percent
    reversals: int = 6
    lasting: int = 1

    def __post_init__(self) -> None:
        """Refuse a single swing, and one that never ends."""
        refuse_outside(self, "lasting", 1, 1000)
        refuse_outside(self, "reversals", 2, 1000, "a number")


def words(params: Params) -> str:
    """Return the condition in words."""
    lasting = f" and over {params.lasting} values or more" if params.lasting > 1 else ""
    return (
        f"{params.metric} turns {params.reversals} times or more within {params.over}, "
        f"each time by {params.by} or more{lasting}"
    )


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where the window holds that many reversals, unknown while it is not full."""
    series, size = context.series(params.metric), context.number(params.by)
    length = context.length(params.over)
    bins = context.bins(series, length)
    smooth = trailing_median(bins.judged, _SMOOTH)
    axis = bins.judged_axis
    turned, extremes = _reversals(smooth, size)
    # reversals inside the window (end - length, end] of each value
    count = turned.searchsorted(np.arange(len(smooth)), side="right")
    before = np.searchsorted(axis[turned], axis - length.amount, side="right")
    before = np.maximum(before, _since_noise(turned, extremes, params.lasting, len(smooth)))
    found = count - before
    is_full = (axis - axis[:1] >= length.amount * (1 - 1e-9)) & np.isfinite(smooth)
    states = np.where(found >= params.reversals, TRUE, np.where(is_full, FALSE, UNKNOWN))
    has_crossed = np.fmin.accumulate(smooth) < 0  # a share of what lies about zero says nothing
    states = np.where(has_crossed, UNKNOWN, states)

    def explain(at: int) -> Explanation:
        inside = extremes[before[at] : count[at]]
        points, values = bins.judged_last[inside], smooth[inside]
        last = int(bins.judged_last[at])
        facts: dict[str, object] = {
            **point(series, last, float(smooth[at])),
            "reversals": len(inside),
            "low": float(values.min(initial=smooth[at])),
            "high": float(values.max(initial=smooth[at])),
            "window": ends(series, int(points[0]) if len(points) else last, last),
        }
        needs = f"fewer than {params.reversals} turns of {percent(size)[1:]}"
        shown = context.shown(params.metric, points, values, needs)
        margin = len(inside) / params.reversals - 1
        return Explanation({params.metric.placeholder: facts, **facts}, (shown,), margin)

    waiting = f"{params.metric} is not logged over {params.over.text} yet"
    return context.outcome(bins.records, states, explain, waiting)


def _reversals(values: Floats, size: float) -> tuple[Integers, Integers]:
    """Return where the series had turned back by that share, and the extreme it turned at.

    A rise counts as ``values[i] >= (1 + size) * low`` and a fall as its inverse, so that both count
    alike. The first swing is no reversal. Values that are not positive are passed over. Both arrays
    rise and have one entry a reversal.
    """
    factor = 1 + size
    turned: list[int] = []
    extremes: list[int] = []
    usable = np.flatnonzero(np.isfinite(values) & (values > 0))
    low = high = int(usable[0]) if len(usable) else 0
    direction = 0
    kept = values.tolist()
    for i in usable.tolist():
        value = kept[i]
        low = i if value <= kept[low] else low
        high = i if value >= kept[high] else high
        is_up = direction <= 0 and value >= factor * kept[low]
        is_down = direction >= 0 and kept[high] >= factor * value
        if is_up or is_down:
            if direction:
                turned.append(i)
                extremes.append(low if is_up else high)
            direction = 1 if is_up else -1
            low = high = i
    return np.array(turned, np.int64), np.array(extremes, np.int64)


def _since_noise(turned: Integers, extremes: Integers, lasting: int, values: int) -> Integers:
    """Return at each value how many reversals came up to the latest that is noise, shape ``(n,)``.

    Scatter turns from one value to the next, a loss that is thrown about takes its time.
    """
    is_noise = np.diff(extremes, prepend=extremes[:1] - lasting) < lasting
    upto = np.zeros(values, np.int64)
    upto[turned[is_noise]] = is_noise.nonzero()[0] + 1
    return np.maximum.accumulate(upto)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{oscillation: {metric: other, over: 20 points, by: 5%, reversals: 2}}",
        "{oscillation: {metric: loss, over: 10 epochs, by: 1%, reversals: 3}}",
        "{oscillation: {metric: loss, over: 20 points, by: 2%, reversals: 2, lasting: 2}}",
    ),
    offers=_OFFERS,
    of_metric=_OFFERS,
    quieter={"by": 1},
)
