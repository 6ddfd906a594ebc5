"""What the course of a run looks like from its log: its end, its death, its rhythm."""

from __future__ import annotations

import numpy as np

from healthlint.logs import Run
from healthlint.logs.model import Floats
from healthlint.readers.lastwords import FATAL
from healthlint.report import RunSummary
from healthlint.watching.course import SHORTEST_STALL, CourseState, spoken


class Rhythm:
    """How often records come: by their own times, else by when the log was seen to grow.

    Attributes:
        patience: Seconds without a record after which a run has stalled.
    """

    def __init__(self) -> None:
        self._grown: list[float] = []
        self.patience = SHORTEST_STALL

    def grew(self, now: float) -> None:
        """Note that the log has grown."""
        self._grown = [*self._grown[-100:], now]

    def hear(self, run: Run) -> None:
        """Work out how often records of a run come."""
        times = _times(run)
        gaps = np.diff(times if len(times) > 2 else np.array(self._grown))
        if len(gaps):
            self.patience = patience(float(np.median(gaps[-100:])), float(gaps.max()))


def patience(typical: float, longest: float) -> float:
    """Return after how many seconds without a record a run has stalled.

    Ten of its intervals, but twice the longest pause that it made before: a validation or a
    checkpoint may take minutes where steps take seconds.

    Args:
        typical: Median seconds between two records.
        longest: Most seconds between two records so far.

    >>> patience(1.0, 4.0), patience(60.0, 70.0), patience(1.0, 900.0)
    (180.0, 600.0, 1800.0)
    """
    return max(SHORTEST_STALL, 10 * typical, 2 * longest)


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


def sight(
    run: Run, summary: RunSummary, patience: float, age: float, death: str | None
) -> tuple[CourseState, str]:
    """Return where a run is, and why.

    Args:
        run: The run.
        summary: Its summary.
        patience: Seconds without a record after which it has stalled.
        age: Seconds since its last record.
        death: What it is known to have died of where its log does not say so, empty where it is
            not; None where another run has begun after it in its log.
    """
    status = summary.status or ("another run began" if death is None else "")
    died_of = _death(run) or death
    if status == "error" or (died_of and status != "ok"):
        return "died", died_of or "it ended with an error"
    if status:
        return "ended", "" if status == "ok" else f"it ended: {status}"
    if age < patience:
        return "running", ""
    planned, epoch = summary.planned_epochs, summary.epoch
    if planned and epoch is not None and epoch >= planned:
        return "ended", "the last planned epoch is over and nothing follows"
    return "stalled", f"no record for {spoken(age)}"


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
