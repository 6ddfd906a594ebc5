"""Logs that keep each metric in a place of its own: put together in the order of their clocks."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Log, Problem, Split
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


def merged(found: Sequence[MetricValues], by: Literal["times", "steps"]) -> Values:
    """Return the values of several metrics in one order.

    Args:
        found: The metrics.
        by: What orders them beside each other: their clocks, or (where there is none) their steps.
    """
    steps = np.concatenate([np.zeros(0), *(np.array(one.steps) for one in found)])
    times = to_times(np.concatenate([np.zeros(0), *(np.array(one.times) for one in found)]))
    keys: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = [np.zeros(0)]
    at = 0
    for one in found:
        own = (times if by == "times" else steps)[at : at + len(one.values)]
        at += len(one.values)
        known = np.where(np.isfinite(own), own, -np.inf)
        # the order within a metric is that of its file, whatever its clock says
        keys.append(np.maximum.accumulate(known) if len(known) and by == "times" else known)
    key = np.concatenate(keys)
    order = np.argsort(key, kind="stable")
    count = len(order)
    values = np.concatenate([np.zeros(0), *(np.array(one.values) for one in found)])
    series = np.repeat(np.arange(len(found)), [len(one.values) for one in found]).astype(np.int64)
    labels: list[tuple[str, Split]] = [(one.name, "") for one in found]
    return Values(
        labels=labels,
        series=series[order],
        values=values[order],
        steps=steps[order],
        epochs=np.full(count, np.nan),
        times=times[order],
        writers=np.zeros(count, np.int64),
        lines=np.zeros(count, np.int64),
    )


def to_log(
    path: str,
    format_name: str,
    values: Values,
    facts: Mapping[str, object] | None,
    problems: Problems,
) -> Log:
    """Return the log that values make, or why there is none."""
    if not len(values.values):
        reason = Problem(message="no value in it: nothing has been logged yet", kind="nothing")
        return Log(path=path, format=format_name, problems=(reason, *problems.listed()))
    return assemble(path, format_name, to_records(values), facts or {}, problems.listed())
