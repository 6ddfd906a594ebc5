"""Places of records and of points in the log they were read from."""

from __future__ import annotations

import math

from healthlint.logs import Log, Series
from healthlint.report import Place
from healthlint.timeline.clock import Clock


def finite(value: float) -> float | None:
    """Return a number, None where it is not known."""
    return float(value) if math.isfinite(value) else None


def place_at(log: Log, clock: Clock, record: int) -> Place:
    """Return the place of a record."""
    step, epoch = clock.at(record)
    return Place(log.line(record), finite(step), finite(epoch))


def place_of(log: Log, series: Series, index: int) -> Place:
    """Return the place of a point of a series."""
    line = log.line(int(series.records[index]))
    return Place(line, finite(series.steps[index]), finite(series.epochs[index]))
