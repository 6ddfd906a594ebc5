"""Runs of a log, summarised for the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from healthlint.engine.places import place_at
from healthlint.logs import Log, Run, Timeline
from healthlint.logs.choosing import is_stub
from healthlint.report import Place, RunSummary
from healthlint.timeline.clock import Clock

MOST_FAULTS = 3
"""Most known faults that a remark spells out."""


def summarise(log: Log, run: Run) -> RunSummary:
    """Return the summary of a run."""
    clock = Clock.of(run.series.values())
    every = [series.records for timeline in run.timelines for series in timeline.series.values()]
    first = min((int(records[0]) for records in every if len(records)), default=0)
    last = max((int(records[-1]) for records in every if len(records)), default=-1)
    planned = run.facts.get("planned_epochs")
    return RunSummary(
        number=run.number,
        id=run.id,
        records=_count(run),
        attempts=len(run.timelines),
        resumed=[_resumed(log, timeline) for timeline in run.timelines[1:]],
        first=place_at(log, clock, first),
        last=place_at(log, clock, last),
        epoch=_latest(clock.epochs),
        planned_epochs=float(planned) if isinstance(planned, (int, float)) else None,
        status=run.status,
        facts=run.facts,
        notes=(*run.notes, *_concerns(run.facts)),
        is_stub=is_stub(log, run),
    )


def _concerns(facts: Mapping[str, object]) -> Iterator[str]:
    """Yield a remark on known faults of the device's software; none is known to have struck."""
    if facts.get("device") is None or facts.get("torch") is None:
        return
    from healthlint.rulebook.knownfaults import concerning  # a file that few runs need

    faults = concerning(facts)
    if faults:
        said = "; ".join(f"{fault.what} ({fault.name})" for fault in faults[:MOST_FAULTS])
        left = len(faults) - MOST_FAULTS
        more = f"; and {left} more" if left > 0 else ""
        where = f"torch {facts['torch']} on {facts['device']}"
        yield f"may concern you, {where}: {said}{more}; ways round: healthlint explain known-faults"


def _count(run: Run) -> int:
    return sum(timeline.last_record - timeline.first_record + 1 for timeline in run.timelines)


def _resumed(log: Log, timeline: Timeline) -> Place:
    clock = Clock.of(timeline.series.values())
    place = place_at(log, clock, timeline.first_record)
    return Place(place.line, timeline.resumed_from, place.epoch)


def _latest(epochs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    finite = epochs[np.isfinite(epochs)]
    return float(finite[-1]) if len(finite) else None
