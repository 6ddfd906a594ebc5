"""A metric is NaN or infinite.

Why it matters:
    A loss that is not a number has no gradient worth following: from that step on the weights are
    usually lost, and everything logged after it says nothing.

What to do:
    Go back to the last checkpoint before it, look for log(0), a division by zero or a broken clip
    in the batch, and lower the learning rate or clip gradients if the norm rose before it.

When it is wrong to fire:
    On a gradient norm of the first mixed-precision steps, where the loss scaler probes for its
    scale: all losses are finite then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Series
from healthlint.timeline.describe import number, place
from healthlint.timeline.evaluation import (
    EVIDENCE_POINTS,
    Context,
    Explanation,
    Metric,
    Outcome,
    Shown,
)
from healthlint.timeline.truth import Truth, any_of

OFFERS = frozenset({"names", "value", "epoch", "step"})


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``nonfinite``.

    Attributes:
        metric: The metric or group of metrics.
    """

    metric: Metric


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where a metric is NaN or infinite, false where all are finite."""
    group = context.group(params.metric)
    truths = [_truth(series, context) for series in group]

    def explain(record: int) -> Explanation:
        sick = [s for s in group if not np.isfinite(_last(s, record))]
        first = sick[0] if sick else group[0]
        index = int(np.searchsorted(first.records, record, side="right")) - 1
        return Explanation(
            {
                "names": ", ".join(s.key for s in sick),
                "value": number(float(first.values[index])),
                **place(first, index),
            },
            [_shown(s, record) for s in sick],
        )

    return Outcome(any_of(truths), explain)


def _truth(series: Series, context: Context) -> Truth:
    return context.truth(series.records, (~np.isfinite(series.values)).astype(np.int64))


def _last(series: Series, record: int) -> float:
    index = int(np.searchsorted(series.records, record, side="right")) - 1
    return float(series.values[index]) if index >= 0 else 0.0


def _shown(series: Series, record: int) -> Shown:
    end = int(np.searchsorted(series.records, record, side="right"))
    index = np.arange(max(0, end - EVIDENCE_POINTS // 2), end)
    return Shown(series.key, series, index, series.values[index], None, "a finite number")
