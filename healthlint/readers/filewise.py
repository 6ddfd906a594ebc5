"""Logs that keep each metric in a place of its own: put together in the order of their clocks."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Log, Problem
from healthlint.readers.numbers import to_times
from healthlint.readers.points import Values, to_records
from healthlint.readers.problems import Problems


class MetricValues:
    """The values of one metric, in the order in which they were logged.

    Args:
        name: Its name as logged.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps = array("d")
        self.values = array("d")
        self.times = array("d")

    def add(self, step: float, value: float, time: float | None = None) -> None:
        """Add a value; its time in any unit since 1970. A step that is not finite is unknown."""
        step = step if math.isfinite(step) else math.nan
        self.steps.append(step)
        self.values.append(value)
        self.times.append(math.nan if time is None else time)


def to_log(
    path: str,
    format_name: str,
    found: Sequence[MetricValues],
    by: Literal["times", "steps"],
    facts: Mapping[str, object] | None,
    problems: Problems,
) -> Log:
    """Return the log that the values of several metrics make in one order, or why there is none.

    Args:
        path: The path as the user gave it.
        format_name: Name of the format.
        found: The metrics.
        by: What orders them beside each other: their clocks, or (where there is none) their steps.
        facts: What the user says of the run.
        problems: What could not be read.
    """
    lengths = [len(one.values) for one in found]
    if not any(lengths):
        reason = Problem(message="no value in it: nothing has been logged yet", kind="nothing")
        return Log(path=path, format=format_name, problems=(reason, *problems.listed()))
    steps, values, clocks = (
        np.concatenate([np.array(getattr(one, name)) for one in found])
        for name in ("steps", "values", "times")
    )
    times = to_times(clocks)
    parts = np.split(times if by == "times" else steps, np.cumsum(lengths)[:-1])
    keys = [np.where(np.isfinite(own), own, -np.inf) for own in parts]
    if by == "times":  # the order within a metric is that of its file, whatever its clock says
        keys = [np.maximum.accumulate(known) for known in keys]
    order = np.argsort(np.concatenate(keys), kind="stable")
    merged = Values(
        labels=[(one.name, "") for one in found],
        series=np.repeat(np.arange(len(found)), lengths).astype(np.int64)[order],
        values=values[order],
        steps=steps[order],
        epochs=np.full(len(order), np.nan),
        times=times[order],
        writers=np.zeros(len(order), np.int64),
        lines=np.zeros(len(order), np.int64),
    )
    return assemble(path, format_name, to_records(merged), facts or {}, problems.listed())
