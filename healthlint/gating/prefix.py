"""A run as it was when a checkpoint was saved: judging a prefix is judging live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from healthlint.logs import Run


def record_of_epoch(run: Run, epoch: float) -> int | None:
    """Return the last record of an epoch in the current timeline, None where there is none."""
    records = [
        int(series.records[series.epochs <= epoch][-1])
        for series in run.series.values()
        if bool((series.epochs <= epoch).any())
    ]
    return max(records, default=None)


def record_of_step(run: Run, step: float) -> int | None:
    """Return the last record up to a step in the current timeline, None where there is none."""
    records = [
        int(series.records[series.steps <= step][-1])
        for series in run.series.values()
        if bool((series.steps <= step).any())
    ]
    return max(records, default=None)


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


def last_epoch(run: Run) -> float | None:
    """Return the last epoch that a run logged, None where it logs none."""
    return _largest([series.epochs for series in run.series.values()])


def last_step(run: Run) -> float | None:
    """Return the last step that a run logged, None where it logs none."""
    return _largest([series.steps for series in run.series.values()])


def _largest(arrays: list[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float | None:
    values = [float(np.nanmax(array)) for array in arrays if np.isfinite(array).any()]
    return max(values, default=None)
