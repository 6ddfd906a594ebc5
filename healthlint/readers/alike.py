"""Lines of JSON that differ in their numbers alone, as most loops write them.

A dict for each line costs more to make than its numbers to read. Where the first line without its
numbers is the frame of every line, the numbers are decoded as one list and no dict is made; what
is odd in the least is left to the decoder of records, which says what is wrong with it.
"""

from __future__ import annotations

from struct import error as StructError
from struct import pack
from typing import cast

import numpy as np

from healthlint.logs.model import Floats
from healthlint.readers.decoding import loads
from healthlint.readers.rows import Record
from healthlint.readers.source import Batch

_OF_NUMBERS = b"0123456789.+-E"
_BLANK, _TAB, _COMMA = b" \t,"
_APART = bytes.maketrans(b":}\n", b" \t,")
_FRAME = bytes(sorted({*range(256)} - {*_OF_NUMBERS, *b" :},\n"}))
_PATIENCE = 8
"""Batches in a row that may turn out to be mixed before no further one is tried."""


class Alike:
    """Decodes batches of lines that are alike, and remembers what they have in common."""

    def __init__(self) -> None:
        self._frame = b""
        self._first: Record | None = None
        self._has_powers = False
        self._misses = 0

    def first(self, batch: Batch) -> Record | None:
        """Return the first record where the lines may be alike, else None."""
        if batch.separator != b"\n" or self._misses >= _PATIENCE:
            return None
        line, _, _ = batch.text.partition(b"\n")
        self._has_powers = self._has_powers or b"e-" in line
        line = self._spelled(line)
        frame = line.translate(None, _OF_NUMBERS)
        if frame != self._frame or self._first is None:
            self._frame, self._first = frame, _framed(line, frame)
        return self._first

    def table(self, batch: Batch) -> Floats | None:
        """Return the numbers of lines like the first one, shape ``(lines, keys)``; None for others.

        Args:
            batch: Lines of which ``first`` was asked.
        """
        assert self._first is not None
        text = self._spelled(batch.text)
        table = None
        if text.translate(None, _OF_NUMBERS) == b"\n".join([self._frame] * batch.count):
            table = _numbers(text.translate(_APART, _FRAME), batch.count, len(self._first))
        elif not self._has_powers and b"e-" in text:
            self._has_powers = True
            return self.table(batch)
        self._misses = 0 if table is not None else self._misses + 1
        return table

    def _spelled(self, text: bytes) -> bytes:
        """Return a text in which the E of a power of ten is none of the letters of a key."""
        return text.replace(b"e-", b"E-") if self._has_powers else text


def _framed(line: bytes, frame: bytes) -> Record | None:
    """Return the record of a line, None where its frame does not say what is number and what key.

    Args:
        line: The line.
        frame: The same without the characters of numbers, wherever they stand.
    """
    try:
        record = loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or frame.count(b":") != len(record) or len(record) < 2:
        return None
    rebuilt = "{" + ",".join(f'"{key}":' for key in record) + "}"
    is_plain = frame.replace(b" ", b"") == rebuilt.replace(" ", "").encode(errors="replace")
    has_commas = frame.count(b",") != len(record) - 1 or frame.count(b"}") != 1
    return cast("Record", record) if is_plain and not has_commas else None


def _numbers(text: bytes, lines: int, keys: int) -> Floats | None:
    """Return the numbers of a text in which a blank stands for each colon, a tab for each brace.

    Two numbers in one place, or digits within a key, are then no list any more. A blank before a
    comma or a tab is a place without a number, where digits within its key would be taken for it.
    """
    codes = np.frombuffer(text, np.uint8)
    if ((codes[:-1] == _BLANK) & (codes[1:] <= _COMMA) & (codes[1:] != _BLANK)).any():
        return None
    try:
        values = loads(b"[" + text + b"]")
        return np.frombuffer(pack(f"{lines * keys}d", *values)).reshape(lines, keys)
    except (ValueError, StructError, OverflowError):
        return None
