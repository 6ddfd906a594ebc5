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
from functools import cached_property
from typing import Literal

import numpy as np

from healthlint.logs.model import Floats
from healthlint.logs.records import Mark, Records, finite
from healthlint.logs.rewinds import DECIDED_BY, Rewind, find_rewinds

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
        is_announced: True when the first of them opened it; a restart without one is not.
        attempts: Its attempts, never empty.
        stop: Ordinal after the last record that is not provisional.
        provisional: Records at its end that follow a rewind and are too few to tell.
        within_from: First record whose step counts within its epoch, None where none does.
        passes: Records at which the epoch begins again while the step goes on.
        notes: How it was told apart.
    """

    start: int
    headers: list[Mark] = field(default_factory=list)
    is_announced: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    stop: int = 0
    provisional: int = 0
    within_from: int | None = None
    passes: list[int] = field(default_factory=list)
    late: int = 0
    notes: list[str] = field(default_factory=list)


def segment(records: Records) -> list[Stretch]:
    """Return the runs of a log in file order; empty for a log without records and headers."""
    walk = _Walk(records)
    headers = [mark for mark in records.marks if mark.kind == "run"]
    for mark, opens in zip(headers, _openings(headers, len(records.lines)), strict=True):
        if opens is not None:
            walk.advance(mark.position)
            walk.open(mark, opens)
    walk.advance(len(records.lines))
    for mark, opens in zip(headers, _openings(headers, len(records.lines)), strict=True):
        if opens is None:
            walk.add_header(mark)
    return walk.stretches


def _openings(headers: Sequence[Mark], records: int) -> list[Literal["run", "attempt"] | None]:
    """Return what each header opens: a run by its id, an attempt by its number, else nothing.

    An attempt that logged nothing before the next one opened is none.
    """
    opens: list[Literal["run", "attempt"] | None] = []
    identity: object = None
    for mark in headers:
        is_same = mark.fields.get("run") is not None and mark.fields.get("run") == identity
        is_resumed = (finite(mark.fields.get("attempt")) or 0) > 0
        opens.append("run" if not is_same else "attempt" if is_resumed else None)
        identity = mark.fields.get("run")
    following = records
    for at in reversed(range(len(headers))):
        if opens[at] == "attempt" and headers[at].position == following:
            opens[at] = None
        elif opens[at] is not None:
            following = headers[at].position
    return opens


class _Walk:
    """Goes through the records once and opens runs and attempts."""

    def __init__(self, records: Records) -> None:
        self.stretches: list[Stretch] = []
        self._steps = records.steps
        self._epochs = records.epochs
        self._lines = records.lines
        self._rewinds = find_rewinds(records)
        self._next = 0
        self._highest = -np.inf
        self._highest_upto = 0

    @cached_property
    def _within(self) -> Floats:
        """Positions of records whose steps count within the epoch."""
        return _within_epochs(self._steps, self._epochs)

    @property
    def _run(self) -> Stretch:
        return self.stretches[-1]

    @property
    def _attempt(self) -> Attempt:
        return self._run.attempts[-1]

    def open(self, mark: Mark, what: Literal["run", "attempt"]) -> None:
        """Open the run or the attempt that a header announces."""
        if what == "run":
            self._begin(mark.position, mark)
            self._run.notes += [str(why)] if (why := mark.fields.get("_why")) else []
            return
        run, fields = self._run, mark.fields
        run.headers.append(mark)
        if run.provisional:
            run.notes.append(f"{run.provisional} records after a rewind left out: a header follows")
            run.provisional = 0
        origin = finite(fields.get("resumed_from", fields.get("step")))
        abandoned = mark.position
        if origin is not None:
            abandoned = self._first_beyond(origin, mark.position)
        self._resume(mark.position, abandoned, origin)

    def add_header(self, mark: Mark) -> None:
        """Add a header that opens nothing to the run that it stands in."""
        begun = [run for run in self.stretches if run.start <= mark.position]
        # one that another header opened right after it has begun at the same record, but later
        run = next(
            (r for r in reversed(begun) if not r.headers or r.headers[0].line < mark.line), begun[0]
        )
        run.headers.append(mark)
        run.headers.sort(key=lambda header: header.line)

    def _first_beyond(self, step: float, default: int) -> int:
        for start, stop in self._attempt.spans:
            beyond = np.flatnonzero(self._steps[start:stop] > step)
            if len(beyond):
                return start + int(beyond[0])
        return default

    def _begin(self, record: int, header: Mark | None = None) -> None:
        """Begin a run."""
        headers = [header] if header is not None else []
        attempts = [Attempt(record, record)]
        self.stretches.append(Stretch(record, headers, bool(headers), attempts, record))
        self._highest, self._highest_upto = -np.inf, record

    def _resume(self, record: int, abandoned: int, origin: float | None) -> None:
        """Begin an attempt that continues from what lies before the record ``abandoned``."""
        last = self._attempt
        kept = tuple(
            (start, min(stop, abandoned)) for start, stop in last.spans if start < abandoned
        )
        for attempt in self._run.attempts:
            known = attempt.abandoned_from
            if abandoned < (attempt.stop if known is None else known):
                attempt.abandoned_from = abandoned
        self._run.attempts.append(Attempt(record, record, kept, origin))
        self._highest, self._highest_upto = -np.inf, record

    def advance(self, stop: int) -> None:
        """Give the records before ``stop`` to runs; no header lies between them."""
        if not self.stretches:
            if not stop:
                return
            self._begin(0)
        while together := self._rewinds_before(stop):
            back = [rewind for rewind in together if self._goes_back(rewind)]
            if not back:
                continue
            if back[0].record + DECIDED_BY > stop:
                self._run.provisional = stop - back[0].record
                while self._rewinds_before(stop):
                    pass  # they lie among the provisional records
                stop = back[0].record
            else:
                self._decide(back)
        self._attempt.stop = self._run.stop = stop

    def _rewinds_before(self, stop: int) -> list[Rewind]:
        """Return the rewinds at the next record that has some, none from ``stop`` on."""
        together: list[Rewind] = []
        while self._next < len(self._rewinds):
            rewind = self._rewinds[self._next]
            if rewind.record >= stop or (together and rewind.record > together[0].record):
                break
            together.append(rewind)
            self._next += 1
        return together

    def _goes_back(self, rewind: Rewind) -> bool:
        """Return whether a rewind is one in the run's own way of counting steps."""
        before, record = rewind.before, rewind.record
        if before < self._attempt.start:
            return False
        if self._run.within_from is not None:
            return bool(self._within[record] < self._within[before])
        epoch = self._epochs[before]
        if np.isnan(epoch):  # it was told behind the steps of the epoch
            epoch = np.fmax.reduce(self._epochs[before:record])
        advances = self._epochs[record] > epoch
        if self._steps[record] < self._steps[before]:
            if advances:  # the step counts within its epoch and has begun again
                self._run.within_from = record
            return not advances
        if np.isfinite(self._steps[record] + self._steps[before]):
            self._note_pass(rewind)
            return False
        return bool(self._epochs[record] < self._epochs[before])

    def _note_pass(self, rewind: Rewind) -> None:
        """Note that the epoch begins again at its first number while the step goes on.

        Of several series that begin again with one pass the first one tells it.
        """
        run, record = self._run, rewind.record
        if not self._steps[record] > self._steps[rewind.before]:
            return
        known = self._epochs[run.start : rewind.record]
        first = known[np.isfinite(known)][0]
        is_new = not run.passes or rewind.before >= run.passes[-1]
        if self._epochs[record] <= first < self._epochs[rewind.before] and is_new:
            run.passes.append(record)

    def _axis(self, rewind: Rewind) -> Floats:
        """Return what a rewind is measured on: one value a record."""
        if self._run.within_from is not None:
            return self._within
        has_steps = np.isfinite(self._steps[rewind.record] + self._steps[rewind.before])
        return self._steps if has_steps else self._epochs

    def _decide(self, back: Sequence[Rewind]) -> None:
        """Take the rewinds at one record for a record out of order, a restart or a resume."""
        rewind = back[0]
        run, record = self._run, rewind.record
        axis = self._axis(rewind)
        if len(run.attempts) >= MOST_ATTEMPTS or self._is_late(back, axis):
            run.late += 1
            return
        abandoned, kept = self._overtaken(rewind, axis)
        self._attempt.stop = record
        if self._is_restart(rewind, axis, kept):
            run.stop = record
            self._begin(record)
        else:
            origin = float(axis[kept[-1]]) if axis is self._steps else None
            self._resume(record, self._moment(abandoned, axis), origin)
        self._note(rewind, axis)

    def _moment(self, record: int, axis: Floats) -> int:
        """Return the first of the records that lie at one position with a record, behind it."""
        while record > self._run.start and axis[record - 1] == axis[record]:
            record -= 1
        return record

    def _note(self, rewind: Rewind, axis: Floats) -> None:
        if axis is not self._steps:
            axis = self._epochs
        word = "epoch" if axis is self._epochs else "step"
        what = "resumed" if len(self._run.attempts) > 1 else "restarted"
        line = self._lines[rewind.record]
        place = f" at line {line}" if line else ""
        self._run.notes.append(
            f"{what}{place}: {word} {axis[rewind.before]:g} is followed by {axis[rewind.record]:g}"
        )

    def _is_late(self, back: Sequence[Rewind], axis: Floats) -> bool:
        """Return whether training went on regardless: one record is late, or evaluates the past.

        So it is when the next point of the series is beyond its last one before the rewind, or
        a record of other series follows that is beyond everything before it.
        """
        rewind = back[0]
        record, series = rewind.record, rewind.series
        self._raise_highest(record)
        own = {point for each in back for point in each.following()}
        others = [r for r in range(record + 1, record + DECIDED_BY) if r not in own]
        following = rewind.following()
        is_ahead = axis is self._steps and any(self._steps[r] > self._highest for r in others)
        if is_ahead and not self._is_repeated(rewind, following):
            return True
        if not following or not axis[following[0]] > axis[rewind.before]:
            return False
        first = int(np.searchsorted(series, self._run.start))
        is_begun_again = rewind.at - first >= 2 and axis[record] <= axis[series[first]]
        return not is_begun_again

    def _is_repeated(self, rewind: Rewind, following: Sequence[int]) -> bool:
        """Return whether the series that led the training goes through its own steps once more.

        What is then logged beside it at its next step may come before or after its own record.
        """
        before, record = self._steps[rewind.before], self._steps[rewind.record]
        if before < self._highest or not following:
            return False
        return bool(record < self._steps[following[0]] <= before)

    def _raise_highest(self, record: int) -> None:
        """Bring the highest step of the attempt up to a record, in linear time over all calls."""
        steps = self._steps[self._highest_upto : record]
        if np.isfinite(steps).any():
            self._highest = max(self._highest, float(np.nanmax(steps)))
        self._highest_upto = record

    def _overtaken(self, rewind: Rewind, axis: Floats) -> tuple[int, list[int]]:
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

    def _is_restart(self, rewind: Rewind, axis: Floats, kept: Sequence[int]) -> bool:
        """Return whether a rewind goes back to the beginning of the run.

        Nothing is kept; or only the point of step 0; or the first step is no larger than the
        distance to the next one, as a training from scratch logs it.
        """
        if not kept:
            return True
        if axis is not self._steps:
            return False
        own = rewind.following()
        first = axis[rewind.record]
        distance = axis[own[0]] - first if own else 0.0
        return bool((len(kept) == 1 and axis[kept[0]] == 0) or first <= distance)


def _within_epochs(steps: Floats, epochs: Floats) -> Floats:
    """Return positions that rise over epochs, and over the steps within each."""
    within = np.clip(np.where(np.isfinite(steps), steps, 0.0), 0.0, _ROOM - 1)
    return epochs + within / _ROOM
