"""Runs and their attempts, told apart in the records of one log.

Headers say outright where a run begins or resumes. Without them a *rewind* does: a series whose own
step (its epoch where it has no step) falls below its last one. A rewind to its beginning is a
restart and begins a run; any other is a resume and begins an attempt that abandons the records from
the first one it overtakes. Everything is decided by the records up to ``DECIDED_BY`` after the
rewind and never revised, so what is said of the beginning of a log holds for the whole of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.logs.records import Mark, Records

DECIDED_BY = 3
"""Records from a rewind on, itself included, that tell a restart from a resume."""
MOST_ATTEMPTS = 1_000
"""Attempts of one run; further rewinds are taken for records out of order."""

Span = tuple[int, int]
_ROOM = 2.0**32  # more steps than an epoch has; a fixed number, so that no later record matters


@dataclass(slots=True)
class Attempt:
    """One attempt of a run: records ``start <= r < stop``, after what it keeps of earlier ones.

    Attributes:
        start: Ordinal of its first record.
        stop: Ordinal after its last record.
        kept: Spans of records of earlier attempts that it continues from.
        resumed_from: Step it went back to, None for the first attempt or where unknown.
        abandoned_from: First record that a later attempt abandoned, None where none did.
    """

    start: int
    stop: int
    kept: tuple[Span, ...] = ()
    resumed_from: float | None = None
    abandoned_from: int | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """Return all spans of records that count in this attempt."""
        own = ((self.start, self.stop),) if self.stop > self.start else ()
        return self.kept + own


@dataclass(slots=True)
class Stretch:
    """One run in the making.

    Attributes:
        start: Ordinal of its first record.
        headers: Its headers in file order.
        attempts: Its attempts, never empty.
        stop: Ordinal after the last record that is not provisional.
        provisional: Records at its end that follow a rewind and are too few to tell.
        within_from: First record whose step counts within its epoch, None where none does.
        notes: How it was told apart.
    """

    start: int
    headers: list[Mark] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    stop: int = 0
    provisional: int = 0
    within_from: int | None = None
    late: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rewind:
    """A point of a series whose step or epoch is below the one before it."""

    record: int
    before: int
    series: Integers


def segment(records: Records) -> list[Stretch]:
    """Return the runs of a log in file order; empty for a log without records and headers."""
    walk = _Walk(records)
    headers = [mark for mark in records.marks if mark.kind == "run"]
    stops = [mark.position for mark in headers] + [len(records.lines)]
    walk.advance(stops[0])
    for mark, stop in zip(headers, stops[1:], strict=True):
        walk.open(mark, stop)
        walk.advance(stop)
    return walk.stretches


def rewinds(records: Records) -> list[_Rewind]:
    """Return the points at which a series goes back, in file order, the densest series first."""
    found: dict[tuple[int, int], _Rewind] = {}
    for series in {id(column.records): column.records for column in records.columns}.values():
        for axis in (records.steps, records.epochs):
            known = series[np.isfinite(axis[series])]
            falls = np.flatnonzero(np.diff(axis[known]) < 0)
            for before, record in zip(
                known[falls].tolist(), known[falls + 1].tolist(), strict=True
            ):
                other = found.get((record, before))
                if other is None or len(other.series) < len(series):
                    found[record, before] = _Rewind(record, before, series)
    return sorted(found.values(), key=lambda rewind: (rewind.record, -len(rewind.series)))


class _Walk:
    """Goes through the records once and opens runs and attempts."""

    def __init__(self, records: Records) -> None:
        self.stretches: list[Stretch] = []
        self._steps = records.steps
        self._epochs = records.epochs
        self._lines = records.lines
        self._within = _within_epochs(records.steps, records.epochs)
        self._rewinds = rewinds(records)
        self._next = 0
        self._highest = -np.inf
        self._highest_upto = 0
        self._id: object = None

    @property
    def _run(self) -> Stretch:
        return self.stretches[-1]

    @property
    def _attempt(self) -> Attempt:
        return self._run.attempts[-1]

    def open(self, mark: Mark, stop: int) -> None:
        """Open the run or the attempt that a header announces; its records end before ``stop``."""
        identity, attempt = mark.fields.get("run"), _number(mark.fields.get("attempt")) or 0
        is_known = bool(self.stretches) and identity is not None and identity == self._id
        if not is_known:
            self._id = identity
            self._begin(mark.position, mark)
            return
        self._run.headers.append(mark)
        if attempt > 0 and stop > mark.position:
            self._resume_announced(mark)

    def _resume_announced(self, mark: Mark) -> None:
        run, fields = self._run, mark.fields
        origin = _number(fields.get("resumed_from", fields.get("step")))
        if run.provisional:
            run.notes.append(
                f"{run.provisional} records after a rewind left out: a header followed"
            )
            run.provisional = 0
        abandoned = mark.position
        if origin is not None:
            abandoned = self._first_beyond(origin, mark.position)
        self._resume(mark.position, abandoned, origin)

    def _first_beyond(self, step: float, default: int) -> int:
        for start, stop in self._attempt.spans:
            beyond = np.flatnonzero(self._steps[start:stop] > step)
            if len(beyond):
                return start + int(beyond[0])
        return default

    def _begin(self, record: int, header: Mark | None = None) -> None:
        """Begin a run."""
        headers = [header] if header is not None else []
        self.stretches.append(Stretch(record, headers, [Attempt(record, record)], record))
        self._highest, self._highest_upto = -np.inf, record

    def _resume(self, record: int, abandoned: int, origin: float | None) -> None:
        """Begin an attempt that continues from what lies before the record ``abandoned``."""
        last = self._attempt
        kept = tuple(
            (start, min(stop, abandoned)) for start, stop in last.spans if start < abandoned
        )
        last.abandoned_from = abandoned if abandoned < last.stop else None
        self._run.attempts.append(Attempt(record, record, kept, origin))
        self._highest, self._highest_upto = -np.inf, record

    def advance(self, stop: int) -> None:
        """Give the records before ``stop`` to runs; no header lies between them."""
        if not self.stretches:
            if not stop:
                return
            self._begin(0)
        while self._next < len(self._rewinds) and self._rewinds[self._next].record < stop:
            rewind = self._rewinds[self._next]
            self._next += 1
            if rewind.before < self._attempt.start or not self._goes_back(rewind):
                continue
            if rewind.record + DECIDED_BY > stop:
                self._run.provisional = stop - rewind.record
                self._skip_rewinds(stop)
                stop = rewind.record
                break
            self._decide(rewind)
        self._attempt.stop = self._run.stop = stop

    def _skip_rewinds(self, stop: int) -> None:
        while self._next < len(self._rewinds) and self._rewinds[self._next].record < stop:
            self._next += 1

    def _goes_back(self, rewind: _Rewind) -> bool:
        """Return whether a rewind is one in the run's own way of counting steps."""
        before, record = rewind.before, rewind.record
        if self._run.within_from is not None:
            return bool(self._within[record] < self._within[before])
        advances = self._epochs[record] > self._epochs[before]
        if self._steps[record] < self._steps[before]:
            if advances:  # the step counts within its epoch and has begun again
                self._run.within_from = record
            return not advances
        has_steps = np.isfinite(self._steps[record] + self._steps[before])
        return bool(not has_steps and self._epochs[record] < self._epochs[before])

    def _axis(self, rewind: _Rewind) -> Floats:
        """Return what a rewind is measured on: one value a record."""
        if self._run.within_from is not None:
            return self._within
        has_steps = np.isfinite(self._steps[rewind.record] + self._steps[rewind.before])
        return self._steps if has_steps else self._epochs

    def _decide(self, rewind: _Rewind) -> None:
        """Take a rewind for a record out of order, a restart or a resume."""
        run, record = self._run, rewind.record
        axis = self._axis(rewind)
        if len(run.attempts) >= MOST_ATTEMPTS or self._is_late(rewind, axis):
            run.late += 1
            return
        abandoned, kept = self._overtaken(rewind, axis)
        self._attempt.stop = record
        if self._is_restart(rewind, axis, kept):
            run.stop = record
            self._begin(record)
        else:
            origin = float(axis[kept[-1]]) if axis is self._steps else None
            self._resume(record, abandoned, origin)
        self._note(rewind, axis)

    def _note(self, rewind: _Rewind, axis: Floats) -> None:
        if axis is self._within:
            axis = self._epochs
        word = "epoch" if axis is self._epochs else "step"
        what = "resumed" if len(self._run.attempts) > 1 else "restarted"
        self._run.notes.append(
            f"{what} at line {self._lines[rewind.record]}: "
            f"{word} {axis[rewind.before]:g} is followed by {axis[rewind.record]:g}"
        )

    def _is_late(self, rewind: _Rewind, axis: Floats) -> bool:
        """Return whether training went on regardless: one record is late, or evaluates the past.

        So it is when the next point of the series is beyond its last one before the rewind, or
        another record that follows is beyond everything before it.
        """
        record, before = rewind.record, rewind.before
        self._raise_highest(record)
        window = range(record + 1, record + DECIDED_BY)
        own = self._own_after(rewind)
        others = [r for r in window if r not in own]
        if axis is self._steps and any(self._steps[r] > self._highest for r in others):
            return True
        if not own or not axis[own[0]] > axis[before]:
            return False
        at = int(np.searchsorted(rewind.series, self._run.start))
        count = int(np.searchsorted(rewind.series, record)) - at
        is_begun_again = count >= 2 and axis[record] <= axis[rewind.series[at]]
        return not is_begun_again

    def _own_after(self, rewind: _Rewind) -> list[int]:
        """Return the points of the series that follow the rewind and count for its decision."""
        at = int(np.searchsorted(rewind.series, rewind.record, side="right"))
        following = rewind.series[at : at + DECIDED_BY].tolist()
        return [record for record in following if record < rewind.record + DECIDED_BY]

    def _raise_highest(self, record: int) -> None:
        """Bring the highest step of the attempt up to a record, in linear time over all calls."""
        steps = self._steps[self._highest_upto : record]
        if np.isfinite(steps).any():
            self._highest = max(self._highest, float(np.nanmax(steps)))
        self._highest_upto = record

    def _overtaken(self, rewind: _Rewind, axis: Floats) -> tuple[int, list[int]]:
        """Return the first record that a rewind overtakes, and those of the series before it."""
        kept: list[int] = []
        for start, stop in (*self._attempt.kept, (self._attempt.start, rewind.record)):
            low, high = np.searchsorted(rewind.series, (start, stop))
            own = rewind.series[low:high]
            beyond = np.flatnonzero(axis[own] >= axis[rewind.record])
            if len(beyond):
                return int(own[beyond[0]]), kept + own[: beyond[0]].tolist()
            kept += own.tolist()
        return rewind.record, kept

    def _is_restart(self, rewind: _Rewind, axis: Floats, kept: Sequence[int]) -> bool:
        """Return whether a rewind goes back to the beginning of the run.

        Nothing is kept; or only the point of step 0; or the first step is no larger than the
        distance to the next one, as a training from scratch logs it.
        """
        if not kept:
            return True
        if axis is not self._steps:
            return False
        own = self._own_after(rewind)
        first = axis[rewind.record]
        distance = axis[own[0]] - first if own else 0.0
        return bool((len(kept) == 1 and axis[kept[0]] == 0) or first <= distance)


def _within_epochs(steps: Floats, epochs: Floats) -> Floats:
    """Return positions that rise over epochs, and over the steps within each."""
    within = np.clip(np.where(np.isfinite(steps), steps, 0.0), 0.0, _ROOM - 1)
    return epochs + within / _ROOM


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e18 else None
