"""A run as it was when a checkpoint was saved: judging a prefix is judging live."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from healthlint.logs import Run


def record_of_epoch(run: Run, epoch: float) -> int | None:
    """Return the last record of an epoch in the current timeline, None where there is none."""
    records = [
        int(one.records[one.epochs <= epoch][-1])
        for one in run.series.values()
        if bool((one.epochs <= epoch).any())
    ]
    return max(records, default=None)


def record_of_step(run: Run, step: float) -> int | None:
    """Return the last record up to a step in the current timeline, None where there is none."""
    records = [
        int(one.records[one.steps <= step][-1])
        for one in run.series.values()
        if bool((one.steps <= step).any())
    ]
    return max(records, default=None)


def upto(run: Run, record: int) -> Run:
    """Return a run with nothing of what came after a record."""
    kept = [one for one in run.timelines if one.first_record <= record]
    kept = kept or [run.timelines[0]]
    last = kept[-1]
    series = {key: one.upto(record) for key, one in last.series.items()}
    series = {key: one for key, one in series.items() if len(one)}
    end = min(last.last_record, record)
    has_ended = last.has_ended and last.last_record <= record
    cut = replace(last, series=series, last_record=end, abandoned_from=None, has_ended=has_ended)
    events = tuple(one for one in run.events if one.record <= record)
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
    return _largest([one.epochs for one in run.series.values()])


def last_step(run: Run) -> float | None:
    """Return the last step that a run logged, None where it logs none."""
    return _largest([one.steps for one in run.series.values()])


def _largest(arrays: list[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float | None:
    values = [float(np.nanmax(one)) for one in arrays if np.isfinite(one).any()]
    return max(values, default=None)
