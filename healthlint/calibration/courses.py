"""What good runs say of levels: where a metric begins, where it ends, and how far it is when."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np

from healthlint.engine.binding import Scene
from healthlint.logs import Run
from healthlint.rulebook.model import Pack, Rule
from healthlint.timeline.bins import natural
from healthlint.timeline.evaluation import Missing
from healthlint.timeline.quantities import Unit
from healthlint.timeline.reference import Curve
from healthlint.timeline.robust import median

LEAST_FALL = 1.5
"""A metric that falls by less than this factor has no level that tells learned from not."""
_LAST = 3
_SHARES = ((0.25, "a quarter of the way"), (0.5, "half of the way"), (1.0, "all of the way"))


class Course(Curve):
    """One metric over one run, an epoch (or a share of the run) a value."""

    @classmethod
    def of(cls, run: Run, pack: Pack, rule: Rule, metric: str) -> Course | None:
        """Return the course of a metric as a rule sees it, None where the run does not log it."""
        scene = Scene.of(run.current, run.facts)
        context, _ = scene.context(pack, [rule.when])
        try:
            series = context.series(metric)
        except Missing:
            return None
        length = natural(series)
        bins = context.bins(series, length)
        is_known = np.isfinite(bins.values) & (bins.values != 0)
        if not is_known.any():
            return None
        unit: Unit = "epochs" if length.unit == "epochs" else "steps"
        last = bins.last[is_known]
        axis = bins.axis[is_known] if unit == "epochs" else series.steps[last]
        return cls(unit, axis, bins.values[is_known])

    @property
    def start(self) -> float:
        """Return its first value."""
        return float(self.values[0])

    @property
    def end(self) -> float:
        """Return the level it ends at: the median of its last values."""
        return median(self.values[-_LAST:])

    def best_by(self, position: float) -> float:
        """Return its lowest value up to a position, infinite before the first."""
        before = self.values[self.axis <= position]
        return float(before.min()) if len(before) else float("inf")


def learned_level(courses: Sequence[Course]) -> float | None:
    """Return the level between where runs begin and where they end, None where there is none.

    It is the geometric mean of the lowest start and the highest end: on the training guide's own
    trainer that is about 0.3 for duration and 1.0 for mel.
    """
    start, end = min(course.start for course in courses), max(course.end for course in courses)
    if end <= 0 or start / end < LEAST_FALL:
        return None
    return sqrt(start * end)


def spread(courses: Sequence[Course]) -> str:
    """Return in words between which values runs begin and end."""

    def between(values: list[float]) -> str:
        low, high = (f"{value:.3g}" for value in (min(values), max(values)))
        return low if low == high else f"{low} to {high}"

    starts, ends = [course.start for course in courses], [course.end for course in courses]
    return f"begins at {between(starts)} and ends at {between(ends)}"


def milestones(courses: Sequence[Course]) -> dict[int, tuple[str, float]]:
    """Return how far all runs had come at a quarter, a half and all of the shortest one.

    That is by position what to call it, and the value that the slowest run had reached by then.
    """
    length = min(float(course.axis[-1]) for course in courses)
    reached: dict[int, tuple[str, float]] = {}
    for share, name in _SHARES:
        due = max(1, ceil(share * length))
        worst = max(course.best_by(due) for course in courses)
        if np.isfinite(worst) and worst > 0:
            reached[due] = name, worst
    return reached
