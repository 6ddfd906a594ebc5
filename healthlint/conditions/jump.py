"""A metric jumped far above everything it has been.

Why it matters:
    A learning rate several times above all before it is a slip of the schedule; a loss that does so
    in its first records has blown up before it learned anything.

What to do:
    See what changed at this record: a schedule that counts from another zero, a factor applied
    twice, a first step without warm-up. Go back to the checkpoint before it.

When it is wrong to fire:
    In a warm-up each value is the highest there has been; however steep, that is no jump: the value
    must also lie above twice the recent growth. Nor is the first change of what stood still all
    through the first epoch: a warm-up that climbs once an epoch begins so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.describe import BEST, POINT, number, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.quantities import Number
from healthlint.timeline.robust import highest_before
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_RECENT, _GROWTH = 4, 2.0


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``jump``.

    Attributes:
        metric: The metric or group of metrics.
        factor: It must reach this many times all values before it.
        points: How many values at least must have come before it.
        lasting: How many values in a row must reach that; the last of them tells it.
    """

    metric: Metric
    factor: Number
    points: int = 4
    lasting: int = 1

    def __post_init__(self) -> None:
        """Refuse a past that is none."""
        refuse_outside(self, "points", 1, 1000)
        refuse_outside(self, "lasting", 1, 1000)


def words(params: Params) -> str:
    """Return the condition in words."""
    before = f"all of the {params.points} or more values before it"
    what = "a value" if params.lasting == 1 else f"each of {params.lasting} values"
    return f"{what} of {params.metric} is at least {params.factor} times {before}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true at a value that far above all before it, unknown while too few came before."""
    factor = context.number(params.factor)
    members = [
        _member(cut, params, factor, inner)
        for series in context.group(params.metric)
        for cut, inner in context.apart(series, params.metric)
    ]
    waiting = f"{params.metric} needs {params.points} values before it"
    return any_member(members, waiting, shows_quiet=True)


def _member(series: Series, params: Params, factor: float, context: Context) -> Member:
    series = series.take(np.isfinite(series.values) & (series.values > 0))
    ratio, highest = _ratios(series.values)
    growth = _recent_growth(ratio)
    is_jump = (ratio >= factor) & (ratio > _GROWTH * np.fmax(growth, 1.0))
    is_jump &= ~_is_first_of_ladder(series)
    is_known = np.arange(len(ratio)) >= params.points
    is_jump &= is_known
    if params.lasting > 1 and len(ratio):
        is_jump, highest = _lasting(is_jump, highest, series.values, factor, params.lasting)
        ratio = series.values / series.values[highest]
    states = np.where(is_known, np.where(is_jump, TRUE, FALSE), UNKNOWN)

    def explain(index: int) -> Explanation:
        at = int(highest[index])
        top = float(series.values[at])
        facts = {
            **point(series, index, float(series.values[index])),
            "ratio": float(ratio[index]),
            "best": point(series, at, top),
        }
        needs = f"below {factor:g} x {number(top)}"
        evidence = Shown.until(series, index, needs)
        times = float(ratio[index])
        wanted = f"{factor:g}" if times < factor else "twice its recent growth"
        lacks = "" if is_jump[index] else f"{times:.3g} times its highest, not {wanted}"
        return Explanation(facts, (evidence,), times / factor - 1, lacks)

    return Member(series, context.truth(series.records, states), explain)


def _lasting(
    is_jump: Bools, highest: Integers, values: Floats, factor: float, lasting: int
) -> tuple[Bools, Integers]:
    """Return where so many values in a row were as far above what came before the first of them.

    At the last of them, with the index of what they are above. Arrays have shape ``(n,)``.
    """
    stays, bound = is_jump.copy(), factor * values[highest]
    for later in range(1, lasting):
        stays[:-later] &= values[later:] >= bound[:-later]
        stays[-later:] = False
    before = np.zeros(lasting - 1, np.int64)
    stays = np.append(before.astype(bool), stays)[: len(values)]
    return stays, np.append(before, highest)[: len(values)]


def _ratios(values: Floats) -> tuple[Floats, Integers]:
    """Return each value over the highest before it (NaN for the first), and where that was."""
    before, at = highest_before(values)
    return values / before, at


def _is_first_of_ladder(series: Series) -> Bools:
    """Return where a value that stood still all through the first epoch changes for the first time.

    A schedule that warms up once an epoch begins so: from next to nothing to its first rung.
    """
    changes = np.flatnonzero(series.values != series.values[:1])
    is_first = np.zeros(len(series), bool)
    if len(changes):
        at = int(changes[0])
        before, now = series.epochs[at - 1], series.epochs[at]
        is_first[at] = at > 1 and before == series.epochs[0] and 0 < now - before <= 1
    return is_first


def _recent_growth(ratio: Floats) -> Floats:
    """Return the largest growth over the highest before at the four values before each."""
    known = np.append(np.ones(_RECENT), np.where(np.isfinite(ratio), ratio, 1.0))
    growth = known[: len(ratio)].copy()
    for at in range(1, _RECENT):  # in place: a million values of which most never jump
        np.maximum(growth, known[at : at + len(ratio)], out=growth)
    return growth


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{jump: {metric: losses, factor: 1.5}}",
        "{jump: {metric: losses, factor: 1.2, points: 2, lasting: 2}}",
        "{jump: {metric: other, factor: 3, points: 1}, until: 20 points}",
    ),
    offers=POINT | BEST | {"names", "ratio"},
    as_logged=True,
    quieter={"factor": 1},
)
