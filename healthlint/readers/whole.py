"""Files that are one JSON value: read as a whole, within bounds."""

from __future__ import annotations

import json
from typing import NoReturn

from healthlint.logs.model import Problem
from healthlint.readers.decoding import loads
from healthlint.readers.source import Source

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
        raise WholeError(
            Problem(f"one JSON value, {what}", error.lineno, error.colno, kind="unreadable")
        ) from error
    except (RecursionError, ValueError):
        _refuse("one JSON value nested too deeply, or with too long a number")


def _refuse(message: str) -> NoReturn:
    raise WholeError(Problem(message, kind="unreadable"))
