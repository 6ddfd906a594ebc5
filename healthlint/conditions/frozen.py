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
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers, Series
from healthlint.timeline.describe import place, point
from healthlint.timeline.evaluation import (
    EVIDENCE_POINTS,
    Context,
    Explanation,
    Metric,
    Outcome,
    Shown,
)
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.resolution import FEWEST_STEPS, resolution
from healthlint.timeline.robust import row_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

AS_LOGGED = True
OFFERS = frozenset({"names", "value", "points", "since.epoch", "since.step", "epoch", "step"})
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
    """

    metric: Metric
    points: int = 10

    def __post_init__(self) -> None:
        """Refuse two equal values as evidence."""
        if not 3 <= self.points <= 10_000:
            raise ValueError("`points` is a number of values between 3 and 10000")


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true at a value that repeats too often, unknown where repeats could be rounding."""
    group = context.group(params.metric)
    members = [_member(series, params.points, context) for series in group]
    return any_member(members, f"{params.metric} has not moved yet")


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Stretches of bit-equal values, ``r`` of them over ``n`` values.

    Attributes:
        start: Index of the first value of each stretch, shape ``(r,)``.
        run: Stretch of each value, shape ``(n,)``.
        length: How many values of its stretch, each at a later step, there are up to each value,
            shape ``(n,)``.
        final: Length of each whole stretch, shape ``(r,)``.
        asked: Length from which a stretch is asked for more: ``points`` and three times every
            stretch before it, shape ``(r,)``.
    """

    start: Integers
    run: Integers
    length: Integers
    final: Integers
    asked: Integers

    def values(self, run: int) -> slice:
        """Return the indices of the values of a stretch."""
        stop = self.start[run + 1] if run + 1 < len(self.start) else len(self.run)
        return slice(int(self.start[run]), int(stop))


def _member(series: Series, points: int, context: Context) -> Member:
    runs = _runs(series, points)
    is_usable = np.isfinite(series.values) & (series.values != 0)
    moves = np.cumsum(is_usable[runs.start]) - 1
    states = np.where(is_usable & (moves[runs.run] > 0), FALSE, UNKNOWN).astype(np.int8)
    which = np.flatnonzero(runs.final >= runs.asked)
    for run, needed in zip(which, _needed(series, runs, which, points), strict=True):
        inside = runs.values(int(run))
        length, epochs = runs.length[inside], series.epochs[inside]
        has_moved = moves[run] >= _FEWEST_MOVES
        extent = length if has_moved else np.where(epochs - epochs[0] >= points, length, 0)
        is_asked = length >= runs.asked[run]
        found = np.where(extent >= needed, TRUE, UNKNOWN)
        states[inside] = np.where(is_asked, found, states[inside])
    truth = context.truth(series.records, states)

    def explain(index: int) -> Explanation:
        return _explain(series, runs, index, points)

    return Member(series, truth, explain)


def _runs(series: Series, points: int) -> _Runs:
    values, n = series.values, len(series)
    is_same = np.zeros(n, bool)
    is_same[1:] = (values[1:] == values[:-1]) & np.isfinite(values[1:]) & (values[1:] != 0)
    gained = is_same.copy()
    gained[1:] &= _advances(series)
    start = np.flatnonzero(~is_same)
    run, total = np.cumsum(~is_same) - 1, np.cumsum(gained)
    length = total - total[start][run] + 1
    final = length[np.append(start[1:], n) - 1]
    longest = np.maximum.accumulate(np.append(0, final[:-1]))
    return _Runs(start, run, length, final, np.maximum(points, _LONGER * longest))


def _advances(series: Series) -> NDArray[np.bool_]:
    """Return whether each value but the first lies further on than the one before it."""
    steps, epochs = np.diff(series.steps), np.diff(series.epochs)
    return np.where(np.isfinite(steps), steps > 0, epochs > 0)


def _needed(series: Series, runs: _Runs, which: Integers, points: int) -> Floats:
    """Return how long each of some stretches must be to be no rounding; infinite where it may be.

    The movements just before a stretch say how likely two values in a row round to the same: about
    one resolution step over one movement. A stretch with too few movements before it must be
    written finely instead.
    """
    back = which[:, None] - np.arange(_MOVES + 1)[None, :]
    rows = np.where(back >= 0, series.values[runs.start[np.maximum(back, 0)]], np.nan)
    rows = np.where(np.isfinite(rows) & (rows != 0), rows, np.nan)
    moves = np.abs(np.diff(rows, axis=1))
    step, move = resolution(rows), row_median(moves)
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = 1 + np.ceil(np.log(_CHANCE) / np.log(step / move))
        told = np.where(move >= FEWEST_STEPS * step, chance, np.inf)
        started = np.where(step <= _FINE * np.abs(rows[:, 0]), points, np.inf)
    is_told = np.isfinite(moves).sum(axis=1) >= _FEWEST_MOVES
    return np.where(is_told, np.where(step > 0, told, points), started)


def _explain(series: Series, runs: _Runs, index: int, points: int) -> Explanation:
    first, length = int(runs.start[runs.run[index]]), int(runs.length[index])
    shown = np.arange(max(0, index + 1 - EVIDENCE_POINTS), index + 1)
    facts = {
        **point(series, index, float(series.values[index])),
        "points": length,
        "since": place(series, first),
    }
    needs = f"another value within {points}"
    evidence = Shown(series.key, series, shown, series.values[shown], None, needs)
    return Explanation(facts, (evidence,), length / points - 1)
