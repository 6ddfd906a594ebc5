"""Decoded records into columns: wide, nested and long ones, headers, events and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats, Integers, Split
from healthlint.logs.vocabulary import split_of
from healthlint.readers.columns import SHIFT, Columns
from healthlint.readers.numbers import to_floats, to_number, to_times
from healthlint.readers.problems import Problems
from healthlint.readers.shapes import Shape, flatten, shape_of

SHAPES = 256
"""Sets of keys that are converted column by column; records of further ones value by value."""

Keys = tuple[str, ...]
Row = tuple[object, ...]
Mask = NDArray[np.bool_]
Converted = list[tuple[Floats, Mask | None]]


class Rows:
    """Puts records into columns.

    Args:
        columns: Where they go.
        problems: Where to say what could not be read.
    """

    def __init__(self, columns: Columns, problems: Problems) -> None:
        self._columns = columns
        self._problems = problems
        self._shapes: dict[Keys, Shape] = {}

    def add_objects(self, objects: Iterable[tuple[Mapping[str, object], int]]) -> None:
        """Add objects of any keys, each with its place."""
        groups: dict[Keys, tuple[list[Row], list[int]]] = {}
        for record, place in objects:
            group = groups.setdefault(tuple(record), ([], []))
            group[0].append(tuple(record.values()))
            group[1].append(place)
        for keys, (rows, places) in groups.items():
            self.add(keys, rows, places, is_plain=False)

    def add(self, keys: Keys, rows: list[Row], places: list[int], *, is_plain: bool) -> None:
        """Add records that all have the same keys.

        Args:
            keys: The keys, in order.
            rows: The values of each record, in the order of the keys.
            places: The place of each record, rising.
            is_plain: True when no value is a boolean.
        """
        shape = self._shapes.get(keys)
        if shape is None:
            shape = shape_of(keys)
            if len(self._shapes) < SHAPES:
                self._shapes[keys] = shape
                self._columns.keys.update(dict.fromkeys(keys[:SHAPES]))
        if shape.is_special:
            self._add_special(keys, rows, places)
        elif shape.long is not None:
            self._add_long(shape, shape.long, rows, places)
        elif shape.split is not None:
            for split, some, their in _by_split(rows, places, shape.split):
                self._add_wide(keys, shape, split, some, their, is_plain=is_plain)
        else:
            self._add_wide(keys, shape, "", rows, places, is_plain=is_plain)

    def _add_wide(
        self,
        keys: Keys,
        shape: Shape,
        split: Split,
        rows: list[Row],
        places: list[int],
        *,
        is_plain: bool,
    ) -> None:
        """Add records with a key for each metric; nested ones are flattened and come again."""
        columns = list(zip(*rows, strict=True))
        converted = [to_floats(column, is_plain=is_plain) for column in columns]
        nested = _with_objects(columns, converted)
        if nested:
            self.add_objects(
                (flatten(dict(zip(keys, row, strict=True))), place)
                if at in nested
                else (dict(zip(keys, row, strict=True)), place)
                for at, (row, place) in enumerate(zip(rows, places, strict=True))
            )
            return
        where = np.array(places, np.int64)
        self._note_epoch(shape, rows, places)
        clock = self._add_axes(shape, where, columns, converted)
        carrying: Mask | None = np.zeros(len(rows), np.bool_)
        for position, name in shape.metrics:
            values, present = converted[position]
            if position == shape.axes.get("time"):
                present = np.isnan(clock) & np.isfinite(values)
            if self._add_metric(name, split, where, values, present):
                carrying = None if present is None or carrying is None else carrying | present
        self._columns.carry(where if carrying is None else where[carrying])

    def _add_metric(
        self, name: str, split: Split, places: Integers, values: Floats, present: Mask | None
    ) -> bool:
        """Add the values that are there; return whether any was kept."""
        if present is not None:
            if not present.any():
                return False
            places, values = places[present], values[present]
        part = self._columns.metric(name, split)
        if part is not None:
            part.add(places, values)
        return part is not None

    def _add_axes(
        self, shape: Shape, places: Integers, columns: Sequence[Row], converted: Converted
    ) -> Floats:
        """Add step, epoch and time of each record; return the clock times, NaN without one."""
        clock = np.full(len(places), np.nan)
        for axis, position in shape.axes.items():
            values = converted[position][0]
            if axis == "time":
                values = clock = to_times(columns[position], values)
            known = np.isfinite(values)
            if known.all():
                self._columns.axes[axis].add(places, values)
            else:
                self._columns.axes[axis].add(places[known], values[known])
        return clock

    def _note_epoch(self, shape: Shape, rows: list[Row], places: list[int]) -> None:
        """Note whether the first epoch is a fraction: a float beside a step that is an integer."""
        at = shape.axes.get("epoch")
        if at is None or not self._columns.wants_epoch(places[0]):
            return
        for row, place in zip(rows, places, strict=True):
            epoch = to_number(row[at])
            if epoch is not None:
                step = row[shape.axes["step"]] if "step" in shape.axes else None
                is_float = isinstance(row[at], float) and isinstance(step, int)
                self._columns.note_epoch(place, is_fraction=is_float or epoch % 1 != 0)
                return

    def _add_long(
        self, shape: Shape, long: tuple[tuple[int, ...], int], rows: list[Row], places: list[int]
    ) -> None:
        """Add records that carry one metric each: its name in one key, its value in another."""
        names, value = long
        columns = list(zip(*rows, strict=True))
        values, present = to_floats(columns[value], is_plain=False)
        where = np.array(places, np.int64)
        axes = {position for position in shape.axes.values()}
        converted: Converted = [
            to_floats(column, is_plain=False) if at in axes else (values, None)
            for at, column in enumerate(columns)
        ]
        self._note_epoch(shape, rows, places)
        self._add_axes(shape, where, columns, converted)
        kept = np.zeros(len(rows), np.bool_)
        for (name, split), indices in _by_name(rows, names, shape.split).items():
            at = np.array(indices)
            there = None if present is None else present[at]
            if self._add_metric(name, split, where[at], values[at], there):
                kept[at] = True if there is None else there
        self._columns.carry(where[kept])

    def _add_special(self, keys: Keys, rows: list[Row], places: list[int]) -> None:
        """Add headers, ends and events, and records that spell their non-finite values apart."""
        plain: list[tuple[Mapping[str, object], int]] = []
        for row, place in zip(rows, places, strict=True):
            record = dict(zip(keys, row, strict=True))
            if "_type" in record:
                self._add_mark(record, place)
            else:
                plain.append((_with_nonfinite(record), place))
        self.add_objects(plain)

    def _add_mark(self, record: Mapping[str, object], place: int) -> None:
        kind = record["_type"]
        if kind == "run" or kind == "end" or kind == "event":
            self._columns.mark(place, kind, record)
        else:
            line = place >> SHIFT
            self._problems.add("a line of an unknown `_type`, skipped", line)


def _by_split(
    rows: list[Row], places: list[int], at: int
) -> Iterable[tuple[Split, list[Row], list[int]]]:
    """Yield the records of each split that the key at a position tells."""
    groups: dict[Split, tuple[list[Row], list[int]]] = {}
    for row, place in zip(rows, places, strict=True):
        some, their = groups.setdefault(split_of(row[at]), ([], []))
        some.append(row)
        their.append(place)
    for split, (some, their) in groups.items():
        yield split, some, their


def _by_name(
    rows: list[Row], names: tuple[int, ...], split: int | None
) -> dict[tuple[str, Split], list[int]]:
    """Return which rows carry which metric; rows whose name is no text are left out."""
    found: dict[tuple[str, Split], list[int]] = {}
    for index, row in enumerate(rows):
        words = [row[at] for at in names]
        if all(isinstance(word, str) for word in words):
            key = "/".join(map(str, words)), split_of(row[split]) if split is not None else ""
            found.setdefault(key, []).append(index)  # type: ignore[arg-type]
    return found


def _with_objects(columns: Sequence[Row], converted: Converted) -> set[int]:
    """Return which records hold a nested object."""
    return {
        int(at)
        for column, (_, present) in zip(columns, converted, strict=True)
        if present is not None
        for at in np.flatnonzero(~present)
        if isinstance(column[at], dict)
    }


def _with_nonfinite(record: dict[str, object]) -> dict[str, object]:
    """Return a record with the spelling of each non-finite value in place of its ``null``."""
    spelled = record.pop("_nonfinite")
    if isinstance(spelled, dict):
        record.update({key: text for key, text in spelled.items() if record.get(key) is None})
    return record
