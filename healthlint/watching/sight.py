"""What the course of a run looks like from its log: its end, its death, its rhythm."""

from __future__ import annotations

import numpy as np

from healthlint.logs import Run
from healthlint.logs.model import Floats
from healthlint.readers.lastwords import FATAL
from healthlint.report import RunSummary
from healthlint.watching.course import Sight, patience


class Rhythm:
    """How often records come: by their own times, else by when the log was seen to grow."""

    def __init__(self) -> None:
        self._grown: list[float] = []
        self.typical = self.longest = 0.0

    def grew(self, now: float) -> None:
        """Note that the log has grown."""
        self._grown = [*self._grown[-100:], now]

    def hear(self, run: Run) -> None:
        """Work out how often records come."""
        times = _times(run)
        gaps = np.diff(times if len(times) > 2 else np.array(self._grown))
        if len(gaps):
            self.typical, self.longest = float(np.median(gaps[-100:])), float(gaps.max())


def _times(run: Run) -> Floats:
    """Return when the records of the current attempt were logged, none where the log has no times.

    Of a long log the last values are enough.
    """
    own = [
        series.times[-10_000:][series.records[-10_000:] >= run.current.first_record]
        for series in run.series.values()
    ]
    times = np.unique(np.concatenate([np.zeros(0), *own]))
    known: Floats = times[np.isfinite(times)]
    return known


def sight(run: Run, summary: RunSummary, rhythm: Rhythm, age: float, *, is_newest: bool) -> Sight:
    """Return what is seen of the course of a run.

    Args:
        run: The run.
        summary: Its summary.
        rhythm: How often its records come.
        age: Seconds since its last record.
        is_newest: Whether no other run has begun after it in its log.
    """
    planned, epoch = summary.planned_epochs, summary.epoch
    return Sight(
        attempts=summary.attempts,
        status=summary.status or ("" if is_newest else "another run began"),
        death=_death(run),
        is_done=bool(planned and epoch is not None and epoch >= planned),
        age=age,
        patience=patience(rhythm.typical, rhythm.longest),
    )


def _death(run: Run) -> str:
    """Return the last words of a run that something killed, empty where it said none."""
    last = run.events[-1] if run.events else None
    if last is None or last.kind not in FATAL or last.record < run.current.last_record:
        return ""
    return str(last.fields.get("text", last.kind))


def seconds_left(run: Run, summary: RunSummary) -> float | None:
    """Return how long the rest of a run takes at the pace of its attempt, None where unknown."""
    times, planned = _times(run), summary.planned_epochs
    epochs = [one.epochs[one.records >= run.current.first_record] for one in run.series.values()]
    known = np.concatenate([np.zeros(0), *epochs])
    known = known[np.isfinite(known)]
    if planned is None or len(times) < 2 or len(known) < 2 or known.max() <= known.min():
        return None
    pace = (times[-1] - times[0]) / (known.max() - known.min())
    return float(max(0.0, planned - known.max()) * pace)
