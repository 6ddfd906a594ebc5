"""Files that are one JSON value: read as a whole, within bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn

import numpy as np

from healthlint.logs.model import Integers, Problem
from healthlint.readers.columns import SHIFT
from healthlint.readers.decoding import loads
from healthlint.readers.source import Source

_ARRAY = re.compile(r"\[\s*\{")
_COMMA = re.compile(r"(?<!\s)\s*+,\s*+")
LARGEST = 256 << 20
"""Bytes of the largest file that is read as a whole."""


class WholeError(Exception):
    """The file is not one JSON value that can be read.

    Attributes:
        problem: What is wrong with it.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def json_of(source: Source) -> tuple[object, bytes]:
    """Return the JSON value that a source is, and its bytes.

    Raises:
        WholeError: It is too large, cut off, or no JSON.
    """
    pieces, size = [], 0
    for block in source.blocks():
        size += len(block)
        if size > LARGEST:
            _refuse("one JSON value of more than 256 MiB")
        pieces.append(block)
    text = b"".join(pieces)
    if source.damage:
        _refuse(source.damage)
    try:
        return loads(text), text
    except ValueError:
        pass
    try:
        return json.loads(text.decode("utf-8-sig", errors="replace")), text
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip()) - 8
        what = "cut off before its end" if is_cut else f"no JSON: {error.msg}"
        said, line, column = f"one JSON value, {what}", error.lineno, error.colno
        problem = Problem(message=said, line=line, column=column, kind="unreadable")
        raise WholeError(problem) from error
    except (RecursionError, ValueError):
        _refuse("one JSON value nested too deeply, or with too long a number")


def places(text: bytes, count: int) -> Integers:
    """Return the places of the records of the first array of so many: the line that each begins on.

    Line 1 where there is no such array, as of lists by metric.
    """
    letters = text.decode("latin-1")  # a letter a byte; what strings say does not matter here
    newlines = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    starts = np.zeros(count, np.int64)
    for array in _ARRAY.finditer(letters):
        found = list(_starts(letters, array.end() - 1))
        if len(found) == count:
            starts = np.array(found, np.int64)
            break
    return ((np.searchsorted(newlines, starts) + 1) << SHIFT) + np.arange(count)


def _starts(letters: str, at: int) -> Iterator[int]:
    """Yield where each object of an array begins, from its first on."""
    decoder = json.JSONDecoder()
    while letters.startswith("{", at):
        yield at
        try:
            end = decoder.raw_decode(letters, at)[1]
        except ValueError:  # letters of a text that only look like an array
            return
        comma = _COMMA.match(letters, end)
        at = comma.end() if comma else len(letters)


def _refuse(message: str) -> NoReturn:
    raise WholeError(Problem(message=message, kind="unreadable"))
