"""A value stands far out of the values just before it.

Why it matters:
    One spike is weather; many are a learning rate at the edge, bad clips in the data, or gradients
    that are not clipped.

What to do:
    Look at the batches at these steps and at the gradient norm before clipping; lower the learning
    rate or clip harder if they go on.

When it is wrong to fire:
    At a restart (a new run, so never one), when a new loss wakes up, or on a series so smooth that
    its own scatter is nearly zero: the value must also exceed ``factor`` times the usual level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers, Series
from healthlint.timeline.describe import POINT, number, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.quantities import Number
from healthlint.timeline.robust import MAD_TO_SIGMA, median, row_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_OF_METRIC = POINT | {"usual", "ratio"}
_FEWEST = 20
_SHOWN, _CHUNK = 7, 1 << 14


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``spike``.

    Attributes:
        metric: The metric or group of metrics.
        factor: It must exceed this many times the median of the values before it.
        deviations: And lie this many robust standard deviations above that median.
        points: How many values before it count, at least 20 of them logged.
    """

    metric: Metric
    factor: Number
    deviations: Number
    points: int = 50

    def __post_init__(self) -> None:
        """Refuse a memory that is too short."""
        refuse_outside(self, "points", _FEWEST, 1000, "a number")


def words(params: Params) -> str:
    """Return the condition in words."""
    return (
        f"{params.metric} is above {params.factor} times its usual value and more than "
        f"{params.deviations} deviations away from it"
    )


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true from a value that stands out until one is back, unknown while too few came."""
    factor, deviations = context.number(params.factor), context.number(params.deviations)
    members = [
        _member(cut, params, factor, deviations, inner)
        for series in context.group(params.metric)
        for cut, inner in context.apart(series, params.metric)
        if len(cut)
    ]
    return any_member(members, f"{params.metric} needs {_FEWEST} values before it")


def _member(
    series: Series, params: Params, factor: float, deviations: float, context: Context
) -> Member:
    values = series.values
    usual, scatter = _before(values, params.points, factor)
    is_out = (values > factor * usual) & (values - usual > deviations * scatter)
    is_known = np.isfinite(values) & np.isfinite(usual) & (usual > 0)
    onset = _until_back(values, is_out & is_known, factor * usual)
    states = np.where(is_known, np.where(onset >= 0, TRUE, FALSE), UNKNOWN)

    def explain(at: int) -> Explanation:
        level = _usual_of(values, params.points, at if onset[at] < 0 else int(onset[at]))
        ratio = float(values[at] / level) if level else float("nan")
        facts = {**point(series, at, float(values[at])), "usual": level, "ratio": ratio}
        shown = Shown.until(series, at, f"at most {factor:g} x {number(level)}", _SHOWN)
        named = {params.metric.placeholder: facts, **facts}
        return Explanation(named, (shown,), ratio / factor - 1)

    return Member(series, context.truth(series.records, states), explain)


def _until_back(values: Floats, is_out: Bools, bound: Floats) -> Integers:
    """Return for each value the onset of the spike that it belongs to, -1 where there is none.

    A spike lasts until a value is within the bound that its first value broke; a level that stays
    up is one that has not come back, however usual it becomes.
    """
    onset = np.full(len(values), -1, np.int64)
    starts = is_out.nonzero()[0]
    at = 0
    while at < len(starts):
        start = int(starts[at])
        stop = _first_at_most(values, float(bound[start]), start)
        onset[start:stop] = start
        at = int(starts.searchsorted(stop))
    return onset


def _first_at_most(values: Floats, bound: float, start: int) -> int:
    """Return the index of the first value from ``start`` on within a bound, the end where none is.

    In pieces that grow, so that many short spikes in a long log cost no more than the log.
    """
    size = 64
    while start < len(values):
        back = np.flatnonzero(values[start : start + size] <= bound)
        if len(back):
            return start + int(back[0])
        start, size = start + size, 2 * size
    return len(values)


def _before(values: Floats, points: int, factor: float) -> tuple[Floats, Floats]:
    """Return median and robust deviation of the values before each value.

    Both are renewed every fifth of the memory, so the cost is a few operations a value; NaN while
    fewer than 20 finite values came before. Where no value can stand out, for none is that many
    times the lowest of them, that lowest one stands for the median. Shape ``(n,)``.
    """
    n, stride = len(values), _stride(points)
    ends = np.arange(0, n + stride, stride)
    usual, scatter = np.full(len(ends), np.nan), np.zeros(len(ends))
    known = np.where(np.isfinite(values), values, np.nan)
    padded = np.concatenate([np.full(points, np.nan), known, np.full(2 * stride, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, points)[::stride][: len(ends)]
    coming = padded[points:][: len(ends) * stride].reshape(-1, stride)
    for begin in range(0, len(ends), _CHUNK):
        rows = windows[begin : begin + _CHUNK]
        lowest, highest = np.fmin.reduce(rows, axis=1), np.fmax.reduce(coming[begin:][:_CHUNK], 1)
        is_enough = np.isfinite(rows).sum(axis=1) >= _FEWEST
        usual[begin : begin + _CHUNK] = np.where(is_enough, lowest, np.nan)
        at = np.flatnonzero(is_enough & ~((lowest > 0) & (highest <= factor * lowest)))
        middle = row_median(rows[at])
        usual[begin + at] = middle
        scatter[begin + at] = MAD_TO_SIGMA * row_median(np.abs(rows[at] - middle[:, None]))
    return np.repeat(usual, stride)[:n], np.repeat(scatter, stride)[:n]


def _stride(points: int) -> int:
    return max(1, points // 5)


def _usual_of(values: Floats, points: int, at: int) -> float:
    """Return the median of the values before one, NaN while too few came."""
    end = max(at, 0) // _stride(points) * _stride(points)
    before = values[max(0, end - points) : end]
    return median(before) if np.isfinite(before).sum() >= _FEWEST else float("nan")


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{spike: {metric: loss, factor: 1.5, deviations: 5, points: 20}}",
        "{spike: {metric: loss, factor: 1.1, deviations: 1, points: 30}}",
    ),
    offers=_OF_METRIC | {"names"},
    of_metric=_OF_METRIC,
    as_logged=True,
    quieter={"factor": 1, "deviations": 1},
)
