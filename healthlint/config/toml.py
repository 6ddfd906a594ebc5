"""TOML with the place of every value: ``tomllib`` gives the data, a scan of the text the places.

The scan runs over text that ``tomllib`` has accepted, so it needs to know where values begin and
end, and not what they mean.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from typing import Any

from healthlint.rulebook.yaml12 import Document, Path, TextPlace

_TABLE: Path = ("tool", "healthlint")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
MOST_PARTS = 100
"""Parts of the longest dotted name."""
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|'
    + r"'''.*?'{3,5}(?!')|"
    + r'"(?:[^"\\\n]|\\.)*"|'
    + r"'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]*[^,\]}#\n \t\r]")


class NotTOML(ValueError):
    """A text is no TOML, or none that anybody writes; the message may end with its place."""


def loads(text: str) -> dict[str, Any]:
    """Return the data of a TOML text.

    Raises:
        NotTOML: It is none, is nested too deep, or has too long a number.
    """
    for count, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_PARTS and _has_long_key(line):
            raise NotTOML(f"A name of more than {MOST_PARTS} parts (at line {count}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise NotTOML("nested too deep") from error
    except ValueError as error:
        raise NotTOML(str(error).partition(";")[0]) from error


def _has_long_key(line: str) -> bool:
    """Return whether a line has a name of many parts: they cost the square of their number."""
    names = line.split("=")[:-1] if not line.lstrip().startswith("[") else [line]
    return any(name.count(".") > MOST_PARTS for name in names)


def parse(text: str, path: str) -> Document:
    """Return the document of ``[tool.healthlint]``; what cannot be read is among its problems."""
    document = Document(path, lines=[line.rstrip("\r") for line in text.split("\n")])
    try:
        whole = loads(text)
    except NotTOML as error:
        _note(document, str(error))
        return document
    document.data = whole["tool"]["healthlint"]
    with suppress(RecursionError):  # nested deeper than anybody writes: places are missing then
        _Scan(text, document).run()
    return document


def _note(document: Document, message: str) -> None:
    """Note why a text is no TOML, at the place that the message ends with."""
    at = _AT.search(message)
    last = max((i for i, line in enumerate(document.lines, 1) if line.strip()), default=1)
    line = int(at[1]) if at and at[1] else last
    column = int(at[2]) if at and at[2] else 1
    document.note(TextPlace(line, column, 1), f"not valid TOML: {_AT.sub('', message)}")


class _Scan:
    """Walks the text of a valid TOML file and notes where keys and values stand."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self.position = 0
        self.arrays: dict[Path, int] = {}
        self.breaks = [match.end() for match in re.finditer("\n", text)]

    def run(self) -> None:
        """Note the place of everything below ``[tool.healthlint]``."""
        table: Path = ()
        self._skip(_BLANK)
        while self.position < len(self.text):
            if self.text[self.position] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.position)
        assert match is not None  # the text is valid
        self.position = match.end()
        return match[0]

    def _header(self) -> Path:
        """Return the path of ``[a.b]`` or of the next ``[[a.b]]``."""
        start = self.position
        is_array = self.text.startswith("[[", self.position)
        self.position += 1 + is_array
        path = self._key(())
        self.position += 1 + is_array
        if is_array:
            count = self.arrays[path] = self.arrays.get(path, -1) + 1
            path = (*path, count)
            self._note(path, start, self.document.values)
        return path

    def _key(self, table: Path) -> Path:
        """Return the path of a dotted key below a table, noting each of its parts."""
        path = table
        while True:
            self._skip(_SPACE)
            start = self.position
            path = (*path, _plain(self._skip(_KEY)))
            self._note(path, start, self.document.keys, self.document.values)
            self._skip(_SPACE)
            if self.text[self.position : self.position + 1] != ".":
                return path
            if path in self.arrays:  # [a.b] below [[a]] means the newest item of a
                path = (*path, self.arrays[path])
            self.position += 1

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self.position += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self.position
        opening = self.text[start]
        if opening == "[":
            self.position += 1
            count = 0
            while self._is_open("]"):
                self._value((*path, count))
                count += 1
        elif opening == "{":
            self.position += 1
            while self._is_open("}"):
                self._pair(path)
        else:
            self._skip(_STRING if opening in "\"'" else _BARE)
        own = _own(path)
        if own is not None:
            self.document.values[own] = self._mark(start)
            self.document.stops[own] = self._line(self.position)

    def _is_open(self, closing: str) -> bool:
        """Step over blanks and a comma; return False behind the closing bracket."""
        self._skip(_BLANK)
        if self.text[self.position] == ",":
            self.position += 1
            self._skip(_BLANK)
        if self.text[self.position] != closing:
            return True
        self.position += 1
        return False

    def _note(self, path: Path, start: int, *places: dict[Path, TextPlace]) -> None:
        """Note where a key or an item begins, unless that is known."""
        own, mark = _own(path), self._mark(start)
        if own is not None:
            for known in places:
                known.setdefault(own, mark)
            self.document.stops.setdefault(own, mark.line)

    def _mark(self, start: int) -> TextPlace:
        """Return the place of what was just read: its whole word where it is on one line."""
        line = self._line(start)
        column = start - (self.breaks[line - 2] if line > 1 else 0)
        is_word = self._line(self.position) == line and self.text[start] not in "[{"
        return TextPlace(line, column + 1, max(1, self.position - start) if is_word else 1)

    def _line(self, position: int) -> int:
        return bisect_right(self.breaks, position) + 1


def _own(path: Path) -> Path | None:
    """Return a path as it reads below ``tool.healthlint``, None where it is elsewhere."""
    return path[len(_TABLE) :] if path[: len(_TABLE)] == _TABLE else None


def _plain(word: str) -> str:
    """Return the name that a key means."""
    return next(iter(tomllib.loads(f"{word} = 1"))) if word[0] in "\"'" else word
