"""After a restart a loss begins again most of the way back to where the run began.

Why it matters:
    What is loaded from a checkpoint goes on where it was. A loss that begins anew has other
    weights: they were not loaded, or loaded into another model than the one that is trained.

What to do:
    Print the keys that were missing or unexpected, compare the loss of one batch before the save
    and after the load, and go back to the checkpoint before the restart.

When it is wrong to fire:
    Where the restart was meant to begin something new: other data, another loss, a stage of its
    own. A loss that is a little higher lost the state of its optimizer alone: ask for a large
    share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Series
from healthlint.timeline.describe import POINT, percent, point
from healthlint.timeline.evaluation import (
    Context,
    Explanation,
    Inapplicable,
    Metric,
    Outcome,
    Shown,
)
from healthlint.timeline.kind import Kind
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.quantities import Percent
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

RESTARTED = "restarted"
"""Event of a console that says again what it said before its first record."""
_BEFORE, _AFTER = 5, 3
"""Values on each side of a restart that are compared."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``starts_over``.

    Attributes:
        metric: The metric, or a group: true where it is so of any member.
        lost: Which share of what was gained until the restart must be gone after it.
    """

    metric: Metric
    lost: Percent


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"after a restart {params.metric} has lost {params.lost} or more of what it had gained"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true from the third value after such a restart until the loss is back where it was."""
    group = context.group(params.metric)
    restarts = [one.record + 1 for one in context.timeline.events if one.kind == RESTARTED]
    if context.timeline.attempt:
        restarts.append(context.timeline.first_record)
    if not restarts:
        raise Inapplicable("for runs that were restarted")
    least = context.number(params.lost)
    members = [_member(series, sorted(restarts), least, context) for series in group]
    return any_member(members, "too few values beside the restart", shows_quiet=True)


def _member(series: Series, restarts: list[int], least: float, context: Context) -> Member:
    series = series.take(np.isfinite(series.values))
    values = series.values
    states = np.full(len(values), UNKNOWN, np.int8)
    lost, since = np.full(len(values), np.nan), np.zeros(len(values), np.int64)
    for at in series.records.searchsorted(restarts).tolist():
        if at < _BEFORE + 1 or at + _AFTER > len(values):
            continue
        before = values[at - _BEFORE : at]
        gained = values[0] - np.median(before)
        share = (values[at] - np.median(before)) / gained if gained > 0 else 0.0
        is_over = share >= least and (values[at : at + _AFTER] > before.max()).all()
        after = slice(at + _AFTER - 1, None)
        lost[after], since[after] = share, at
        stays = np.logical_and.accumulate(values[after] > before.max())
        states[after] = np.where(stays & is_over, TRUE, FALSE)

    def explain(index: int) -> Explanation:
        at = int(since[index])
        facts = {
            **point(series, at, float(values[at])),
            "lost": float(lost[index]),
            "before": float(np.median(values[max(0, at - _BEFORE) : at])) if at else float("nan"),
        }
        shown = np.unique(
            np.append(0, np.arange(max(0, at - _BEFORE), min(index, at + _AFTER) + 1))
        )
        needs = f"less than {percent(least)[1:]} of the gain lost"
        margin = float(lost[index]) / least - 1
        return Explanation(facts, (Shown.logged(series, shown, needs),), margin)

    return Member(series, context.truth(series.records, states), explain)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{starts_over: {metric: loss, lost: 40%}}",
        "{starts_over: {metric: losses, lost: 60%}}",
    ),
    offers=POINT | {"names", "lost", "before"},
    as_logged=True,
    quieter={"lost": 1},
)
