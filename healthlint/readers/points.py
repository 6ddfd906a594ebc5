"""Records from single values: formats that store one number at a time (TensorBoard, MLflow, ...).

Values that follow each other at one step become one record, as if they had been logged together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from healthlint.logs.model import Floats, Integers, Split
from healthlint.logs.records import Column, Mark, Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Single values in the order in which they were logged, arrays of shape ``(values,)``.

    Attributes:
        labels: Name as logged and split (told beside the name) of each series.
        series: Which series each value is of.
        values: The values.
        steps: Step of each, NaN where unknown.
        epochs: Epoch of each, NaN where unknown.
        times: Unix time of each, NaN where unknown.
        writers: Which writer logged it; values of two writers never share a record.
        lines: 1-based line of each in its file, 0 where the format has no lines.
        starts: Which values a writer began a training anew with, and in words how that is known.
    """

    labels: Sequence[tuple[str, Split]]
    series: Integers
    values: Floats
    steps: Floats
    epochs: Floats
    times: Floats
    writers: Integers
    lines: Integers
    starts: Mapping[int, str] = field(default_factory=dict)


def to_records(found: Values) -> Records:
    """Return the records that single values make."""
    groups = _groups(found)
    starts = [(int(groups[at]), why) for at, why in sorted(found.starts.items())]
    ranks = _ranks(groups, found.series, len(found.labels))
    order: Integers | None = None
    if ranks is not None:  # a series twice at one step: the second value is a record of its own
        order = np.lexsort((ranks, groups))
        found = _taken(found, order)
        known, groups = groups[order], _numbered(groups[order], ranks[order])
        starts = [(int(groups[np.searchsorted(known, group)]), why) for group, why in starts]
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    return Records(
        lines=found.lines[first],
        steps=found.steps[first],
        epochs=found.epochs[first],
        times=found.times[first],
        columns=_columns(found, groups),
        marks=[Mark("run", group, 0, {"_why": why}) for group, why in starts],
        keys=tuple(dict.fromkeys(name for name, _ in found.labels)),
    )


def _groups(found: Values) -> Integers:
    """Return the number of the record of each value: a new one where step or writer change."""
    if not len(found.values):
        return np.zeros(0, np.int64)
    steps = np.where(np.isnan(found.steps), -np.inf, found.steps)
    epochs = np.where(np.isnan(found.epochs), -np.inf, found.epochs)
    changes = (steps[1:] != steps[:-1]) | (found.writers[1:] != found.writers[:-1])
    changes |= epochs[1:] != epochs[:-1]
    return np.concatenate(([0], np.cumsum(changes)))


def _ranks(groups: Integers, series: Integers, count: int) -> Integers | None:
    """Return how often the series of each value came before in its group; None where none did."""
    keys = groups * max(count, 1) + series
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    is_again = np.concatenate(([False], ordered[1:] == ordered[:-1]))[: len(keys)]
    if not is_again.any():
        return None
    at = np.arange(len(keys))
    starts = np.maximum.accumulate(np.where(is_again, 0, at))
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = at - starts
    return ranks


def _numbered(groups: Integers, ranks: Integers) -> Integers:
    """Return new numbers for groups that were divided."""
    changes = (np.diff(groups) != 0) | (np.diff(ranks) != 0)
    return np.concatenate(([0], np.cumsum(changes)))


def _taken(found: Values, order: Integers) -> Values:
    names = ("series", "values", "steps", "epochs", "times", "writers", "lines")
    taken: dict[str, Any] = {name: getattr(found, name)[order] for name in names}
    return replace(found, **taken)


def _columns(found: Values, groups: Integers) -> list[Column]:
    """Return a column a series, in the order of their first value; equal ordinals are shared."""
    order = np.argsort(found.series.astype(np.int16), kind="stable")  # names are at most 10,000
    counts = np.bincount(found.series, minlength=len(found.labels))
    stops = np.cumsum(counts)
    columns: list[Column] = []
    shared: dict[tuple[int, int, int], Integers] = {}
    for label, count, stop in zip(found.labels, counts.tolist(), stops.tolist(), strict=True):
        if not count:
            continue
        at = order[stop - count : stop]
        records = groups[at]
        key = count, int(records[0]), int(records[-1])
        if key in shared and np.array_equal(shared[key], records):
            records = shared[key]
        shared[key] = records
        columns.append(Column(label[0], label[1], records, found.values[at]))
    return sorted(columns, key=lambda column: int(column.records[0]))
