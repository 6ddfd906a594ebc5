"""Scales of losses: on which representation a number means what it says.

A mel loss of 0.3 is one thing on ln-power L1 and quite another on dB or as a squared error, so
every absolute bound names the scale it holds on. The guide's scale is that of the trainer the guide
was written beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Series

GUIDE: Mapping[str, Mapping[str, object]] = {
    "mel_loss": {"kind": "l1", "space": "ln-power-mel", "logged_factor": 1.0},
    "duration_loss": {"kind": "huber", "space": "ln1p-frames", "logged_factor": 1.0, "delta": 1.0},
}
"""The guide's scale of each metric that has absolute bounds."""

_HIGHEST_START = {"mel_loss": 15.0, "duration_loss": 6.0}
# ln(power + 1e-9) spans about 28; an untrained model starts near 5, one that starts above 15 does
# not log a plain ln-power L1. ln(1 + frames) starts below 3, and Huber(1) is about linear there.


@dataclass(frozen=True, slots=True)
class ScaleCheck:
    """Whether a series is on the guide's scale.

    Attributes:
        holds: True where absolute bounds may be used.
        is_assumed: True where nothing declared the scale.
        reason: Why the bounds do not hold, empty where they do.
    """

    holds: bool
    is_assumed: bool
    reason: str = ""


def check_guide(series: Series, declared: Mapping[str, object] | None) -> ScaleCheck:
    """Return whether the guide's bounds hold for a series.

    Args:
        series: The series.
        declared: Its scale as the header, the command line or its logged name gives it.
    """
    guide = GUIDE.get(series.metric)
    if guide is None:
        return ScaleCheck(holds=True, is_assumed=False)
    if declared:
        return _compare(series.metric, guide, declared)
    finite = series.values[np.isfinite(series.values)]
    highest = _HIGHEST_START.get(series.metric, np.inf)
    if len(finite) and finite[0] > highest:
        reason = f"{series.key} starts at {finite[0]:.3g}, which the guide's scale cannot give"
        return ScaleCheck(False, False, f"{reason}; declare its scale")
    return ScaleCheck(holds=True, is_assumed=True)


def _compare(
    metric: str, guide: Mapping[str, object], declared: Mapping[str, object]
) -> ScaleCheck:
    for name, expected in guide.items():
        if name in declared and declared[name] != expected:
            reason = (
                f"{metric} is declared with {name} {declared[name]}, the guide's has {expected}"
            )
            return ScaleCheck(False, False, f"its bounds do not hold: {reason}")
    return ScaleCheck(holds=True, is_assumed=False)
