"""A run beside another: better or worse at equal look, by how much, and whether noise explains it.

What is compared is what shows the progress of the run, up to where both have come: the same epoch,
else the same step. A level is the median of the last three looks by then; a difference counts where
it exceeds both ``LEAST`` and ``SURE`` standard deviations of what the noise of the two would make.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from healthlint.logs import Run, Series
from healthlint.logs.model import Floats
from healthlint.report import Comparison, Place, Side, Standing
from healthlint.timeline.clock import Clock
from healthlint.timeline.levels import noise
from healthlint.timeline.looks import look_at
from healthlint.timeline.waking import without_zeros

LEAST = 0.02
SURE = 3.0
_LOOKS = 3
_OF_MEDIAN = 1.2533 / math.sqrt(_LOOKS)
"""Standard deviation of a median of three values that differ by noise alone, in that noise."""


class _Level(NamedTuple):
    value: float
    noise: float


def compare(run: Run, other: Run, name: str, standing: Sequence[Standing]) -> Comparison | None:
    """Return how a run does beside another one, None where it shows no progress.

    Args:
        run: The run that is judged.
        other: What it is compared with.
        name: What the other is called.
        standing: Where the judged run stands, what shows progress first.
    """
    if not standing:
        return None
    head = standing[0]
    mine, theirs = run.series.get(head.series), other.series.get(head.series)
    if mine is None or theirs is None or not np.isfinite(theirs.values).any():
        return _unclear(name, head, f"it logs no {head.series}")
    if _scale(run, head) != _scale(other, head):
        return _unclear(name, head, f"its {head.label} is on another scale")
    unit, until = _reached(mine, theirs)
    if not unit:
        return _unclear(name, head, "they have no clock in common")
    now, then = _level(mine, unit, until), _level(theirs, unit, until)
    if now is None or then is None:
        return _unclear(name, head, "too few values by where both have come")
    at = Place(None, until if unit == "steps" else None, until if unit == "epochs" else None)
    change = now.value / then.value - 1
    return Comparison(
        name=name,
        label=head.label,
        side=_side(now, then),
        now=now.value,
        then=then.value,
        change=change,
        at=at,
    )


def _unclear(name: str, head: Standing, why: str) -> Comparison:
    return Comparison(name=name, label=head.label, side="unclear", reason=why)


def _scale(run: Run, head: Standing) -> object:
    """Return what is known of the scale of a metric: who logs it, and what was declared."""
    declared = run.facts.get("metrics")
    own = declared.get(head.metric) if isinstance(declared, dict) else None
    return run.facts.get("trainer"), repr(own)


def _reached(mine: Series, theirs: Series) -> tuple[str, float]:
    """Return in which unit two series are compared and how far both have come in it.

    That is epochs where both have some behind them, else steps; no unit where they share none.
    """
    for unit, least in (("epochs", _LOOKS), ("steps", 0), ("epochs", 0)):
        columns = getattr(mine, unit), getattr(theirs, unit)
        ends = [float(column[np.isfinite(column)].max(initial=-1)) for column in columns]
        if min(ends) >= least:
            return unit, min(ends)
    return "", 0.0


def _level(series: Series, unit: str, until: float) -> _Level | None:
    """Return the level by a moment and its noise, None of fewer than three looks or below 0."""
    reached = np.flatnonzero(getattr(series, unit) <= until)
    if not len(reached):
        return None
    part = without_zeros(series.take(slice(0, int(reached[-1]) + 1)))
    looks = look_at(part, Clock.of([part])).levels[-1:]
    levels: Floats = looks[:, np.isfinite(looks[0])]
    if levels.shape[1] < _LOOKS or not (levels > 0).all():
        return None
    return _Level(float(np.median(levels[0, -_LOOKS:])), float(noise(levels)[0, -1]))


def _side(now: _Level, then: _Level) -> Side:
    """Return which is better, ``alike`` within noise, ``unclear`` where noise is not known."""
    if math.isnan(now.noise) or math.isnan(then.noise):
        return "unclear"
    ratio = math.log(now.value / then.value)
    if abs(ratio) <= max(LEAST, SURE * _OF_MEDIAN * math.hypot(now.noise, then.noise)):
        return "alike"
    return "better" if ratio < 0 else "worse"
