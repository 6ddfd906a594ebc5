"""Decoded records into columns: wide, nested and long ones, headers, events and ends."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.axes import axis_of
from healthlint.logs.model import Floats, Integers, Split
from healthlint.logs.records import Records
from healthlint.logs.vocabulary import LONGEST, ToldSplit, split_of, told_name, told_split
from healthlint.readers.blanks import without_blanks
from healthlint.readers.columns import SHIFT, Columns
from healthlint.readers.gathered import Gathered
from healthlint.readers.numbers import iso_time, to_floats, to_number, to_table, to_times
from healthlint.readers.problems import Problems
from healthlint.readers.shapes import DEEPEST, Shape, flatten, shape_of
from healthlint.readers.unread import Unreadable

_NO_SETS = ("set", "split", "data", "epoch", "step", "end", "loss", "metrics")
SHAPES = 256
"""Sets of keys that are remembered."""

Record = dict[str, object]
Mask = NDArray[np.bool_]
Label = TypeVar("Label", bound=Hashable)


class Rows:
    """Puts records into columns.

    Args:
        columns: Where they go.
        problems: Where to say what could not be read.

    Attributes:
        unreadable: Values that should have been numbers.
    """

    def __init__(self, columns: Columns, problems: Problems) -> None:
        self._columns = columns
        self._problems = problems
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._first_set = ""
        self._tables: dict[tuple[str, ...], Shape] = {}
        self._gathered = Gathered(self._put)
        self.unreadable = Unreadable()

    def add(self, records: list[Record], places: Integers) -> None:
        """Add records of any keys.

        Args:
            records: The decoded lines.
            places: The place of each, rising.
        """
        if not self.add_numbers(records, places):
            self.add_mixed(records, places)

    def add_mixed(self, records: list[Record], places: Integers) -> None:
        """Add records of which it is known that they are not of plain numbers."""
        first = list(records[0])
        if list(chain.from_iterable(records)) == first * len(records):  # all alike, the usual case
            self._add_alike(tuple(first), records, places)
            return
        for key, rows in _rows_by(list(map(tuple, records))).items():
            self._add_alike(key, [records[row] for row in rows], places[rows])

    def add_numbers(self, records: list[Record], places: Integers) -> bool:
        """Add records of plain numbers with the same keys; return whether they are such."""
        if not records:
            return True
        if not self.takes_tables(records[0]):
            return False
        table = to_table(records, tuple(records[0]))
        if table is None:
            return False
        self.add_alike(records[0], places, table)
        return True

    def takes_tables(self, first: Record) -> bool:
        """Return whether records like this one can be added as a table of their numbers."""
        is_number = map((float, int).__contains__, map(type, first.values()))
        return self._shape(tuple(first)).is_plain and all(is_number)

    def add_alike(self, first: Record, places: Integers, table: Floats) -> None:
        """Add records of plain numbers with the same keys.

        Args:
            first: The first of them, one that ``takes_tables``.
            places: The place of each, rising, shape ``(records,)``.
            table: Their values, shape ``(records, keys)``.
        """
        shape = self._shape(tuple(first))
        self._note_epoch(shape, [first], places[:1])
        self._columns.expect(shape.names, "")
        self._gathered.add(shape, places, table)

    def add_table(
        self, names: Sequence[str], places: Integers, values: Floats, present: Mask
    ) -> bool:
        """Add rows of numbers with a name for each column; return whether they can be added so.

        They cannot where it depends on the row what a column is: two names of one axis, a name
        twice, a name and its value in columns of their own.

        Args:
            names: Name of each column, empty for those that are left out.
            places: The place of each row, rising.
            values: The numbers, shape ``(rows, columns)``.
            present: Which of them were logged.
        """
        used = [at for at, name in enumerate(names) if name]
        keys = tuple(names[at] for at in used)
        shape = self._tables.get(keys) or self._tables.setdefault(keys, shape_of(keys))
        if not shape.is_plain or len(set(keys)) < len(keys):
            return False
        self._gathered.flush()  # what comes in order need not be sorted
        self._columns.keys.update((names[at], None) for at in used if present[:, at].any())
        if "epoch" in shape.axes and self._columns.wants_epoch(int(places[0])):
            self._note_first(used[shape.axes["epoch"]], places, values, present)
        columns = [np.where(present[:, at], values[:, at], np.nan) for at in used]
        masks = [None if present[:, at].all() else present[:, at] for at in used]
        clock = to_times(columns[shape.axes["time"]]) if "time" in shape.axes else None
        self._put(shape, "", places, columns, masks, clock)
        return True

    def _note_first(self, column: int, places: Integers, values: Floats, present: Mask) -> None:
        """Note whether the first epoch of a table is a fraction."""
        there = np.flatnonzero(present[:, column])
        if len(there):
            epoch = float(values[there[0], column])
            self._columns.note_epoch(int(places[there[0]]), is_fraction=epoch % 1 != 0)

    def finish(self) -> Records:
        """Return all that was added; nothing can be added after it."""
        self._gathered.flush()
        records = without_blanks(self._columns.finish(), self._problems)
        return replace(records, unread=self.unreadable.told(records, self._problems))

    def _add_alike(self, keys: tuple[str, ...], records: list[Record], places: Integers) -> None:
        """Add records that all have the same keys."""
        shape = self._shape(keys)
        if not keys:
            return
        if shape.is_special:
            self._add_special(records, places)
        elif shape.long is not None:
            self._add_long(shape, records, places)
        elif shape.split is None:
            self._add_wide(shape, "", records, places)
        else:
            key = keys[shape.split]
            told = [_told_set(key, record[key]) for record in records]
            for (split, part), rows in _rows_by(told).items():
                chosen = [records[row] for row in rows]
                self._first_set = self._first_set or part
                if part != self._first_set and part:  # losses of one are not those of another
                    chosen = [_of_set(shape, record, split, part) for record in chosen]
                    self.add(chosen, places[rows])
                else:
                    self._add_wide(shape, split, chosen, places[rows])

    def _shape(self, keys: tuple[str, ...]) -> Shape:
        shape = self._shapes.get(keys)
        if shape is None:
            shape = shape_of(keys)
            if len(self._shapes) < SHAPES:
                self._shapes[keys] = shape
                self._columns.keys.update(dict.fromkeys(keys[:SHAPES]))
        return shape

    def _add_wide(
        self, shape: Shape, split: ToldSplit, records: list[Record], places: Integers
    ) -> None:
        """Add records with a key for each metric; nested ones are flattened and come again."""
        if any(type(value) is dict for value in records[0].values()):  # as all others, mostly
            self._add_nested(records, places)
            return
        converted, present = to_floats(records)
        if _hold_objects(records, shape.keys, present):
            self._add_nested(records, places)
            return
        self._note_epoch(shape, records, places)
        self._note_unread(shape, split, records, places, present)
        self._put(shape, split, places, converted, present, _clock(shape, converted, records))

    def _note_unread(
        self,
        shape: Shape,
        split: ToldSplit,
        records: list[Record],
        places: Integers,
        present: Sequence[Mask | None],
    ) -> None:
        """Note the values of wide records that are text where a number belongs."""
        axes = [(at, shape.keys[at]) for axis, at in shape.axes.items() if axis != "time"]
        for position, name in (*shape.metrics, *axes):
            there = present[position]
            if there is not None:
                values = [record[shape.keys[position]] for record in records]
                self.unreadable.note(
                    *told_name(name, split), values, np.flatnonzero(~there), places
                )

    def _put(
        self,
        shape: Shape,
        split: ToldSplit,
        places: Integers,
        converted: Sequence[Floats],
        present: Sequence[Mask | None],
        clock: Floats | None,
    ) -> None:
        """Put wide records into columns.

        Args:
            shape: Their keys.
            split: The split that they tell.
            places: The place of each.
            converted: Their values, key by key.
            present: Which values are numbers, None where all are.
            clock: Their clock times, NaN where there is none; None where they have no time.
        """
        self._add_axes(shape, places, converted, clock)
        carrying: Mask | None = np.zeros(len(places), np.bool_)
        for position, name in shape.metrics:
            values, there = converted[position], present[position]
            if clock is not None and position == shape.axes["time"]:
                there = np.isnan(clock) & np.isfinite(values)
            if self._add_metric(told_name(name, split), position, places, values, there):
                carrying = None if there is None or carrying is None else carrying | there
        self._columns.carry(places if carrying is None else places[carrying])

    def _add_nested(self, records: list[Record], places: Integers) -> None:
        """Add records with objects in them, their keys joined."""
        flat = [flatten(record) for record in records]
        for (_, is_whole), place in zip(flat, places.tolist(), strict=True):
            if not is_whole:
                said = f"objects nested deeper than {DEEPEST} levels, what is below left out"
                self._problems.add(said, place >> SHIFT)
        self.add([record for record, _ in flat], places)

    def _add_metric(
        self,
        key: tuple[str, Split],
        position: int,
        places: Integers,
        values: Floats,
        present: Mask | None,
    ) -> bool:
        """Add the values that are there; return whether any was kept."""
        if present is not None:
            places, values = places[present], values[present]
        part = self._columns.metric(*key) if len(places) else None
        if part is not None:
            part.add(places, values, position)
        return part is not None

    def _add_axes(
        self, shape: Shape, places: Integers, converted: Sequence[Floats], clock: Floats | None
    ) -> None:
        """Add step, epoch and time of each record, where they are known."""
        for axis, position in shape.axes.items():
            values = converted[position] if axis != "time" or clock is None else clock
            known = np.isfinite(values)
            if known.all():
                self._columns.axes[axis].add(places, values)
            elif known.any():
                self._columns.axes[axis].add(places[known], values[known])

    def _note_epoch(self, shape: Shape, records: list[Record], places: Integers) -> None:
        """Note whether the first epoch is a fraction: a float beside a step that is an integer."""
        if "epoch" not in shape.axes or not self._columns.wants_epoch(int(places[0])):
            return
        key = shape.keys[shape.axes["epoch"]]
        step = shape.keys[shape.axes["step"]] if "step" in shape.axes else ""
        for record, place in zip(records, places.tolist(), strict=True):
            epoch = to_number(record[key])
            if epoch is not None:
                is_float = isinstance(record[key], float) and isinstance(record.get(step), int)
                self._columns.note_epoch(place, is_fraction=is_float or epoch % 1 != 0)
                return

    def _add_long(self, shape: Shape, records: list[Record], places: Integers) -> None:
        """Add records that carry one metric each: its name in one key, its value in another."""
        assert shape.long is not None
        named, at = shape.long
        converted, masks = to_floats(records)
        values, present = converted[at], masks[at]
        self._note_epoch(shape, records, places)
        self._add_axes(shape, places, converted, _clock(shape, converted, records))
        kept = np.zeros(len(records), np.bool_)
        names = [shape.keys[each] for each in named]
        split = shape.keys[shape.split] if shape.split is not None else ""
        labels = [(_joined(record, names), told_split(record.get(split))) for record in records]
        for (name, of), rows in _rows_by(labels).items():
            chosen = np.array(rows)
            there = None if present is None else present[chosen]
            if there is not None and name:
                texts = [records[row][shape.keys[at]] for row in rows]
                self.unreadable.note(
                    *told_name(name, of), texts, np.flatnonzero(~there), places[chosen]
                )
            if name and self._add_metric(
                told_name(name, of), 0, places[chosen], values[chosen], there
            ):
                kept[chosen] = True if there is None else there
        self._columns.carry(places[kept])

    def _add_special(self, records: list[Record], places: Integers) -> None:
        """Add headers, ends and events, and records that spell their non-finite values apart."""
        if "_type" not in records[0]:
            self.add([_with_nonfinite(record) for record in records], places)
            return
        for record, place in zip(records, places.tolist(), strict=True):
            self._add_mark(record, place)

    def _add_mark(self, record: Record, place: int) -> None:
        kind = record["_type"]
        if kind == "run" or kind == "end" or kind == "event":
            self._columns.mark(place, kind, record)
        else:
            self._problems.add("a line of an unknown `_type`, left out", place >> SHIFT)


def _told_set(key: str, word: object) -> tuple[ToldSplit, str]:
    """Return the split that a word names, and of sets like ``dev-clean`` what tells them apart."""
    split, _, part = str(word)[:LONGEST].replace("_", "-").partition("-")
    if part and key.lower() in ("set", "subset", "split", "part") and split_of(split) == "val":
        return told_split(split), "" if part in _NO_SETS else part.strip("-")
    return told_split(word), ""


def _of_set(shape: Shape, record: Record, split: ToldSplit, part: str) -> Record:
    """Return a record of another set than the first, which the names of its metrics tell."""
    key = shape.keys[shape.split or 0]
    flat = flatten(record)[0]
    named = {name: f"{name} {part}" for name in flat if axis_of(name) is None and name != key}
    return {named.get(name, name): value for name, value in (flat | {key: split}).items()}


def _rows_by(labels: Sequence[Label]) -> dict[Label, list[int]]:
    """Return the rows that have each label, in order."""
    found: dict[Label, list[int]] = {}
    for row, label in enumerate(labels):
        found.setdefault(label, []).append(row)
    return found


def _joined(record: Record, keys: Sequence[str]) -> str:
    """Return the name that a long record gives, empty where it is no text."""
    words = [record[key] for key in keys]
    return "/".join(map(str, words)) if all(isinstance(word, str) for word in words) else ""


def _hold_objects(
    records: list[Record], keys: Sequence[str], present: Sequence[Mask | None]
) -> bool:
    """Return whether a value is a nested object; only what is no number can be one."""
    odd = [key for key, mask in zip(keys, present, strict=True) if mask is not None]
    return any(type(record[key]) is dict for key in odd for record in records)


def _clock(shape: Shape, converted: Sequence[Floats], records: list[Record]) -> Floats | None:
    """Return clock times in seconds since 1970, also those spelled as text, NaN without one.

    None where the records have no time.
    """
    if "time" not in shape.axes:
        return None
    position = shape.axes["time"]
    times = to_times(converted[position])
    for at in np.flatnonzero(np.isnan(converted[position])).tolist():
        time = iso_time(records[at][shape.keys[position]])
        if time is not None:
            times[at] = time
    return times


def _with_nonfinite(record: Record) -> Record:
    """Return a record with the value that is spelled apart in place of its ``null``."""
    spelled = record.pop("_nonfinite")
    if isinstance(spelled, dict):
        for key, text in spelled.items():
            if record.get(key) is None:
                record[key] = to_number(text)
    return record
