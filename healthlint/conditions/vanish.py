"""A metric is next to nothing of what it has been, and stays so.

Why it matters:
    A learning rate that has come to nothing long before the end keeps a machine busy and changes
    nothing.

What to do:
    See for how many steps the schedule was made, and whether it counts steps, epochs or batches.

When it is wrong to fire:
    At the end of a schedule that comes to rest on purpose: exactly 0 is no fault and not meant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Series
from healthlint.timeline.describe import BEST, POINT, point, up_to
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.quantities import Percent
from healthlint.timeline.robust import best_so_far, streak
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_FEWEST, _SHOWN = 20, 7


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``vanish``.

    Attributes:
        metric: The metric or group of metrics.
        below: It lies below this share of its highest value so far, and is not exactly 0.
        share: For this share of all values so far.
    """

    metric: Metric
    below: Percent
    share: Percent


def words(params: Params) -> str:
    """Return the condition in words."""
    below = f"below {params.below} of its highest value, and not 0"
    return f"{params.metric} has been {below}, for {params.share} of the run so far"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where it has been next to nothing for that share of the run so far."""
    below, share = context.number(params.below), context.number(params.share)
    members = [_member(series, below, share, context) for series in context.group(params.metric)]
    waiting = f"{params.metric} needs at least {_FEWEST} values"
    return any_member(members, waiting, shows_quiet=True)


def _member(series: Series, below: float, share: float, context: Context) -> Member:
    values = np.abs(series.values)
    highest, at = best_so_far(-values)
    is_dead = (values < below * -highest) & (values > 0)
    index = np.arange(len(values))
    dead = streak(is_dead)
    states = np.where(dead >= share * (index + 1), TRUE, FALSE)
    states = np.where((index + 1 >= _FEWEST) & np.isfinite(values), states, UNKNOWN)

    def explain(one: int) -> Explanation:
        top = int(at[one])
        shown = np.unique(np.append(top, up_to(one, _SHOWN)))
        part = float(dead[one] / (one + 1))
        facts = {
            **point(series, one, float(series.values[one])),
            "share": part,
            "best": point(series, top, float(series.values[top])),
        }
        needs = f"at least {below:.3g} of its highest"
        lacks = "" if part >= share else f"for {part:.0%} of the values so far, not {share:.0%}"
        evidence = Shown.logged(series, shown, needs)
        return Explanation(facts, (evidence,), part - share, lacks)

    return Member(series, context.truth(series.records, states), explain)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{vanish: {metric: losses, below: 20%, share: 10%}}",
        "{vanish: {metric: other, below: 50%, share: 5%}}",
    ),
    offers=POINT | BEST | {"names", "share"},
    as_logged=True,
    quieter={"below": -1, "share": 1},
)
