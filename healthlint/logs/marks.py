"""Which run the lines between the records belong to: events, and how a run ended."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from healthlint.logs.model import Event
from healthlint.logs.records import Mark, finite
from healthlint.logs.segmentation import Attempt, Span, Stretch

_APART = frozenset(("_type", "event", "step", "epoch"))


def by_run(marks: Sequence[Mark], runs: Sequence[Stretch]) -> list[list[Mark]]:
    """Return the events and ends of each run; those after an undecided rewind are held back."""
    owned: list[list[Mark]] = [[] for _ in runs]
    starts = [run.start for run in runs]
    announced = {id(header): at for at, run in enumerate(runs) for header in run.headers}
    current = 0
    for mark in marks:
        current = announced.get(id(mark), current)
        if mark.kind == "run" or not runs:
            continue
        owner = max(current, bisect_left(starts, mark.position) - 1)
        run = runs[owner]
        if not run.provisional or mark.position <= run.stop:
            owned[owner].append(mark)
    return owned


def event(mark: Mark, shift: float) -> Event:
    """Return the event that a line announces, its epoch counted like those of its run.

    Args:
        mark: The line.
        shift: What the run adds to its logged epochs.
    """
    epoch = finite(mark.fields.get("epoch"))
    return Event(
        kind=str(mark.fields.get("event", "")),
        record=mark.position - 1,
        line=mark.line,
        step=finite(mark.fields.get("step")),
        epoch=None if epoch is None else epoch + shift,
        fields={key: value for key, value in mark.fields.items() if key not in _APART},
    )


def within(events: Sequence[Event], spans: Sequence[Span]) -> tuple[Event, ...]:
    """Return the events of a timeline: those beside records that it has, in file order.

    Args:
        events: Events of the run.
        spans: First record of each piece of the timeline, and the one after its last.
    """
    if len(spans) == 1 or not events:
        last = spans[-1][1] if spans else 0
        return tuple(event for event in events if event.record < last)
    positions = np.array([event.record + 1 for event in events])
    is_in = np.zeros(len(events), bool)
    for start, stop in spans:
        is_in |= (positions >= start) & (positions <= stop)
    return tuple(event for event, kept in zip(events, is_in.tolist(), strict=True) if kept)


def has_ended(attempt: Attempt, marks: Sequence[Mark]) -> bool:
    """Return whether an attempt was ended as planned, with nothing logged after that."""
    return attempt.stop > attempt.start and _status(attempt, marks) == "ok"


def status(run: Stretch, marks: Sequence[Mark]) -> str | None:
    """Return the status that the end of a run tells, None while it may still go on."""
    return None if run.provisional else _status(run.attempts[-1], marks)


def _status(attempt: Attempt, marks: Sequence[Mark]) -> str | None:
    ends = [mark for mark in marks if mark.kind == "end" and mark.position == attempt.stop]
    return str(ends[-1].fields.get("status", "ok")) if ends else None
