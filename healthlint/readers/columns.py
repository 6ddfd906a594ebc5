"""Columns of a log while it is read, in little more memory than their numbers.

Every object of a log has a *place*, ``line << SHIFT | index on the line``, so that order and line
need one integer. Ordinals are given at the end, when it is known which objects carry metrics.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.axes import Axis
from healthlint.logs.model import Floats, Integers, Split
from healthlint.logs.records import Column, Mark, MarkKind, Records
from healthlint.readers.problems import Problems

SHIFT = 24
"""Bits of a place that count the objects on one line."""
BLOCK = 16
"""Values that are worth an array of their own."""
NEVER = 1 << 62
"""Beyond any place."""
NAMES = 10_000
"""Metric names that are kept of one log."""


@dataclass(slots=True)
class Part:
    """Values of one metric or axis as they came: in blocks, and a few at a time.

    Values are put one after the other into a growing array, which is what the log keeps in the end.
    Small blocks kept until then would leave memory full of holes. Places stay in blocks, which
    columns that were logged together share.

    Attributes:
        first: Place of its first value, and position of its key in that record.
        places: Places of the values of each block.
    """

    first: tuple[int, int] = (NEVER, 0)
    places: list[Integers] = field(default_factory=list)
    _values: array[float] = field(default_factory=lambda: array("d"))
    _loose_places: array[int] = field(default_factory=lambda: array("q"))
    _loose_values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, places: Integers, values: Floats, position: int = 0) -> None:
        """Append values: a block as it is, a few of them to those that came in small numbers."""
        self.first = min(self.first, (int(places[0]), position))
        if len(places) >= BLOCK:
            self.places.append(places)
            self._values.frombytes(values.tobytes())
        else:
            self._loose_places.frombytes(places.tobytes())
            self._loose_values.frombytes(values.tobytes())

    def close(self) -> None:
        """Make the values that came in small numbers a block like the others."""
        if self._loose_places:
            self.places.append(np.frombuffer(self._loose_places, np.int64))
            self._values.extend(self._loose_values)
            self._loose_places, self._loose_values = array("q"), array("d")

    def __deepcopy__(self, _memo: object) -> Part:
        """Return a part that grows by itself: an array that is looked at cannot grow."""
        grown = self._values[:], self._loose_places[:], self._loose_values[:]
        return Part(self.first, [*self.places], *grown)

    def taken(self) -> Floats:
        """Return all values, in the order they came; the part must not grow any more."""
        self.close()
        return np.frombuffer(self._values, np.float64)


class Columns:
    """Grows the columns of one log.

    Args:
        problems: Where to say what could not be kept.

    Attributes:
        axes: Steps, epochs and times.
        keys: Keys that were seen.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._metrics: dict[tuple[str, Split], Part] = {}
        self._marks: list[tuple[int, MarkKind, Mapping[str, object]]] = []
        self._carrying: list[Integers] = []
        self._first_epoch: tuple[int, bool] | None = None
        self.keys: dict[str, None] = {}
        self.axes: dict[Axis, Part] = {"step": Part(), "epoch": Part(), "time": Part()}

    def __deepcopy__(self, memo: dict[int, object]) -> Columns:
        """Return columns that grow by themselves; what has come is shared."""
        made = Columns(deepcopy(self._problems, memo))
        made._metrics = deepcopy(self._metrics, memo)
        made._marks, made._carrying = [*self._marks], [*self._carrying]
        made._first_epoch = self._first_epoch
        made.keys, made.axes = dict(self.keys), deepcopy(self.axes, memo)
        return made

    def metric(self, name: str, split: Split) -> Part | None:
        """Return where values of a metric go, None when the log has too many names."""
        part = self._metrics.get((name, split))
        if part is None and len(self._metrics) < NAMES:
            part = self._metrics[name, split] = Part()
        elif part is None:
            self._problems.add(f"more than {NAMES:,} metric names; further ones left out")
        return part

    def expect(self, names: Iterable[str], split: Split) -> None:
        """Make room for metrics in the order in which they came; their values come later."""
        for name in names:
            self.metric(name, split)

    def carry(self, places: Integers) -> None:
        """Note the places of objects that carry a metric: the records."""
        if len(places):
            self._carrying.append(places)

    def mark(self, place: int, kind: MarkKind, fields: Mapping[str, object]) -> None:
        """Add a header, an end or an event."""
        self._marks.append((place, kind, fields))

    def wants_epoch(self, place: int) -> bool:
        """Return whether no epoch before this place has been noted."""
        return self._first_epoch is None or place < self._first_epoch[0]

    def note_epoch(self, place: int, *, is_fraction: bool) -> None:
        """Note how an epoch is written; the earliest one of the log counts."""
        if self.wants_epoch(place):
            self._first_epoch = (place, is_fraction)

    def finish(self) -> Records:
        """Return the records; the columns are used up by it."""
        order = _Order(self._carrying)
        steps, epochs, times = (order.spread(self.axes[a]) for a in ("step", "epoch", "time"))
        columns: list[Column] = []
        for key in sorted(self._metrics, key=lambda key: self._metrics[key].first):
            name, split = key  # the parts are dropped on the way: no value is held twice for long
            ordinals, values = order.column(self._metrics.pop(key))
            columns.append(Column(name, split, ordinals, values))
        return Records(
            lines=order.places >> SHIFT,
            steps=steps,
            epochs=epochs,
            times=times,
            columns=columns,
            marks=self._placed(order.places),
            has_fractional_epochs=self._first_epoch is not None and self._first_epoch[1],
            keys=tuple(self.keys),
        )

    def _placed(self, places: Integers) -> list[Mark]:
        marks = sorted(self._marks, key=lambda mark: mark[0])
        at = np.searchsorted(places, [place for place, _, _ in marks]).tolist()
        return [
            Mark(kind, position, place >> SHIFT, fields)
            for position, (place, kind, fields) in zip(at, marks, strict=True)
        ]


class _Order:
    """Turns places into ordinals; columns that came together share one array of them.

    The blocks of columns that came together are the same objects: their ids are the key.
    """

    def __init__(self, carrying: list[Integers]) -> None:
        self.places = np.concatenate(carrying) if carrying else np.zeros(0, np.int64)
        self._known: dict[tuple[int, ...], tuple[Integers, NDArray[np.int64] | None]] = {}
        self._alive = carrying.copy()  # an id stays good only while its object lives
        self._every = tuple(map(id, carrying))
        if _is_rising(self.places):
            self._known[self._every] = np.arange(len(self.places)), None
        else:
            ordered = np.sort(self.places, kind="stable")  # quick, for most are in order
            self.places = ordered[np.diff(ordered, prepend=-1) > 0]

    def column(self, part: Part) -> tuple[Integers, Floats]:
        """Return ordinals and values of a metric, in file order."""
        values = part.taken()
        ordinals, order = self._ordinals(part.places)
        return ordinals, values if order is None else values[order]

    def spread(self, part: Part) -> Floats:
        """Return an axis at every record, NaN where it is not logged."""
        values = part.taken()
        if tuple(map(id, part.places)) == self._every in self._known:
            return values
        places = np.concatenate(part.places) if part.places else np.zeros(0, np.int64)
        if np.array_equal(places, self.places):
            return values
        spread = np.full(len(self.places), np.nan)
        at = np.searchsorted(self.places, places)
        hit = at < len(self.places)
        hit[hit] = self.places[at[hit]] == places[hit]
        spread[at[hit]] = values[hit]
        return spread

    def _ordinals(self, parts: list[Integers]) -> tuple[Integers, NDArray[np.int64] | None]:
        """Return the ordinals of a column, and the order to bring it into, None where it is in."""
        key = tuple(map(id, parts))
        if key not in self._known:
            self._alive.extend(parts)
            places = np.concatenate(parts) if parts else np.zeros(0, np.int64)
            order = None if _is_rising(places) else np.argsort(places, kind="stable")
            if order is not None:
                places = places[order]
            is_all = np.array_equal(places, self.places)
            own = np.arange(len(places)) if is_all else np.searchsorted(self.places, places)
            self._known[key] = own, order
        return self._known[key]


def _is_rising(places: Integers) -> bool:
    return bool((np.diff(places) > 0).all())
