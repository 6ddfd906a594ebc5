"""A run as it was when a checkpoint was saved: judging a prefix is judging live."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from healthlint.logs import Run

Axis = Literal["epochs", "steps"]


def record_of(run: Run, axis: Axis, end: float) -> int | None:
    """Return the last record up to a place in the current timeline, None where there is none."""
    past = [series.records[getattr(series, axis) <= end] for series in run.series.values()]
    return max((int(records[-1]) for records in past if len(records)), default=None)


def upto(run: Run, record: int) -> Run:
    """Return a run with nothing of what came after a record."""
    kept = [timeline for timeline in run.timelines if timeline.first_record <= record]
    kept = kept or [run.timelines[0]]
    last = kept[-1]
    series = {key: one.upto(record) for key, one in last.series.items()}
    series = {key: one for key, one in series.items() if len(one)}
    end = min(last.last_record, record)
    has_ended = last.has_ended and last.last_record <= record
    cut = replace(last, series=series, last_record=end, abandoned_from=None, has_ended=has_ended)
    events = tuple(event for event in run.events if event.record <= record)
    return replace(
        run,
        timelines=(*kept[:-1], cut),
        events=events,
        status=run.status if record >= run.current.last_record else None,
        provisional=0,
        undecided={},
    )


def last(run: Run, axis: Axis) -> float | None:
    """Return the last epoch or step that a run logged, None where it logs none."""
    arrays = [getattr(series, axis) for series in run.series.values()]
    values = [float(np.nanmax(array)) for array in arrays if np.isfinite(array).any()]
    return max(values, default=None)
