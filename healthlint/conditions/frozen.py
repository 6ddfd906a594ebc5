"""A metric repeats exactly the same value while training goes on.

Why it matters:
    A loss that is computed anew is never bit-equal for long. Repeats mean that the optimizer no
    longer steps, that bad batches are replaced by a constant, or that an old value is logged again.

What to do:
    Look for skipped optimizer steps (non-finite gradients, a loss scale of 0), for a loss that is
    clamped or detached, and at how the logger gets the value.

When it is wrong to fire:
    On values rounded in a text log, on values repeated in every row until the next evaluation, on
    heads that are frozen on purpose. The first two are told apart: repeats count only where the
    metric had moved by more than its rounding just before, and only beyond three times every
    earlier repetition. Exact 0 is never frozen: a loss that rests, or ``masked_zero``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.describe import POINT, place, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.resolution import FEWEST_STEPS, resolution
from healthlint.timeline.robust import row_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States

_CHANCE = 1e-6
_MOVES, _FEWEST_MOVES = 5, 3
_LONGER = 3
_FINE = 1e-4


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``frozen``.

    Attributes:
        metric: The metric or group of metrics.
        points: How many values in a row, each at a later step, must be bit-equal.
        coarse: Whether they count however coarsely they are written, and from the first one on:
            for scores, which a set of clips can only give in steps.
    """

    metric: Metric
    points: int = 10
    coarse: bool = False

    def __post_init__(self) -> None:
        """Refuse two equal values as evidence."""
        refuse_outside(self, "points", 3, 10_000)


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"any of {params.metric} repeats exactly the same value {params.points} times or more"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true at a value that repeats too often, unknown where repeats could be rounding."""
    group = context.group(params.metric)
    members = [_member(series, params, context) for series in group]
    return any_member(members, f"{params.metric} has not moved yet")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Repeats:
    """Values equal to the one before, and the stretches that they make, ``r`` of them.

    Attributes:
        is_same: Whether each value repeats the one before it, shape ``(n,)``.
        gained: Whether it does so at a later step, shape ``(n,)``.
        first: Index of the first value of each stretch, shape ``(r,)``.
        last: Index of its last value, shape ``(r,)``.
        final: How many of its values, the first included, lie each at a later step, ``(r,)``.
        asked: Length from which a stretch is asked for more: ``points`` and three times every
            stretch before it, shape ``(r,)``.
    """

    is_same: Bools
    gained: Bools
    first: Integers
    last: Integers
    final: Integers
    asked: Integers

    def until(self, index: int) -> tuple[int, int]:
        """Return the first value of the stretch that an index lies in, and its length up to it."""
        first = int(np.flatnonzero(~self.is_same[: index + 1])[-1])
        return first, 1 + int(np.count_nonzero(self.gained[first : index + 1]))


def _member(series: Series, params: Params, context: Context) -> Member:
    points = params.points
    repeats = _repeats(series, points)
    is_usable = np.isfinite(series.values) & (series.values != 0)
    states = np.where(is_usable, FALSE, UNKNOWN)
    if not params.coarse:
        states[: _moved(is_usable, repeats.is_same)] = UNKNOWN
    which = (repeats.final >= repeats.asked).nonzero()[0]
    if len(which):
        _judge(series, repeats, is_usable, which, params, states)
    truth = context.truth(series.records, states)

    def explain(index: int) -> Explanation:
        return _explain(series, repeats, index, points)

    return Member(series, truth, explain)


def _moved(is_usable: Bools, is_same: Bools) -> int:
    """Return the index of the first value that may differ from the first usable one."""
    start = int(is_usable.argmax()) + 1
    rest = is_same[start:]
    return start + (len(rest) if rest.all() else int(rest.argmin()))


def _judge(
    series: Series,
    repeats: _Repeats,
    is_usable: Bools,
    which: Integers,
    params: Params,
    states: States,
) -> None:
    """Put the states of some stretches in place: true where rounding does not explain them."""
    moves = np.cumsum(is_usable & ~repeats.is_same) - 1
    needed = np.zeros(len(which))
    if not params.coarse:
        needed = _needed(series, repeats, which, params.points)
    for at, enough in zip(which.tolist(), needed.tolist(), strict=True):
        inside = slice(int(repeats.first[at]), int(repeats.last[at]) + 1)
        length, epochs = 1 + np.cumsum(repeats.gained[inside]), series.epochs[inside]
        has_moved = params.coarse or moves[inside.start] >= _FEWEST_MOVES
        extent = length if has_moved else np.where(epochs - epochs[0] >= params.points, length, 0)
        is_asked = length >= repeats.asked[at]
        found = np.where(extent >= enough, TRUE, UNKNOWN)
        states[inside] = np.where(is_asked, found, states[inside])


def _repeats(series: Series, points: int) -> _Repeats:
    values = series.values
    is_same, gained = np.zeros(len(values), bool), np.zeros(len(values), bool)
    is_same[1:] = values[1:] == values[:-1]
    where = is_same.nonzero()[0]  # few, in a log whose values are written in full
    is_odd = ~np.isfinite(values[where]) | (values[where] == 0)
    is_same[where[is_odd]] = False
    where = where[~is_odd]
    gained[where] = _advances(series, where)
    heads = np.flatnonzero(np.diff(where, prepend=-1) > 1)
    ends = np.append(heads[1:], len(where))[: len(heads)] - 1
    total = np.append(0, np.cumsum(gained[where]))
    final = 1 + total[ends + 1] - total[heads]
    longest = np.maximum.accumulate(np.append(0, final))[:-1]
    asked = np.maximum(points, _LONGER * longest)
    return _Repeats(
        is_same=is_same,
        gained=gained,
        first=where[heads] - 1,
        last=where[ends],
        final=final,
        asked=asked,
    )


def _advances(series: Series, where: Integers) -> Bools:
    """Return whether each of some values lies further on than the one before it."""
    steps = series.steps[where] - series.steps[where - 1]
    epochs = series.epochs[where] - series.epochs[where - 1]
    return np.where(np.isfinite(steps), steps > 0, epochs > 0)


def _needed(series: Series, repeats: _Repeats, which: Integers, points: int) -> Floats:
    """Return how long each of some stretches must be to be no rounding; infinite where it may be.

    The movements just before a stretch say how likely two values in a row round to the same: about
    one resolution step over one movement. A stretch with too few movements before it must be
    written finely instead.
    """
    starts = np.flatnonzero(~repeats.is_same)  # of all stretches, those of one value included
    own = starts.searchsorted(repeats.first[which])
    back = own[:, None] - np.arange(_MOVES + 1)[None, :]
    rows = np.where(back >= 0, series.values[starts[np.maximum(back, 0)]], np.nan)
    rows = np.where(np.isfinite(rows) & (rows != 0), rows, np.nan)
    moves = np.abs(np.diff(rows, axis=1))
    step, move = resolution(rows), row_median(moves)
    chance = 1 + np.ceil(np.log(_CHANCE) / np.log(step / move))
    told = np.where(move >= FEWEST_STEPS * step, chance, np.inf)
    started = np.where(step <= _FINE * np.abs(rows[:, 0]), points, np.inf)
    is_told = np.isfinite(moves).sum(axis=1) >= _FEWEST_MOVES
    return np.where(is_told, np.where(step > 0, told, points), started)


def _explain(series: Series, repeats: _Repeats, index: int, points: int) -> Explanation:
    first, length = repeats.until(index)
    facts = {
        **point(series, index, float(series.values[index])),
        "points": length,
        "since": place(series, first),
    }
    needs = f"another value within {points}"
    return Explanation(facts, (Shown.until(series, index, needs),), length / points - 1)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{frozen: {metric: losses, points: 3}}",
        "{frozen: {metric: other, points: 4}}",
    ),
    offers=POINT | {"names", "points", "since.epoch", "since.step", "since.place"},
    as_logged=True,
    logged_only=True,
)
