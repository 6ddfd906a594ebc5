"""Levels since a landmark: how far a series lies above its best, and what its noise explains.

An expert does not fit lines through windows; he says "since its best at epoch 8, validation mel is
10 % worse while training is 44 % better". All arrays here have the shape of ``Looks.levels``: a row
is an octave, a column a look, and what stands at a look depends on that look and those before it.

Constants are measured on real runs: ``docs/decisions.md``, "Levels since a landmark". But for
``noise``, all is worked out where NumPy's warnings are off: ``Context.evaluate``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Bools, Floats, Integers
from healthlint.timeline.robust import row_median

WINDOWS = (3, 5, 8, 13, 21)
"""Looks whose median is a level; any of them may speak."""
BEYOND = 8.0
"""Standard deviations of a look, over the root of the window, that noise explains."""
BEYOND_OF_LOOKS = 7.0
"""The same where each of the last looks must lie that far above, not their median alone."""
WANDER = 1.5
"""Times the largest earlier rise that came back which a rise must reach."""
SETTLED = 5
"""Looks before at which loud noise counts as well: a median of few differences dips by luck."""
LOUD = 0.02
"""Noise from which that luck is more than the least rise that matters."""
FLOOR = 0.003
"""Least noise that is believed, as a fraction."""
QUIET = 0.05
"""Noise below which the lowest single look is a landmark too; among more it is a lucky dip."""
DIP = 4.0
"""Further standard deviations that a rise above a single look must exceed."""
RECOVERED = 0.25
"""Share of a rise above the first two looks that has come back where they are no landmark."""
GAINED = 0.1
"""Share of what was gained so far that a rise is measured by where the best is less."""
MOST_OF_BEST = 2.0
"""Times the best that this share is at most: who has fallen to a hundredth may still double."""
LONE = 1.2
"""Times a best that the looks on both its sides must be where it is a dip alone."""
LEVEL = (0.9, 1.02)
"""Between what looks are level with others, one divided by the other."""
FEWEST = 9
"""Looks from which on the noise is known: six third differences."""
_ORDER, _PAST, _FEWEST_DIFFERENCES = 3, 24, 6
# a third difference of white noise has 20 times its variance; its median is .6745 deviations
_NORM, _STEP = 0.6745 * np.sqrt(20.0), 0.6745 * np.sqrt(2.0)
_BACK = 0.01
_ABOUT, _AFTER = 5, 2
_LAG, _LINGERING = 3, 24
_Number = TypeVar("_Number", np.float64, np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rise:
    """How far each look lies above the best before it; arrays of shape ``(k, looks)``.

    Attributes:
        share: The rise as a share of the best (of a tenth of the gain so far, where that is more);
            NaN where it cannot be told.
        bar: What noise and earlier rises that came back explain, as the same share.
        best: Column of the look that the rise is measured from, -1 where there is none.
        window: Looks whose median is the level.
        landmark: Looks whose median is the best; 1 where it is a single look.
    """

    share: Floats
    bar: Floats
    best: Integers
    window: int
    landmark: int = 1

    def reaches(self, size: float) -> Bools:
        """Return where the rise is of a size and more than noise explains."""
        reached: Bools = self.share >= np.maximum(size, self.bar)
        return reached


def is_best(levels: Floats) -> Bools:
    """Return where a look is the lowest so far, the first one left out: it lies above nothing.

    Whatever the noise, no rise can be meant there.
    """
    best: Bools = levels <= np.fmin.accumulate(levels, axis=1)
    best[:, :1] = False
    return best


def noise(levels: Floats) -> Floats:
    """Return at each look the noise of the looks up to it, as a fraction of their level.

    The median of the last 24 third differences of the logarithm, which a smooth course and a few
    steps do not widen; not below that of the whole history before them. NaN from fewer than six.
    Of a series that has been at zero or below, it is a fraction of what it has gained so far.

    Args:
        levels: Levels, shape ``(k, looks)``.

    >>> float(noise(np.exp(0.01 * np.tile([1.0, -1.0, 1.0, 0.0], 8))[None, :])[0, -1].round(3))
    0.02
    """
    is_positive = ~np.logical_or.accumulate(levels <= 0, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_logs = _noise(np.log(np.where(is_positive, levels, np.nan)))
        if not is_positive.all():
            gain = levels[:, :1] - np.fmin.accumulate(levels, axis=1)
            linear = _noise(levels) / np.where(gain > 0, gain, np.nan)
            of_logs = np.where(is_positive, of_logs, linear)
        return np.maximum(of_logs, FLOOR)


def lingering(levels: Floats) -> Floats:
    """Return at each look the noise between every third look: what stays high or low for a while.

    Third differences of neighbours hardly see it. NaN until there are 25 looks: the first of a
    course are too steep.

    >>> stays = np.exp(0.01 * np.repeat([1.0, -1.0, 1.0, 0.0], 3))
    >>> lingering(np.tile(stays, 4)[None, :])[0, [23, 24, -1]].round(3).tolist()
    [nan, 0.023, 0.023]
    """
    if levels.shape[1] <= _LINGERING:
        return np.full(levels.shape, np.nan)
    is_positive = ~np.logical_or.accumulate(levels <= 0, axis=1)
    apart = np.log(np.where(is_positive, levels, np.nan))
    for _ in range(_ORDER):
        apart = apart[:, _LAG:] - apart[:, :-_LAG]
    known = _after_unknown(_expanding(np.abs(apart) / _NORM), _ORDER * _LAG)
    known[:, :_LINGERING] = np.nan
    return np.where(is_positive, known, np.nan)


def scatter(levels: Floats) -> Floats:
    """Return at each look how far a look lies from the next, as a standard deviation of their logs.

    Known from the second look on, where ``noise`` is not; a steady course widens it.

    >>> scatter(np.array([[1.0, 1.1, 1.0, 1.1]])).round(3).tolist()
    [[nan, 0.1, 0.1, 0.1]]
    """
    steps = np.abs(np.diff(np.log(levels), axis=1))
    n = steps.shape[1]
    upto = np.where(np.tri(n, dtype=bool), steps[:, None, :], np.nan)
    medians = row_median(upto.reshape(-1, n)).reshape(steps.shape)
    return _after_unknown(medians / _STEP, 1)


def _noise(heights: Floats) -> Floats:
    if heights.shape[1] <= _ORDER:  # no difference of that order yet
        return np.full(heights.shape, np.nan)
    differences = np.abs(np.diff(heights, _ORDER, axis=1)) / _NORM
    now = _enough_median(_windows(_after_unknown(differences, _PAST - 1), _PAST))
    known = np.fmax(now, _before(_expanding(differences), _PAST))
    return _after_unknown(known, _ORDER)


def _after_unknown(values: Floats, columns: int) -> Floats:
    """Return values with so many columns of NaN before them."""
    return np.concatenate([np.full((len(values), columns), np.nan), values], axis=1)


def rolling_median(levels: Floats, window: int) -> Floats:
    """Return at each look the median of the last ``window`` levels, NaN until there are so many."""
    result = np.full(levels.shape, np.nan)
    if levels.shape[1] >= window:
        rows = np.sort(_windows(levels, window), axis=2)  # NaN last
        middle = (rows[:, :, (window - 1) // 2] + rows[:, :, window // 2]) / 2
        result[:, window - 1 :] = np.where(np.isnan(rows[:, :, -1]), np.nan, middle)
    return result


def _windows(values: Floats, window: int) -> Floats:
    """Return the last ``window`` values at each column from the first that has so many.

    Shape ``(k, columns - window + 1, window)``.
    """
    first = np.arange(values.shape[1] - window + 1)
    windows: Floats = values[:, first[:, None] + np.arange(window)]
    return windows


def share_above(now: Floats, best: Floats, start: Floats, lowest: Floats) -> Floats:
    """Return how far levels lie above a best, as a share of it.

    Of a tenth of the gain so far where that is more, though not of more than twice the best; and of
    the whole gain, as noise is, of a series that has been at zero or below.

    Args:
        now: Levels, shape ``(k, looks)``.
        best: The best before each, same shape.
        start: First level of each row, shape ``(k,)``.
        lowest: Lowest level so far, shape ``(k, looks)``.
    """
    gain = start[:, None] - best
    of_gain = np.minimum(GAINED * gain, MOST_OF_BEST * best)
    whole = np.where(lowest > 0, np.fmax(best, of_gain), start[:, None] - lowest)
    return np.where(whole > 0, (now - best) / whole, np.nan)


def without_dips(levels: Floats, sigma: Floats) -> Floats:
    """Return levels of which each may be a landmark: the median of five looks in place of a dip.

    A dip lies further below the two looks before it and the two after it than noise explains: an
    outlier, of which two may stand in a row. Among much noise the lowest look is luck anyhow: no
    look stands below the median about it, the first two not below that of the first five. The last
    two are as they are, until others follow, as are the first two among little noise. Before the
    noise is known it is taken to be what it is first known to be: nothing is judged before.

    Args:
        levels: Levels, shape ``(k, looks)``.
        sigma: Noise at each look, same shape.

    >>> dipped = np.array([[1.0, 0.98, 0.3, 0.97, 0.96, 0.95]])
    >>> without_dips(dipped, np.full((1, 6), 0.01)).tolist()
    [[1.0, 0.98, 0.97, 0.97, 0.96, 0.95]]
    """
    if levels.shape[1] < _ABOUT:
        return levels
    about = np.full(levels.shape, np.nan)
    about[:, _AFTER:-_AFTER] = rolling_median(levels, _ABOUT)[:, _ABOUT - 1 :]
    sigma = _from_the_first(sigma)
    first = about[:, _AFTER : _AFTER + 1]
    about[:, :_AFTER] = np.where(sigma[:, :_AFTER] >= QUIET, first, np.nan)
    room = DIP * sigma * np.abs(about)
    # what goes on as it fell before is no dip, whatever comes after it
    is_dip = (levels < about - room) & (levels < _going_on(levels) - room)
    is_dip |= (sigma >= QUIET) & (levels < about)
    return np.where(is_dip & np.isfinite(about), about, levels)


def origin_of(columns: Integers, steady: Floats, levels: Floats) -> Integers:
    """Return the columns of the looks that have the levels that stand at some columns.

    A median of five looks is the level of one of them: the one that may be shown for it.

    Args:
        columns: Columns, -1 for none.
        steady: Levels without dips, of ``without_dips``.
        levels: The levels that they were made of.

    >>> dipped = np.array([[1.0, 0.98, 0.3, 0.97, 0.96, 0.95]])
    >>> steady = without_dips(dipped, np.full((1, 6), 0.01))
    >>> origin_of(np.array([[-1, 0, 1, 2, 3]]), steady, dipped).tolist()
    [[-1, 0, 1, 3, 3]]
    """
    is_made = np.isfinite(steady) & (steady != levels)
    if not is_made.any():
        return columns
    origin = np.tile(np.arange(levels.shape[1]), (len(levels), 1))
    for away in (4, 3, -2, -1, 1, 2):
        is_from = is_made & (np.roll(levels, -away, axis=1) == steady)
        if away > _AFTER:  # only the first two have the level of one so far on
            is_from[:, _AFTER:] = False
        origin = np.where(is_from, np.arange(levels.shape[1]) + away, origin)
    return np.where(
        columns < 0, columns, np.take_along_axis(origin, np.maximum(columns, 0), axis=1)
    )


def is_lone_dip(levels: Floats, best: Integers) -> Bools:
    """Return where a best was a dip alone: before and after it stands what stands now.

    The looks after it lie a fifth above it, level with those before it, and have not climbed since.
    Whatever the noise, nothing has become worse there. A valley of three looks and more is none.

    Args:
        levels: Levels, shape ``(k, looks)``.
        best: Column of the best at each look, -1 where there is none, same shape.

    >>> dip = np.array([[1.0, 0.99, 0.98, 0.97, 0.5, 0.96, 0.95, 0.95, 0.94]])
    >>> is_lone_dip(dip, np.full(dip.shape, 4))[0, -2:].tolist()
    [True, True]
    """
    columns = np.arange(levels.shape[1])
    before = _median_about(levels, best, columns, np.arange(-_ABOUT, 0))
    after = _median_about(levels, best, columns, np.arange(1, _ABOUT + 1))
    level = np.take_along_axis(levels, np.maximum(best, 0), axis=1)
    is_as_before = (after >= LEVEL[0] * before) & (after <= LEVEL[1] * before)
    beside = np.fmax(*(_look_about(levels, best, columns, side) for side in (-1, 1)))
    is_dip = (level > 0) & (after >= LONE * level) & is_as_before
    is_dip &= beside >= (level + after) / 2
    lone: Bools = is_dip & (rolling_median(levels, 3) <= LEVEL[1] * after)
    return lone & (best >= 0)


def _look_about(levels: Floats, best: Integers, columns: Integers, offset: int) -> Floats:
    """Return the look at an offset from a best, NaN where none is."""
    at = best + offset
    found = np.take_along_axis(levels, np.clip(at, 0, levels.shape[1] - 1), axis=1)
    return np.where((at >= 0) & (at <= columns), found, np.nan)


def _median_about(levels: Floats, best: Integers, columns: Integers, offsets: Integers) -> Floats:
    """Return the median of the looks at some offsets from a best, NaN from fewer than three."""
    at = best[:, :, None] + offsets
    is_there = (at >= 0) & (at <= columns[None, :, None])
    rows = np.arange(len(levels))[:, None, None]
    found = np.where(is_there, levels[rows, np.clip(at, 0, len(columns) - 1)], np.nan)
    medians = row_median(found.reshape(-1, len(offsets))).reshape(best.shape)
    return np.where(np.isfinite(found).sum(axis=2) >= 3, medians, np.nan)


def has_come_down(levels: Floats, sigma: Floats) -> Bools:
    """Return where a series has come down since its third to fifth look.

    Beyond noise, and by a quarter of what they lie above the two looks before them: nothing climbs
    away from those two there, and what makes them low is an outlier.

    Args:
        levels: Levels, shape ``(k, looks)``.
        sigma: Noise at each look, same shape.

    >>> dip = np.array([[0.3, 1.0, 0.99, 0.98, 0.97, 0.9, 0.85, 0.8, 0.75, 0.7]])
    >>> has_come_down(dip, np.full(dip.shape, 0.01))[0, -3:].tolist()
    [False, True, True]
    """
    if levels.shape[1] < _ABOUT:
        return np.zeros(levels.shape, bool)
    level = rolling_median(levels, 3)
    after, early = level[:, 4:5], np.fmin(levels[:, :1], levels[:, 1:2])
    least = np.maximum(RECOVERED * (after - early), DIP * sigma * np.abs(after))
    come_down: Bools = (after > early) & (after - level >= least)
    return come_down


def _from_the_first(sigma: Floats) -> Floats:
    """Return noise of which the first that is known stands for those before it."""
    known = np.isfinite(sigma)
    first = np.take_along_axis(sigma, known.argmax(axis=1)[:, None], axis=1)
    return np.where(np.logical_or.accumulate(known, axis=1), sigma, first)


def _going_on(levels: Floats) -> Floats:
    """Return at each look where the course before it leads: the higher of two lines.

    One through the third and the second look before it, one through the last two: an outlier among
    them bends one of the lines down.
    """
    course = np.full(levels.shape, np.inf)
    course[:, 2:] = 2 * levels[:, 1:-1] - levels[:, :-2]
    course[:, 3:] = np.fmax(course[:, 3:], 3 * levels[:, 1:-2] - 2 * levels[:, :-3])
    return course


def rises(levels: Floats) -> list[Rise]:
    """Return how far each look lies above the best before it: a rise for each window and landmark.

    A level is the median of the last 3, 5, 8, 13 or 21 looks, from look 6 and twice the window on;
    the best is the lowest such level before the window, among little noise the lowest look too.
    """
    sigma = noise(levels)
    start, lowest = levels[:, 0], np.fmin.accumulate(levels, axis=1)
    steady = without_dips(levels, sigma)
    come_down = has_come_down(levels, sigma)
    lingers = lingering(levels)
    rises = []
    for window in WINDOWS:
        if 2 * window > np.isfinite(levels).sum(axis=1).max(initial=0):
            break
        level = rolling_median(levels, window)
        level_best, level_at = _best_before(level, window)
        look_best, look_at = _best_look_before(steady, come_down, window)
        look_at = origin_of(look_at, steady, levels)
        spread = BEYOND * _noise_of(window, sigma, lingers)
        behind = share_above(level, np.fmin.accumulate(level, axis=1), start, lowest)
        wander = WANDER * _wander(behind)
        is_early = np.arange(levels.shape[1]) + 1 < max(6, 2 * window)
        for best, at, landmark, bar in (
            (level_best, level_at, window, spread),
            (look_best, look_at, 1, np.where(sigma < QUIET, spread + DIP * sigma, np.nan)),
        ):
            share = share_above(level, best, start, lowest)
            least = np.fmax(np.expm1(np.minimum(bar, 50.0)), wander)
            share = np.where(is_early | np.isnan(bar), np.nan, share)
            # until the noise is known no look is a landmark: which are dips is not known either
            at = np.where(np.isnan(bar), -1, at) if landmark == 1 else at
            rises.append(Rise(share=share, bar=least, best=at, window=window, landmark=landmark))
    return rises


def rise_of_looks(levels: Floats, looks: int) -> Rise:
    """Return how far the last looks, each of them, lie above the lowest look so far."""
    sigma = noise(levels)
    start, lowest = levels[:, 0], np.fmin.accumulate(levels, axis=1)
    least_of = _rolling_least(levels, looks)
    steady, back = without_dips(levels, sigma), max(looks, _AFTER + 1)
    best, at = _best_look_before(steady, has_come_down(levels, sigma), back)
    at = origin_of(at, steady, levels)
    share = share_above(least_of, best, start, lowest)
    spread = BEYOND_OF_LOOKS * _noise_of(looks, sigma, lingering(levels))
    bar = np.expm1(np.minimum(spread, 50.0))
    earlier = _wander(np.where(np.isfinite(share), np.fmax(share, 0.0), share))
    is_unknown = np.isnan(bar)  # as is which look is a dip, and so the best
    least = np.where(is_unknown, np.nan, np.fmax(bar, WANDER * earlier))
    share = np.where(is_unknown, np.nan, share)
    return Rise(share=share, bar=least, best=np.where(is_unknown, -1, at), window=looks, landmark=1)


def _noise_of(window: int, sigma: Floats, lingers: Floats) -> Floats:
    """Return the noise of a level over a window of looks, which is not low by luck.

    Where it is loud, what it was some looks ago and what lingers count as well; looks that stay
    high together tell less than as many that scatter.

    Args:
        window: Looks.
        sigma: Noise of one look, shape ``(k, looks)``.
        lingers: What lingers of it, same shape.
    """
    together = np.minimum(np.maximum(lingers / sigma, 1.0), np.sqrt(window))
    wider = np.fmax(np.fmax(sigma, _before(sigma, SETTLED)), lingers * together)
    noise_of: Floats = np.where(sigma >= LOUD, wider, sigma) / np.sqrt(window)
    return noise_of


def _rolling_least(levels: Floats, window: int) -> Floats:
    if levels.shape[1] < window:
        return np.full(levels.shape, np.nan)
    return _after_unknown(_windows(levels, window).min(axis=2), window - 1)


def _best_before(levels: Floats, window: int) -> tuple[Floats, Integers]:
    """Return the lowest level before the last ``window`` looks, and its column (-1: none)."""
    lowest = np.fmin.accumulate(levels, axis=1)
    is_new = np.isfinite(levels) & (levels <= lowest)
    columns = np.where(is_new, np.arange(levels.shape[1]), -1)
    return _before(lowest, window), _before(np.maximum.accumulate(columns, axis=1), window, -1)


def _best_look_before(steady: Floats, come_down: Bools, window: int) -> tuple[Floats, Integers]:
    """Return the lowest look before the last ones, and its column; neither of two that were low."""
    best, at = _best_before(steady, window)
    later = np.where(np.arange(steady.shape[1]) < 2, np.nan, steady)
    later_best, later_at = _best_before(later, window)
    return np.where(come_down, later_best, best), np.where(come_down, later_at, at)


def _before(values: NDArray[_Number], window: int, none: float = np.nan) -> NDArray[_Number]:
    shifted = np.full_like(values, none)
    shifted[:, window:] = values[:, : max(0, values.shape[1] - window)]
    return shifted


def _wander(share: Floats) -> Floats:
    """Return the largest rise before each look that came back to within a hundredth of its best."""
    known = np.where(np.isfinite(share), share, 0.0)
    highest = np.maximum.accumulate(known, axis=1)
    columns = np.where(known <= _BACK, np.arange(share.shape[1]), 0)
    back = np.maximum.accumulate(columns, axis=1)
    return np.take_along_axis(highest, back, axis=1)


def _enough_median(rows: Floats) -> Floats:
    """Return the median over the last axis, NaN where fewer than six values are finite."""
    flat = rows.reshape(-1, rows.shape[-1])
    counts = np.isfinite(flat).sum(axis=1)
    return np.where(counts >= _FEWEST_DIFFERENCES, row_median(flat), np.nan).reshape(
        rows.shape[:-1]
    )


def _expanding(values: Floats) -> Floats:
    """Return the median of all values up to each."""
    n = values.shape[1]
    rows = np.where(np.tri(n, dtype=bool), values[:, None, :], np.nan)
    return _enough_median(rows)
