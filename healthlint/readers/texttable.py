"""Tables within a text: a line of names over lines of as many cells.

Bars, tabs, blanks or commas stand between them.

Model cards (``| Training Loss | Epoch | Step | Validation Loss |``), fastai's columns, tables that
a logger prints behind its own words. A cell that is no number (``No log``) was not logged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from healthlint.readers.grammar import axis_word, speaks_of_loss
from healthlint.readers.numbers import parse

_BLANKS = re.compile(r" {2,}")
_NAME = re.compile(r"^[A-Za-z_][\w /.()@%\-]{0,60}$")
_HEAD = re.compile(r"^.{0,200}?[:\]>] +(?=\S{1,60}$)")  # what a logger puts before the first cell
_STAMP = re.compile(  # what it puts before a row of cells between blanks or bars
    r"^\W{0,2}(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?\W{0,4}"
    r"(?:(?:INFO|DEBUG|WARNING)\b\W{0,4})?(?=[\w|])"
)
_OF = re.compile(r"^(\d{1,18}) ?/ ?\d")
_MOST = 200


class TextTable:
    """Goes through the lines of a text and knows the columns of the table it is in."""

    def __init__(self) -> None:
        self._separator = ""
        self._names: Sequence[str] = ()
        self._axes: Sequence[int] = ()

    def record(self, text: str) -> dict[str, object] | None:
        """Return the record of a row, an empty one of a line of names, None of any other line."""
        if "%|" in text:  # a progress bar at the end of the row
            text = text.partition("%|")[0]
        separator = _separator(text)
        if not separator:
            return None
        text = _STAMP.sub("", text, 1)
        if separator == self._separator:
            cells = _cells(text, separator)
            if len(cells) == len(self._names) and (row := self._row(cells)):
                return row
        if any(sign in text for sign in "=:#{") and separator != "\t":
            return None
        return self._head(_cells(text, separator), separator)

    def _row(self, cells: Sequence[str]) -> dict[str, object]:
        """Return the record of cells, empty where they are none."""
        numbers = [_number(cell) for cell in cells]
        for at in self._axes:
            if numbers[at] is None and (match := _OF.match(cells[at])):
                numbers[at] = float(match[1])
        if not any(numbers[at] is not None for at in self._axes):
            return {}
        named = zip(self._names, numbers, strict=True)
        row: dict[str, object] = {name: x for name, x in named if name and x is not None}
        return row if len(row) > 1 else {}

    def _head(self, cells: Sequence[str], separator: str) -> dict[str, object] | None:
        """Take the names of the columns; one is an axis and one speaks of a loss."""
        if not 2 <= len(cells) <= _MOST or not all(map(_NAME.match, filter(None, cells))):
            return None
        names = [axis_word(cell) or cell for cell in cells]
        axes = [at for at, name in enumerate(names) if name in ("epoch", "step")]
        if not axes or not any(speaks_of_loss(name) for name in names if name):
            return None
        self._separator, self._names, self._axes = separator, names, axes
        return {}


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return parse(cell)


def _separator(text: str) -> str:
    if text.count("|") > 1:
        return "|"
    if "\t" in text:
        return "\t"
    return "  " if "  " in text.strip() else "," if "," in text else ""


def _cells(text: str, separator: str) -> list[str]:
    stripped = text.strip()
    if separator == "|":
        return [cell.strip() for cell in stripped.strip("|").split("|")]
    if separator == "  ":
        return _BLANKS.split(stripped)
    cells = [cell.strip() for cell in stripped.split(separator)]
    return [_HEAD.sub("", cells[0]), *cells[1:]]
