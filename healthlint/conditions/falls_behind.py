"""One metric does not fall while another one does that it ought to follow.

Why it matters:
    Heads of one model learn together. A spectral convergence that stands still while mel falls is
    over-smoothing; an energy that keeps its level while duration and mel are learned has targets
    that cannot be learned.

What to do:
    Read the help of the rule; the evidence shows both metrics since the landmark.

When it is wrong to fire:
    On a head that is at its floor from the start: ask for a fall of the other one large enough that
    this one would have shown it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers
from healthlint.timeline.describe import BEST, POINT, percent
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.landmarks import (
    Alongside,
    LooksOutcome,
    evidence,
    judge_by_looks,
    refuse_least,
    told,
)
from healthlint.timeline.levels import BEYOND, WINDOWS, is_best, noise, rolling_median, scatter
from healthlint.timeline.looks import Looks
from healthlint.timeline.quantities import Number, Percent

_OFFERS = POINT | BEST | {"names", "change", "keeps", "while.change", "while.value", "while.names"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of ``falls_behind``.

    Attributes:
        metric: The metric that does not fall.
        of: The metric that it ought to follow.
        down_by: How much that one must have fallen since the landmark.
        pace: The share of that fall, as an exponent, that would have been enough: what the other
            one keeps to this power is the most that it may keep.
        since: ``start``: from the first looks, at three looks running from the fifth on;
            ``any``: from any look, where a third of the other one's fall would have shown.
        least: Values that make a look at the beginning.
    """

    metric: Metric
    of: Metric
    down_by: Percent
    pace: Number
    since: Literal["start", "any"] = "any"
    least: int = 1

    def __post_init__(self) -> None:
        """Refuse looks of so many values that no octave has."""
        refuse_least(self.least)


_Judged = tuple[Bools, Bools, Integers]
"""Where it is behind, where that can be told, and the look of the landmark."""
_SHOWN = 1 / 3
"""Share of the other one's pace, as an exponent, that would have shown beyond noise."""
_RUNNING, _FIRST = 3, 5
_SHOWS = 2.0
"""Times the scatter from look to look that the fall which is asked for must be, to show."""
_NEAR = 0.1


def words(params: Params) -> str:
    """Return the condition in words."""
    since = "its start" if params.since == "start" else "any earlier look"
    kept = f"keeps more than what {params.of} keeps to the power {params.pace}"
    return f"{params.of} has fallen by {params.down_by} since {since}, and {params.metric} {kept}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where the other one fell that far and this one kept more than it may."""

    def judge(looks: Looks, inner: Context) -> LooksOutcome:
        other, down_by = Alongside.beside(looks, params.of, inner), inner.number(params.down_by)
        since = _since_start if params.since == "start" else _since_any
        is_true, is_known, landmark = since(looks, other, down_by, inner.number(params.pace))

        def explain(octave: int, look: int) -> Explanation:
            start = max(0, int(landmark[octave, look]))
            return _told(looks, other, down_by, octave, (start, look), bool(is_true[octave, look]))

        return LooksOutcome(is_true, is_known, explain)

    return judge_by_looks(params.metric, context, judge, least=params.least)


def _since_start(looks: Looks, other: Alongside, down_by: float, pace: float) -> _Judged:
    kept = looks.levels / looks.levels[:, :1]
    # what has been lower for three looks has fallen, and is back by its noise or a rise
    level = looks.of(rolling_median, _RUNNING) / looks.levels[:, :1]
    kept = np.fmin(kept, np.fmin.accumulate(level, axis=1))
    others = other.levels / other.levels[:, :1]
    most = others**pace
    is_behind = (others <= 1 - down_by) & (kept >= most)
    is_positive = (looks.levels > 0) & (other.levels > 0)
    # among so much scatter the fall that is asked for would not have shown either
    shows = -np.log(most) >= _SHOWS * looks.of(scatter)
    is_late = np.arange(kept.shape[1]) + 1 >= _FIRST
    is_known: Bools = np.isfinite(kept) & np.isfinite(others) & is_positive & is_late
    is_known &= shows | ~is_behind
    is_behind &= shows
    is_true = _running(is_behind & is_late, _RUNNING)
    return is_true, is_known & is_late, np.zeros(kept.shape, np.int64)


def _running(is_true: Bools, looks: int) -> Bools:
    """Return where it was so at this look and those before it, ``looks`` of them."""
    every: Bools = is_true.copy()
    for back in range(1, looks):
        every[:, back:] &= is_true[:, :-back]
    every[:, : looks - 1] = False
    return every


def _since_any(looks: Looks, other: Alongside, down_by: float, pace: float) -> _Judged:
    shape = looks.levels.shape
    is_true, is_known = np.zeros(shape, bool), np.zeros(shape, bool)
    landmark = np.full(shape, -1, np.int64)
    sigma = looks.of(_smaller_noise)
    for window in WINDOWS:
        if 2 * window > np.count_nonzero(np.isfinite(looks.levels[0])):
            break
        own = np.log(looks.of(rolling_median, window))
        others = np.log(other.of(rolling_median, window))
        # over pairs of looks: now, and one at least a window before it
        kept, fall = _pairs(own), _pairs(others)
        is_pair = np.tri(shape[1], k=-window, dtype=bool)
        shows = _SHOWN * -fall >= BEYOND * sigma[:, :, None] / np.sqrt(window)
        behind = is_pair & shows & (fall <= np.log1p(-down_by)) & (kept >= pace * fall)
        is_early = np.arange(shape[1]) + 1 < max(6, 2 * window)
        behind &= other.is_near_best(_NEAR)[:, :, None]
        behind[:, is_early] = False
        spoke = behind.any(axis=2)
        # of the landmarks the one since which the other fell most
        best = np.where(behind, fall, np.inf).argmin(axis=2)
        landmark = np.where(spoke & ~is_true, best, landmark)
        is_true |= spoke
        is_known |= ~is_early & np.isfinite(own) & np.isfinite(others) & np.isfinite(sigma)
    is_known |= looks.of(is_best) & np.isfinite(other.levels)
    return is_true, is_known, landmark


def _pairs(heights: Floats) -> Floats:
    """Return what was gained at each look since each other one, shape ``(k, looks, looks)``."""
    difference: Floats = heights[:, :, None] - heights[:, None, :]
    return difference


def _smaller_noise(levels: Floats) -> Floats:
    """Return the lower of the noise now and five looks before: a step is no noise."""
    now = noise(levels)
    before = np.pad(now, ((0, 0), (5, 0)), constant_values=np.nan)[:, : now.shape[1]]
    return np.fmin(now, before)


def _told(
    looks: Looks,
    other: Alongside,
    down_by: float,
    octave: int,
    span: tuple[int, int],
    is_behind: bool,
) -> Explanation:
    """Return what both metrics did from a landmark to a look."""
    start, look = span
    facts, _, change = told(looks, octave, look, start)
    ends = looks.ends[octave, start : look + 1].tolist()
    key, moved = other.looks.series.key, other.moved(ends)
    shown = (
        evidence(looks, octave, span, change, "a fall with it"),
        other.evidence(ends, moved, f"<= {percent(-down_by)}"),
    )
    said = {"change": moved, "value": other.value(ends[-1]), "names": key}
    lacks = f"it moved {percent(change)} while {key} moved {percent(moved)}"
    if moved > -down_by:
        lacks = f"{key} moved {percent(moved)}, not {percent(-down_by)}"
    facts |= {"keeps": 1 + change, "while": said}
    return Explanation(facts, shown, None, "" if is_behind else lacks)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{falls_behind: {metric: other, of: loss, down_by: 10%, pace: 0.05}}",
        "{falls_behind: {metric: losses, of: loss, down_by: 5%, pace: 0.2, since: start}}",
        "{falls_behind: {metric: other, of: loss, down_by: 5%, pace: 0.1, least: 2}}",
    ),
    offers=_OFFERS,
    as_logged=True,
    quieter={"down_by": 1, "pace": -1},
)
