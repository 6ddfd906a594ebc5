"""Tables: Lightning ``metrics.csv``, Keras ``CSVLogger``, timm ``summary.csv``, W&B exports, ...

The first line names the columns; a blank cell was not logged. Lightning writes a row for each call,
blank elsewhere. A header that is repeated is passed over. Between semicolons ``0,51`` is a number.
Exports of W&B name columns ``run - metric`` with ``__MIN`` and ``__MAX`` beside them; those of
TensorBoard have one ``Value``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from healthlint.logs.axes import axis_of
from healthlint.logs.model import Floats
from healthlint.logs.vocabulary import recognise
from healthlint.readers.columns import NAMES
from healthlint.readers.grammar import speaks_of_loss
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.rows import Mask
from healthlint.readers.source import Source
from healthlint.readers.textlog import Block, Line, Text, TextReading, head_lines

FORMAT = "csv"
KNOWN_BY = "a line of names with a step or epoch among them, over lines of as many cells"
UNSEEN = (
    "rows that a killed logger had not flushed (Lightning: up to 99); Keras knows epochs only; "
    "W&B exports are sampled to 500 points unless asked otherwise",
)
_NAME = re.compile(r"^[A-Za-z_][\w /.\-@%()]{0,80}$")
_COUNTED = "no step and no epoch in it: rows are counted as {}s"
_ODD = (b'"', b"_", b"\r", b"\x1b")  # of cells that are not cut at each separator, or no numbers
_SEPARATORS = ",\t;"
_DECIMAL_COMMA = re.compile(r"^[-+]?\d*,\d+(?:[eE][-+]?\d+)?$")
_WANDB = re.compile(r"^(?P<run>.+) - (?P<name>.+?)(?P<end>__MIN|__MAX)?$")
_TAG = re.compile(r"tag-(.+?)(?:\.csv)?(?:\.gz)?$")


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a table of metrics, from 0 to 1."""
    lines = head_lines(head, 8)
    separator = _separator(lines[0]) if lines else ""
    if not separator:
        return 0.0
    names = _cells(lines[0], separator)
    if not _is_header(names):
        return 0.0
    if len(lines) < 2:
        return 0.0 if _needs_axis(names) else 0.6
    if _needs_axis(names):
        rows = [_cells(line, separator) for line in lines[1:]]
        are_numbers = all(_number(cell) is not None for row in rows for cell in row if cell)
        return 0.5 if are_numbers else 0.0
    alike = [len(_cells(line, separator)) == len(names) for line in lines[1:-1] or lines[1:]]
    # a table whose rows go wrong further down is one: text would pass them over without a word
    return max(0.95 * sum(alike) / len(alike), 0.85 * alike[0])


def _separator(line: str) -> str:
    """Return what separates the cells of a header, empty where nothing does."""
    found = max(_SEPARATORS, key=line.count)
    return found if found in line else ""


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    except (csv.Error, StopIteration):
        return [cell.strip(' "') for cell in line.split(separator)]


def _is_header(names: Sequence[str]) -> bool:
    """Return whether cells name columns: one is an axis, or speaks of a loss; none is a number."""
    if any(parse(name) is not None for name in names if name):
        return False
    return any(axis_of(name) for name in names) or _needs_axis(names)


def _needs_axis(names: Sequence[str]) -> bool:
    """Return whether columns are metrics without a step or epoch: rows are to be counted.

    As pandas writes the history of Keras: a first column without a name; or with no such column.
    """
    metrics = [name for name in names if name]
    if not metrics or any(axis_of(name) for name in names) or len(metrics) < len(names) - 1:
        return False
    is_first = len(metrics) == len(names) or not names[0] or names[0].startswith("Unnamed")
    return is_first and any(map(speaks_of_loss, metrics)) and all(map(_NAME.match, metrics))


def begin(source: Source) -> Reading:
    """Return the reading of a table, by its first bytes."""
    return _Reading(source)


class _Reading(TextReading):
    """Reads the rows of a table, those that are nothing but numbers many at a time."""

    is_speech = False

    def __init__(self, source: Source) -> None:
        text = Text(source, empty="only the names of columns: nothing has been logged yet")
        super().__init__(text, source, FORMAT)
        self._path = source.path
        self._table: _Table | None = None

    def take_block(self, block: Block) -> None:
        """Take the rows of a block."""
        if self._table is not None and self._table.add_numbers(block):
            return
        for line in block.lines():
            if self._table is None:
                separator = _separator(line.text)
                cells = _cells(line.text, separator)
                self._table = _Table(self.text, cells, separator, self._path)
            else:
                self._table.add(line)


read = whole(begin)


class _Table:
    """Goes through the rows of a table."""

    def __init__(self, text: Text, cells: Sequence[str], separator: str, path: str) -> None:
        self._text = text
        self._separator = separator
        self._path = path
        self._head(cells)

    def _head(self, cells: Sequence[str]) -> None:
        """Take the names of the columns; those of no name, of bounds, of other runs are dropped."""
        self._cells = list(cells)
        if len(cells) > NAMES:
            self._text.problems.add(f"more than {NAMES:,} columns; further ones left out")
        names = _exported(cells[:NAMES], self._text)
        tag = _TAG.search(Path(self._path).name)
        if [name.lower() for name in names] == ["wall time", "step", "value"]:
            names = ["time", "step", tag[1] if tag else Path(self._path).stem]
        self._names = names
        self._counted = ""
        if _needs_axis(names):
            splits = {recognise(name).split for name in names}
            self._counted = "epoch" if "val" in splits else "step"
            self._text.notes.append(_COUNTED.format(self._counted))
        self._rows = 0

    def add(self, line: Line) -> None:
        """Add a row."""
        cells = _cells(line.text, self._separator)
        if cells == self._cells:
            return
        if _is_header(cells) and len(cells) > 1:
            self._head(cells)  # a column was added, and the file went on
            return
        if len(cells) != len(self._names):
            more = len(cells) > len(self._names)
            what = "of more cells than there are columns" if more else "cut off, its end is lost"
            self._text.problems.add(f"a row {what}", line.number)
            if not more:
                cells = cells[:-1]  # the last one may be cut within a number
                self._text.lose(self._names[len(cells) :], line)
        self._rows += 1
        counted = {self._counted: self._rows} if self._counted else {}
        self._text.add(line, {**counted, **dict(self._values(cells))})

    def add_numbers(self, block: Block) -> bool:
        """Add rows that are nothing but numbers and blanks; return whether they were."""
        found = None if self._counted else _numbers(block, self._separator, len(self._cells))
        if found is None or len(self._names) != len(self._cells):
            return False
        return self._text.add_table(self._names, block.number, *found)

    def _values(self, cells: Sequence[str]) -> Iterator[tuple[str, object]]:
        for name, cell in zip(self._names, cells, strict=False):
            if name and cell:
                number = _number(cell)
                if number is None and self._separator == ";" and _DECIMAL_COMMA.match(cell):
                    number = float(cell.replace(",", "."))
                yield name, cell if number is None else number


def _numbers(block: Block, separator: str, columns: int) -> tuple[Floats, Mask] | None:
    """Return the numbers of a block and which cells hold one, shape ``(rows, columns)``.

    None where a row has another number of cells, or a cell is neither a number nor blank: such
    rows are read one by one.
    """
    batch = block.batch
    text = batch.text.replace(b"\r\n", b"\n").removesuffix(b"\r") + b"\n"
    if batch.is_unfinished or not text.isascii() or any(sign in text for sign in _ODD):
        return None
    signs = np.frombuffer(text, np.uint8)
    is_end = signs == ord("\n")
    ends = np.flatnonzero(is_end | (signs == ord(separator)))
    if len(ends) != batch.count * columns or not is_end[ends[columns - 1 :: columns]].all():
        return None
    present = np.diff(ends, prepend=-1) > 1
    cells = text.decode().replace("\n", separator).split(separator)
    values = np.full(len(ends), np.nan)
    try:
        values[present] = list(map(float, compress(cells, present.tolist())))
    except ValueError:
        return None
    return values.reshape(-1, columns), present.reshape(-1, columns)


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return parse(cell)


def _exported(cells: Sequence[str], text: Text) -> list[str]:
    """Return the names of an export of W&B without the run; of several runs, the first one's."""
    found = [_WANDB.match(cell) for cell in cells]
    runs = list(dict.fromkeys(match["run"] for match in found if match))
    if not runs:
        return list(cells)
    if len(runs) > 1:
        said = f"{len(runs)} runs side by side: `{runs[0]:.40}` is read, the others are not"
        text.problems.add(said, 1, hint="export one run a file")
    names: list[str] = []
    for cell, match in zip(cells, found, strict=True):
        if match is None:
            names.append(cell)
        else:
            names.append(match["name"] if match["run"] == runs[0] and not match["end"] else "")
    return names
