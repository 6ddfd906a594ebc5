"""How the decisive metric of a run went, at positions that every run of a fleet shares."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from healthlint.fleet.row import Course, rounded
from healthlint.logs import Run, Series
from healthlint.logs.model import Floats
from healthlint.report import Standing
from healthlint.timeline.clock import Clock
from healthlint.timeline.levels import noise
from healthlint.timeline.looks import Looks, look_at

PER_OCTAVE = 4
"""Shared positions from one power of 2 to the next."""
POINTS = 24
"""Values of a curve."""


class Progress:
    """The decisive metric of a run, seen as its rules see it: in looks.

    Attributes:
        series: The series.
        index: Index into the series of the value that each look shows, one a look.
        noise: Standard deviation of a value, as a fraction; NaN where too few are there.
    """

    def __init__(self, series: Series, looks: Looks) -> None:
        row = len(looks.sizes) - 1
        count = int(np.count_nonzero(looks.ends[row] >= 0))
        levels = looks.levels[row : row + 1]
        self.series = series
        self.index = [looks.shown(row, look) for look in range(count)]
        self.noise = float(noise(levels)[0, count - 1]) * math.sqrt(looks.sizes[row])

    @property
    def unit(self) -> Literal["step", "epoch"]:
        """Return what positions count."""
        return "step" if np.isfinite(self.series.steps).any() else "epoch"

    @property
    def axis(self) -> Floats:
        """Return the position of each look: where the value that it shows was logged."""
        column = self.series.steps if self.unit == "step" else self.series.epochs
        return column[self.index]


def progress(run: Run, head: Standing) -> Progress | None:
    """Return the metric that shows where a run stands, None where it has no finite value."""
    series = run.series.get(head.series)
    if series is None or not np.isfinite(series.values).any():
        return None
    looks = look_at(series, Clock.of(run.series.values()))
    return Progress(series, looks) if len(looks) else None


def course(seen: Progress, standing: Standing) -> Course:
    """Return how a run went by its decisive metric."""
    at = shared_positions(seen.axis)
    rising = np.maximum.accumulate(np.where(np.isfinite(seen.axis), seen.axis, -np.inf))
    before = np.searchsorted(rising, at, side="right") - 1
    shown = seen.series.values[seen.index]
    return Course(
        metric=seen.series.key,
        unit=seen.unit,
        value=rounded(standing.value),
        best=rounded(standing.best),
        best_step=rounded(standing.best_place.step),
        best_epoch=rounded(standing.best_place.epoch),
        noise=rounded(seen.noise),
        at=at,
        levels=[rounded(float(shown[i])) for i in before],
        curve=_curve(shown),
    )


def shared_positions(axis: Floats) -> list[float]:
    """Return the shared positions between the first and the last of a run.

    >>> shared_positions(np.array([60.0, 250.0]))
    [64.0, 76.0, 91.0, 108.0, 128.0, 152.0, 181.0, 215.0]
    """
    known = axis[np.isfinite(axis) & (axis > 0)]
    if not len(known):
        return []
    first = math.ceil(PER_OCTAVE * math.log2(max(1.0, known[0])) - 1)
    last = math.floor(PER_OCTAVE * math.log2(max(1.0, known[-1])) + 1)
    every = dict.fromkeys(float(round(2 ** (k / PER_OCTAVE))) for k in range(first, last + 1))
    return [one for one in every if known[0] <= one <= known[-1]]


def _curve(values: Floats) -> list[float | None]:
    """Return at most ``POINTS`` values: of each stretch of equal length the last."""
    count = min(POINTS, len(values))
    picked = np.linspace(0, len(values) - 1, count).round().astype(int)
    return [rounded(float(values[i])) for i in picked]
