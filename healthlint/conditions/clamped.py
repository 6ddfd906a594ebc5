"""Many values of a metric are exactly equal to their maximum: it is clamped there.

Why it matters:
    A clamped loss has no gradient: the batches that need it most teach nothing. The curve looks
    bounded and calm where the true one is beyond the bound.

What to do:
    Find the clamp in the trainer and log the loss before it. If the true values are that large,
    look at the scale of the targets, at the data of these batches and at the learning rate.

When it is wrong to fire:
    On values rounded in a text log or repeated until the next evaluation, which are equal to their
    maximum by chance: then values below it repeat as well, and the maximum tells nothing. In the
    first steps of a run whose loss starts beyond the clamp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.describe import POINT, number, percent, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.quantities import Number, Percent
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States

_FEWEST, _FEWEST_DECLARED, _FEWEST_BELOW = 20, 5, 3
_TIES = 0.1
_TIMES = 3
_DENSE = 1000
_CHUNK = 1 << 13


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``clamped``.

    Attributes:
        metric: The metric or group of metrics.
        share: Share of the latest values that must be equal.
        at: Values at which the trainer is known to clamp; believed even where nothing else is seen.
        points: How many values are the latest ones; at least 20 must be there.
    """

    metric: Metric
    share: Percent
    at: tuple[Number, ...] = ()
    points: int = 100

    def __post_init__(self) -> None:
        """Refuse a memory that is too short."""
        refuse_outside(self, "points", _FEWEST, 1000, "a number")


def words(params: Params) -> str:
    """Return the condition in words."""
    bounds = ", ".join(map(str, params.at))
    known = f" (it is known to be clamped at {bounds})" if bounds else ""
    values = f"the last {params.points} values of any of {params.metric}"
    return f"{params.share} or more of {values} equal their maximum{known}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where that share of the latest values is equal to their maximum."""
    share, clamps = context.number(params.share), [context.number(at) for at in params.at]
    members = [
        _member(series, params.points, share, clamps, context)
        for series in context.group(params.metric)
    ]
    return any_member(members, f"{params.metric} needs at least {_FEWEST} values")


def _member(
    series: Series, points: int, share: float, clamps: list[float], context: Context
) -> Member:
    is_value = np.isfinite(series.values) & (series.values != 0)
    looked = _looked_at(len(series), points)
    known = series.values if is_value.all() else series.values[is_value]
    if _may_repeat(known, share, points):
        states = _states(_windows(series.values, is_value, points), looked, share, clamps)
    else:
        states = np.where(_known(is_value, looked, points) >= _FEWEST, FALSE, UNKNOWN)
    truth = context.truth(series.records[looked], states)

    def explain(index: int) -> Explanation:
        at = int(looked[index])
        windows = _windows(series.values, is_value, points)
        bound, equal = (float(each[0]) for each in _shares(windows[[at]], share, clamps))
        facts = {
            **point(series, at, float(series.values[at])),
            "bound": bound,
            "share": equal,
            "points": min(points, at + 1),
        }
        needs = f"less than {percent(share)[1:]} at {number(bound)}"
        return Explanation(facts, (Shown.until(series, at, needs),), equal - share)

    return Member(series, truth, explain)


def _looked_at(count: int, points: int) -> Integers:
    """Return where a series is looked at: at its first 1,000 values, then twice a memory."""
    stride = points // 2
    later = np.arange(-(-_DENSE // stride) * stride, count, stride)
    return np.concatenate([np.arange(min(count, _DENSE)), later])


def _windows(values: Floats, is_value: Bools, points: int) -> Floats:
    """Return the latest values at each one, NaN for what is none; shape ``(n, points)``."""
    padded = np.concatenate([np.full(points - 1, np.nan), np.where(is_value, values, np.nan)])
    windows: Floats = np.lib.stride_tricks.sliding_window_view(padded, points)
    return windows


def _may_repeat(known: Floats, share: float, points: int) -> bool:
    """Return whether equal values stand near enough to one another for a clamp anywhere.

    Of ``n`` values with ``m`` equal ones, two of these are at most ``(n - 1) / (m - 1)`` apart.
    """
    counts = np.arange(_FEWEST, points + 1)
    equal = np.ceil(share * (1 - 1e-9) * counts)
    if equal[0] < 2:
        return True
    furthest = min(int(((counts - 1) // (equal - 1)).max()), len(known) - 1)
    return any((known[by:] == known[:-by]).any() for by in range(1, furthest + 1))


def _known(is_value: Bools, looked: Integers, points: int) -> Integers:
    """Return how many of the latest values count where a series is looked at."""
    total = np.concatenate([[0], np.cumsum(is_value, dtype=np.int32)])
    return np.asarray(total[looked + 1] - total[np.maximum(looked + 1 - points, 0)], np.int64)


def _states(windows: Floats, looked: Integers, share: float, clamps: list[float]) -> States:
    """Return whether a series is clamped at the values where it is looked at."""
    states = np.empty(len(looked), np.int8)
    for begin in range(0, len(looked), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        bound, equal = _shares(windows[looked[part]], share, clamps)
        is_true = equal >= share * (1 - 1e-9)
        states[part] = np.where(np.isfinite(bound), np.where(is_true, TRUE, FALSE), UNKNOWN)
    return states


def _shares(rows: Floats, share: float, clamps: list[float]) -> tuple[Floats, Floats]:
    """Return the maximum of each row, NaN where it tells nothing yet, and the share equal to it.

    The share is 0 where it says nothing of a clamp. Where next to nothing lies below the maximum it
    says something only of a known clamp, and then already of a few values.
    """
    count = np.isfinite(rows).sum(axis=1)
    highest = np.fmax.reduce(rows, axis=1)
    found = (rows == highest[:, None]).sum(axis=1) / count
    is_declared = np.isin(highest, clamps)
    asked = np.flatnonzero(found >= share * (1 - 1e-9))
    is_few, is_tied = _below(rows[asked], highest[asked])
    found[asked[np.where(is_few, ~is_declared[asked], is_tied)]] = 0.0
    is_known = (count >= _FEWEST) | (is_declared & (count >= _FEWEST_DECLARED) & (found == 1))
    return np.where(is_known, highest, np.nan), found


def _below(rows: Floats, highest: Floats) -> tuple[Bools, Bools]:
    """Return whether what lies below the maximum tells too little, and whether it repeats.

    Too little: few values, or none before the last at the maximum, which was left for good: a loss
    may rest where it begins, to the digits that were printed.

    They repeat where a tenth follows its equal, one of them stands a third as often as the maximum,
    or the second highest more than once and in a tenth: values written with few digits, or again
    until the next evaluation.
    """
    below = np.where(rows < highest[:, None], rows, np.nan)
    count = np.isfinite(below).sum(axis=1)
    equal, places = rows == highest[:, None], np.arange(rows.shape[1])
    first_below = np.where(np.isfinite(below), places, len(places)).min(axis=1)
    is_left = np.where(equal, places, -1).max(axis=1) < first_below
    is_pair = np.isfinite(below[:, 1:] + below[:, :-1])
    ties = (below[:, 1:] == below[:, :-1]).sum(axis=1)
    often = -(-equal.sum(axis=1) // _TIMES)
    below.sort(axis=1)  # NaN last; equal values stand side by side
    columns = places + np.maximum(often, 2)[:, None] - 1
    later = np.take_along_axis(below, np.minimum(columns, rows.shape[1] - 1), axis=1)
    is_tied = ((below == later) & (columns < rows.shape[1])).any(axis=1)
    is_tied |= ties > _TIES * is_pair.sum(axis=1)
    second = np.fmax.reduce(below, axis=1)
    seconds = (below == second[:, None]).sum(axis=1)
    return (count < _FEWEST_BELOW) | is_left, is_tied | (seconds > np.fmax(1, _TIES * count))


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{clamped: {metric: losses, share: 10%, at: [0.2, 1], points: 20}}",
        "{clamped: {metric: other, share: 20%}}",
    ),
    offers=POINT | {"names", "bound", "share", "points"},
    as_logged=True,
    logged_only=True,
    quieter={"share": 1},
)
