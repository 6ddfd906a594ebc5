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

from healthlint.logs.model import Floats
from healthlint.timeline.describe import number, point
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown, latest
from healthlint.timeline.quantities import Number
from healthlint.timeline.robust import MAD_TO_SIGMA, row_median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

OFFERS = frozenset({"value", "usual", "ratio", "epoch", "step"})
OF_METRIC = OFFERS
_FEWEST = 20
_SHOWN_BEFORE, _CHUNK = 6, 1 << 14


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``spike``.

    Attributes:
        metric: The metric.
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
        if not _FEWEST <= self.points <= 1000:
            raise ValueError(f"`points` is a number between {_FEWEST} and 1000")


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true at a value that stands out, unknown while too little came before it."""
    series = context.series(params.metric)
    values = series.values
    usual, scatter = _before(values, params.points)
    factor, deviations = context.number(params.factor), context.number(params.deviations)
    with np.errstate(invalid="ignore"):
        is_out = (values > factor * usual) & (values - usual > deviations * scatter)
        is_known = np.isfinite(values) & np.isfinite(usual) & (usual > 0)
    states = np.where(is_known, np.where(is_out, TRUE, FALSE), UNKNOWN)
    truth = context.truth(series.records, states)

    def explain(record: int) -> Explanation:
        at = latest(series.records, record)
        index = np.arange(max(0, at - _SHOWN_BEFORE), at + 1)
        ratio = float(values[at] / usual[at]) if usual[at] else float("nan")
        facts = {**point(series, at, float(values[at])), "usual": float(usual[at]), "ratio": ratio}
        needs = f"at most {factor:g} x {number(float(usual[at]))}"
        shown = Shown(params.metric, series, index, values[index], None, needs)
        return Explanation(
            {params.metric.placeholder: facts, **facts}, (shown,), ratio / factor - 1
        )

    return Outcome(truth, explain, waiting=f"{params.metric} needs {_FEWEST} values before it")


def _before(values: Floats, points: int) -> tuple[Floats, Floats]:
    """Return median and robust deviation of the values before each value.

    Both are renewed every fifth of the memory, so the cost is a few operations a value; NaN while
    fewer than 20 finite values came before. Shape ``(n,)``.
    """
    n, stride = len(values), max(1, points // 5)
    ends = np.arange(0, n + stride, stride)
    usual, scatter = np.full(len(ends), np.nan), np.full(len(ends), np.nan)
    known = np.where(np.isfinite(values), values, np.nan)
    padded = np.concatenate([np.full(points, np.nan), known, np.full(stride, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, points)[::stride][: len(ends)]
    for begin in range(0, len(ends), _CHUNK):
        rows = windows[begin : begin + _CHUNK]
        middle = row_median(rows)
        is_enough = np.isfinite(rows).sum(axis=1) >= _FEWEST
        usual[begin : begin + _CHUNK] = np.where(is_enough, middle, np.nan)
        spread = MAD_TO_SIGMA * row_median(np.abs(rows - middle[:, None]))
        scatter[begin : begin + _CHUNK] = np.where(is_enough, spread, np.nan)
    return np.repeat(usual, stride)[:n], np.repeat(scatter, stride)[:n]
