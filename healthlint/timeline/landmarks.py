"""Judging by looks: each metric of a group on its own looks, apart before and after a waking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from healthlint.logs.model import Bools, Floats
from healthlint.timeline.describe import BEST, POINT, number, percent, point
from healthlint.timeline.evaluation import (
    Context,
    Explanation,
    Metric,
    Missing,
    Outcome,
    Shown,
    latest,
)
from healthlint.timeline.levels import FEWEST, Rise, noise, rolling_median
from healthlint.timeline.looks import Looks, WorkedOut, partner_levels
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.quantities import Percent
from healthlint.timeline.truth import FALSE, FOREVER, TRUE, UNKNOWN, Truth


@dataclass(frozen=True, slots=True, eq=False)
class LooksOutcome:
    """What one series came to at each look; arrays of shape ``(k, 64)``.

    Attributes:
        is_true: Where there is trouble.
        is_known: Where it can be told at all.
        explain: Returns why, for an octave and a look.
    """

    is_true: Bools
    is_known: Bools
    explain: Callable[[int, int], Explanation]


_NEAR = 0.1
"""How far above its own lowest level another metric may lie that is said to have gained."""
OF_RISE = POINT | BEST | {"names", "change", "looks"}
OF_RISE |= {"while.change", "while.value", "while.names"}
"""Placeholders that a rise above a landmark gives to messages."""

Judge = Callable[[Looks, Context], LooksOutcome]
_LEAST = (1, 2, 4, 8, 16)


def refuse_least(least: int) -> None:
    """Refuse a number of values of the first looks that is no power of two.

    Raises:
        ValueError: It is none, or too large.
    """
    if least not in _LEAST:
        raise ValueError(f"`least` is one of {', '.join(map(str, _LEAST))}")


def judge_by_looks(metric: str, context: Context, judge: Judge, *, least: int = 1) -> Outcome:
    """Return the outcome of judging each member of a group on its looks; true where any is.

    Args:
        metric: The metric or group.
        context: What may be looked at.
        judge: Judges the looks of one series.
        least: Values that make a look of the first octave.

    Raises:
        Missing: The log has none of the metrics.
    """
    members: list[Member] = []
    lacking: list[Missing] = []
    for series in context.group(metric):
        for cut, inner in context.apart(series, metric):
            try:
                members += [_member(inner.looks(cut, least), inner, judge)] if len(cut) else []
            except Missing as missing:  # its partner; another member may have one
                lacking.append(missing)
    if lacking and not members:
        raise lacking[0]
    return any_member(members, f"{metric} needs at least {FEWEST} looks", shows_quiet=True)


def _member(looks: Looks, context: Context, judge: Judge) -> Member:
    judged = judge(looks, context)
    states = np.where(judged.is_known, np.where(judged.is_true, TRUE, FALSE), UNKNOWN)
    octaves, columns = np.nonzero(looks.is_judged)

    def explain(index: int) -> Explanation:
        return judged.explain(int(octaves[index]), int(columns[index]))

    truth = context.truth(looks.records(), states[looks.is_judged])
    return Member(looks.series, _ended_with(truth, context.stretch.last), explain)


def _ended_with(truth: Truth, last: int) -> Truth:
    """Return a truth that is not carried beyond a record: there a loss woke up."""
    if last == FOREVER:
        return truth
    return replace(truth, validity=lambda which: np.minimum(truth.validity(which), last))


def told(
    looks: Looks, octave: int, look: int, best: int, windows: tuple[int, int] = (1, 1)
) -> tuple[dict[str, object], float, float]:
    """Return value and place now and at the landmark, as they were logged, and the change.

    And that value at the landmark, and the change, once more by themselves.

    Args:
        looks: The looks.
        octave: The octave.
        look: The look now.
        best: The look of the landmark.
        windows: Looks whose median is the level now, and at the landmark.
    """
    now = looks.middle_of(octave, max(0, look - windows[0] + 1), look)
    then = looks.middle_of(octave, max(0, best - windows[1] + 1), best)
    series = looks.series
    value, start = float(series.values[now]), float(series.values[then])
    change = (value - start) / abs(start) if start else float("nan")
    best_point = point(series, then, start)
    return {**point(series, now, value), "change": change, "best": best_point}, start, change


def explained_rise(
    looks: Looks, rise: Rise, size: float, octave: int, look: int, counted: str = ""
) -> Explanation:
    """Return why a look lies above its landmark, or does not, by the numbers as logged.

    Args:
        looks: The looks.
        rise: How far they lie above their landmarks.
        size: How far they must.
        octave: The octave.
        look: The look.
        counted: What it lacks where it does not, in words; its size where empty.
    """
    best = max(0, int(rise.best[octave, look]))
    bound = max(size, float(rise.bar[octave, look]))
    facts, start, change = told(looks, octave, look, best, (rise.window, rise.landmark))
    needs = f">= {percent(bound)} above {number(start)}"
    shown = evidence(looks, octave, (best, look), change, needs)
    share = float(rise.share[octave, look])
    lacks = _lacking(share, size, float(rise.bar[octave, look]), counted)
    return Explanation({**facts, "looks": look - best}, (shown,), share - bound, lacks)


def _lacking(share: float, size: float, bar: float, counted: str) -> str:
    """Return what a rise lacks to be one, in words."""
    if share < size:
        return counted or f"{percent(share)} against its best, not {percent(size)}"
    if share < bar:
        return (
            f"{percent(share)} above its best; its noise and earlier rises explain {percent(bar)}"
        )
    return ""


def evidence(
    looks: Looks, octave: int, span: tuple[int, int], change: float | None, needs: str
) -> Shown:
    """Return the logged values of some looks as evidence, at their own places."""
    points = [looks.shown(octave, look) for look in range(max(0, span[0]), span[1] + 1)]
    return Shown.logged(looks.series, np.unique(points), needs, change)


_BEYOND = 3.0
"""Standard deviations from which on a fall of the other series is one."""
_ABOUT = 3
"""Looks about a single one that say where another series stood then."""


@dataclass(frozen=True, slots=True, eq=False)
class Alongside(WorkedOut):
    """Another series beside the looks of one; arrays of shape ``(k, 64)``.

    Attributes:
        looks: The other series' own looks, for its values.
        levels: Its level at each of the looks.
        kept: What was worked out of them.
    """

    looks: Looks
    levels: Floats
    kept: dict[object, Any] = field(default_factory=dict, repr=False)

    def change_since(self, rise: Rise) -> Floats:
        """Return how much its level moved since the landmark of a rise at each look, as a fraction.

        Levels are medians: now over the window of the rise, then over the looks whose median is
        the landmark; about a landmark that is a single look, over it and its neighbours, for a
        wider window would take a jump after it for what was before. Of a series that has been at
        zero or below (a log-likelihood, SI-SNR) it is a fraction of what it has gained so far.
        """
        now = self.of(rolling_median, rise.window)
        if rise.landmark == 1:
            about = np.roll(self.of(rolling_median, _ABOUT), -(_ABOUT // 2), axis=1)
            then = np.take_along_axis(about, np.maximum(rise.best, _ABOUT // 2), axis=1)
        else:
            then = np.take_along_axis(now, np.maximum(rise.best, 0), axis=1)
        then = np.where(rise.best >= 0, then, np.nan)
        lowest = np.fmin.accumulate(self.levels, axis=1)
        first = np.isfinite(self.levels).argmax(axis=1)[:, None]
        gain = np.take_along_axis(self.levels, first, axis=1) - lowest
        whole = np.where(lowest > 0, then, gain)
        return np.where(whole > 0, (now - then) / whole, np.nan)

    def room(self, rise: Rise) -> Floats:
        """Return how much its noise alone may move it since the landmark of a rise."""
        then = _ABOUT if rise.landmark == 1 else rise.window
        room: Floats = _BEYOND * self.of(noise) * np.sqrt(1 / rise.window + 1 / then)
        return room

    def is_near_best(self, share: float) -> Bools:
        """Return where its level is within a share of its own lowest level.

        Of two levels over three looks: one that falls steeply lies above its latest looks.
        """
        return np.isfinite(self.of(rolling_median, 3)) & ~self.is_off_best(share, 3)

    def is_off_best(self, share: float, window: int) -> Bools:
        """Return where its level is further than a share above its own lowest level."""
        now = self.of(rolling_median, window)
        lowest = np.fmin.accumulate(now, axis=1)
        off: Bools = now > lowest + share * np.abs(lowest)
        return off

    @classmethod
    def beside(cls, looks: Looks, name: str, context: Context) -> Alongside:
        """Return a metric of the pack, or the ``partner``, beside the looks of a series.

        Raises:
            Missing: The log does not have it.
        """
        beside = context.beside(looks.series, name)
        own = context.looks(beside)
        return cls(own, partner_levels(looks, own))

    def has_begun(self, record: int) -> bool:
        """Return whether it has a value at or before a record."""
        points = self.looks.points
        return len(points) > 0 and bool(self.looks.series.records[points[0]] <= record)

    def at(self, record: int) -> int:
        """Return the index of its last value at or before a record."""
        points = self.looks.points
        return int(points[max(0, latest(self.looks.series.records[points], record))])

    def value(self, record: int) -> float:
        """Return its last value at or before a record."""
        return float(self.looks.series.values[self.at(record)])

    def moved(self, ends: Sequence[int]) -> float:
        """Return how much its logged value changed from the first to the last of some records."""
        first, last = self.value(ends[0]), self.value(ends[-1])
        return (last - first) / abs(first) if first else float("nan")

    def evidence(self, ends: Sequence[int], change: float | None, needs: str) -> Shown:
        """Return its values at some records."""
        index = np.unique([self.at(end) for end in ends])
        return Shown.logged(self.looks.series, index, needs, change)


@dataclass(frozen=True, slots=True)
class While:
    """What another metric must have done since the landmark.

    Attributes:
        metric: The metric, or ``partner``: the same quantity in the other split.
        down_by: How much it must have fallen since, and lie within a tenth of its own lowest level.
        off_best: How far it must lie above its own lowest level; so it is where it is not logged.
    """

    metric: Metric
    down_by: Percent | None = None
    off_best: Percent | None = None

    def __post_init__(self) -> None:
        """Refuse a condition that asks nothing, or two things that exclude each other."""
        if (self.down_by is None) == (self.off_best is None):
            raise ValueError("`while` needs one of down_by, off_best")

    @property
    def size(self) -> Percent:
        """Return how much it must have fallen, or lie above its lowest level."""
        size = self.off_best or self.down_by
        assert size is not None
        return size

    @staticmethod
    def words(wanted: While | None) -> str:
        """Return it in words that follow those of a rise; nothing where there is none."""
        if wanted is None:
            return ""
        if wanted.down_by is not None:
            return f", while {wanted.metric} has fallen by {wanted.down_by} since"
        return f", while {wanted.metric} lies {wanted.off_best} or more above its own lowest"


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What a ``while`` asks of another metric beside the looks of one that rises.

    Attributes:
        looks: The looks of the one that rises.
        other: The other metric; None where nothing is asked, or it is not logged and need not be.
        wanted: What it must have done.
        size: How much it must have fallen, or lie above its own lowest level, as a fraction.
    """

    looks: Looks
    other: Alongside | None = None
    wanted: While | None = None
    size: float = 0.0

    @property
    def is_off(self) -> bool:
        """Return whether the other one must lie above its lowest level."""
        return self.wanted is not None and self.wanted.off_best is not None

    @classmethod
    def of(cls, wanted: While | None, looks: Looks, context: Context) -> Beside:
        """Return what a ``while`` asks, nothing where there is none.

        Raises:
            Missing: The log does not have the other metric.
        """
        if wanted is None:
            return cls(looks)
        try:
            other = Alongside.beside(looks, wanted.metric, context)
        except Missing:
            if wanted.off_best is None:
                raise
            return cls(looks)
        return cls(looks, other, wanted, context.number(wanted.size))

    def holds(self, rise: Rise) -> Bools:
        """Return where the other metric did what it must since the landmark of a rise."""
        if self.other is None:
            return np.ones(rise.share.shape, bool)
        if self.is_off:
            has_begun = np.isfinite(self.other.levels)
            return self.other.is_off_best(self.size, rise.window) | ~has_begun
        least = np.fmax(self.size, self.other.room(rise))
        is_down = self.other.change_since(rise) <= -least
        return is_down & self.other.is_near_best(_NEAR)

    def is_known(self) -> Bools | bool:
        """Return where it can be told: what must have fallen must have begun."""
        return True if self.other is None or self.is_off else np.isfinite(self.other.levels)

    def told(self, why: Explanation, rise: Rise, octave: int, look: int) -> Explanation:
        """Return an explanation of the rise with the other metric's evidence and facts."""
        best = max(0, int(rise.best[octave, look]))
        ends = self.looks.ends[octave, best : look + 1].tolist()
        if self.other is None or self.wanted is None or not self.other.has_begun(ends[-1]):
            return why
        moved = float(self.other.change_since(rise)[octave, look])
        key = self.other.looks.series.key
        lowest = f">= {percent(self.size)} above its lowest"
        needs = lowest if self.is_off else f"<= {percent(-self.size)}"
        shown = self.other.evidence(ends, moved, needs)
        facts = {"change": moved, "value": self.other.value(ends[-1]), "names": key}
        has_held = bool(self.holds(rise)[octave, look])
        room = float(self.other.room(rise)[octave, look])
        lacks = why.lacks or ("" if has_held else self._lacking(self.wanted, moved, room))
        shown_too = (*why.shown, shown)
        return replace(why, facts={**why.facts, "while": facts}, shown=shown_too, lacks=lacks)

    def _lacking(self, wanted: While, moved: float, room: float) -> str:
        """Return what the other metric lacks that moved so far in so much noise, in words."""
        if self.is_off:
            return f"{wanted.metric} within {wanted.size} of its lowest"
        if not moved <= -self.size:
            return f"{wanted.metric} not down by {wanted.size} since ({percent(moved)})"
        if moved > -room:
            return f"{wanted.metric} moved {percent(moved)}, within its noise of {room:.1%}"
        return f"{wanted.metric} not within {_NEAR:.0%} of its lowest"
