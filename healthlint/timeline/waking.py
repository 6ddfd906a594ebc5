"""Losses that rest at exactly 0 and wake up, and what that does to them and to sums.

A loss may be exactly 0 until its stage begins (a discriminator that starts late). Its zeros are no
values, and when it wakes up, every sum that contains it jumps for a reason that is no fault; so may
the reconstruction loss when an adversarial one begins. So a series is judged in stretches: what was
logged before a loss woke up is not compared with what was logged after it, and there is a grace
period between them in which nothing is judged.

Only the past counts: the length of a grace period is settled at the moment of waking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from healthlint.logs.model import Floats, Series
from healthlint.timeline.clock import Clock
from healthlint.timeline.progress import progress
from healthlint.timeline.truth import FOREVER

GRACE_SHARE = 0.05
"""Share of the run so far that a grace period lasts."""
GRACE_INTERVALS = 5
"""Logging intervals of the loss that woke up that a grace period lasts at least."""
SUMS = frozenset({"total_loss"})
"""Metrics that are sums of losses."""
ADVERSARIAL = frozenset({"gen_loss", "disc_loss", "feature_matching_loss"})
"""Losses that pull the model away from the plain reconstruction when they begin."""
RECONSTRUCTIONS = frozenset({"mel_loss", "spectral_convergence"})
"""Metrics that may jump when an adversarial loss begins, because it trades them for realism."""


@dataclass(frozen=True, slots=True, eq=False)
class Waking:
    """How a loss began.

    Attributes:
        loss: The loss.
        onset: Ordinal of the first record at which it is not 0, ``FOREVER`` while it rests.
        moment: Ordinal of the first record of that moment: of the same step.
        until: Ordinal of the last record of the grace period, ``FOREVER`` while it lasts.
    """

    loss: Series
    onset: int
    moment: int
    until: int

    @property
    def first(self) -> int:
        """Return the ordinal of its first record."""
        return int(self.loss.records[0])

    @property
    def has_rested(self) -> bool:
        """Return whether it was exactly 0 at first."""
        return self.onset > self.first


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records ``first`` to ``last``, both included, that may be compared with each other."""

    first: int
    last: int

    def cut(self, series: Series) -> Series:
        """Return the points of a series within the stretch."""
        start = int(series.records.searchsorted(self.first, side="left"))
        stop = int(series.records.searchsorted(self.last, side="right"))
        return series.take(slice(start, stop))


WHOLE = (Stretch(0, FOREVER),)
"""The stretches of a series that nothing wakes up in."""


def wakings(series: Mapping[str, Series], clock: Clock) -> list[Waking]:
    """Return how each loss of a timeline began."""
    where = progress(clock)
    losses = [one for one in series.values() if is_loss(one) and len(one)]
    began = [(loss, *_onset(loss, clock, where)) for loss in losses]
    return [Waking(loss, onset, _moment(onset, clock), until) for loss, onset, until in began]


def is_loss(series: Series) -> bool:
    """Return whether a metric is a loss, so that exact zeros at its beginning mean that it rests.

    Others may well be 0: a learning rate before its warm-up, a score that nothing reaches yet.
    """
    return "loss" in series.metric.lower()


def without_zeros(series: Series) -> Series:
    """Return a loss with NaN for its exact zeros, which are no values; any other metric as it is.

    A loss at exactly 0 rests, or its trainer had nothing left to average. Either way it is neither
    below a bound nor the best value of a run.
    """
    is_zero = series.values == 0
    if not is_loss(series) or not is_zero.any():
        return series
    return replace(series, values=np.where(is_zero, np.nan, series.values))


def stretches(sources: Sequence[Series], known: list[Waking]) -> tuple[Stretch, ...]:
    """Return the stretches of a metric that may be compared with each other, in order.

    Args:
        sources: The metric itself, or those that it is made of.
        known: How each loss of the timeline began.

    The metric itself counts once it woke up and its grace period is over; a sum starts anew
    whenever one of its parts woke up, or a part of its own split was logged for the first time; a
    reconstruction loss whenever an adversarial one did.
    """
    logged = [source for source in sources if len(source)]
    found_gaps = (_gap(series, waking) for series in logged for waking in known)
    gaps = sorted(gap for gap in found_gaps if gap is not None)
    if not gaps:
        return WHOLE
    stretches, start = [], 0
    for first, last in gaps:
        if first > start:
            stretches.append(Stretch(start, first - 1))
        start = max(start, last if last == FOREVER else last + 1)
    if start < FOREVER:
        stretches.append(Stretch(start, FOREVER))
    return tuple(stretches)


def _gap(series: Series, waking: Waking) -> tuple[int, int] | None:
    """Return the first and last record at which a waking keeps a metric from being judged."""
    if waking.loss.key == series.key:
        return (waking.first, waking.until) if waking.has_rested else None
    if not int(series.records[0]) < waking.moment < FOREVER:
        return None
    is_part = series.metric in SUMS and (waking.has_rested or waking.loss.split == series.split)
    is_rival = series.metric in RECONSTRUCTIONS and waking.loss.metric in ADVERSARIAL
    return (waking.onset, waking.until) if is_part or is_rival else None


def _moment(record: int, clock: Clock) -> int:
    """Return the first record of the moment that a record is of, however many it is written in."""
    if record == FOREVER:
        return FOREVER
    at = int(clock.records.searchsorted(record))
    while at and clock.steps[at - 1] == clock.steps[at]:
        at -= 1
    return int(clock.records[at])


def _onset(series: Series, clock: Clock, where: Floats) -> tuple[int, int]:
    """Return the first record at which a loss is not 0, and the last one of its grace period."""
    is_awake = series.values != 0
    if not is_awake.any():
        return FOREVER, FOREVER
    at = int(is_awake.argmax())
    onset = int(series.records[at])
    own = where[clock.records.searchsorted(series.records[max(0, at - 1) : at + 1])]
    length = max(GRACE_SHARE * (own[-1] - where[0]), GRACE_INTERVALS * (own[-1] - own[0]))
    after = int(where.searchsorted(own[-1] + length, side="right"))
    until = FOREVER if after == len(where) else int(clock.records[after - 1])
    return onset, max(until, onset)
