"""Reading piece by piece, so that a log that grows need not be read again from its beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from healthlint.logs.model import Log
from healthlint.readers.source import Batch, Source, batches


class Reading(Protocol):
    """What lines tell so far. A copy (``deepcopy``) makes a log of it, and the lines go on."""

    def add(self, batch: Batch) -> None:
        """Add lines that follow those added before."""

    def damaged(self, damage: str) -> None:
        """Note what ended the reading too early."""

    def log(self, path: str, facts: Mapping[str, object]) -> Log:
        """Return the log that the lines make; nothing can be added after it."""


class Read(Protocol):
    """Reads a source to its end."""

    def __call__(self, source: Source, facts: Mapping[str, object] | None = None) -> Log:
        """Return the log of a source; bad content is among its problems."""


def whole(begin: Callable[[Source], Reading], separator: bytes = b"\n") -> Read:
    """Return what reads a source to its end with what reads it piece by piece.

    Args:
        begin: Returns the reading of a source of which only the first bytes are looked at.
        separator: What separates lines.
    """

    def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
        reading = begin(source)
        for batch in batches(source, separator):
            reading.add(batch)
        if source.damage:
            reading.damaged(source.damage)
        return reading.log(source.path, facts or {})

    return read
