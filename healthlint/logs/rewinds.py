"""Points at which a series goes back: its own step, or its epoch, is below the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.logs.records import Records

DECIDED_BY = 3
"""Records from a rewind on, itself included, that tell what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewind:
    """A point of a series whose step or epoch is below the one before it.

    Attributes:
        record: Ordinal of the point.
        before: Ordinal of the last point of the series whose step or epoch is known.
        at: Position of the point in the series.
        name: Name of the series.
        series: Ordinals of all its points.
    """

    record: int
    before: int
    at: int
    name: str
    series: Integers

    def following(self) -> list[int]:
        """Return the points of the series that follow and count for the decision."""
        following = self.series[self.at + 1 : self.at + DECIDED_BY].tolist()
        return [record for record in following if record < self.record + DECIDED_BY]


def find_rewinds(records: Records) -> list[Rewind]:
    """Return the points at which a series goes back, in file order.

    Of one record, the series with most points so far comes first. (Not the one with most points
    in all: what comes later must not matter.)
    """
    rewinds: list[Rewind] = []
    names: dict[int, str] = {}
    shared: dict[int, Integers] = {}
    for column in records.columns:
        key = id(column.records)
        names[key] = min(names.get(key, column.name), column.name)
        shared[key] = column.records
    for key, series in shared.items():
        for axis in (records.steps, records.epochs):
            for before, at in _falls(axis if len(series) == len(axis) else axis[series]):
                rewinds.append(
                    Rewind(
                        record=int(series[at]),
                        before=int(series[before]),
                        at=at,
                        name=names[key],
                        series=series,
                    )
                )
    return sorted(rewinds, key=lambda rewind: (rewind.record, -rewind.at, rewind.name))


def _falls(axis: Floats) -> Iterator[tuple[int, int]]:
    """Yield the indices of known values that are below the known value before them: both."""
    known = np.flatnonzero(np.isfinite(axis))
    own = axis if len(known) == len(axis) else axis[known]
    falls = np.flatnonzero(own[1:] < own[:-1])
    return zip(known[falls].tolist(), known[falls + 1].tolist(), strict=True)
