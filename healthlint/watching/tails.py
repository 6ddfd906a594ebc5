"""What was read of a log that grows, so that only what has come since is read.

Lines (JSON Lines, tables, consoles) are read one after the other, event files of TensorBoard frame
by frame. A last line or frame that is being written is left out until it is whole, or settled:
nobody has written on it for a while. Other formats are read anew when they change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from healthlint.logs import Log
from healthlint.readers import growing, tensorboard
from healthlint.readers.paths import is_folder
from healthlint.readers.pieces import Reading
from healthlint.readers.registry import claimant
from healthlint.readers.remote import is_url
from healthlint.readers.source import BLOCK, HEAD, LONGEST, Batch, finished, opened

KNOWN_BY = 1024
"""Bytes of the beginning, and of what was read last, by which a file is known again."""
Change = Literal["truncated", "replaced"]
_ALARMING = re.compile(rb"\b(?:nan|inf|infinity|traceback|out of memory)\b", re.IGNORECASE)


def tail_of(path: str) -> Tail | None:
    """Return the tail of a log of which nothing was read yet, None where it is read as a whole.

    Raises:
        OSError: It cannot be read.
    """
    if is_url(path) or not Path(path).exists():
        return None
    if is_folder(path):
        owner = claimant(Path(path))
        return EventTail(path) if owner is not None and owner[0] is tensorboard else None
    with opened(path) as source:
        if tensorboard.sniff(source.head, path) == 1.0:
            return EventTail(path)
        found = growing(source)
        return LineTail(path, *found, len(source.head) < HEAD) if found else None


@dataclass
class LineTail:
    """The lines of a file that were read.

    Attributes:
        path: The file.
        reading: What was read of it.
        facts: What is known of its run.
        is_young: Whether so little was there that the format may prove to be another one.
        is_alarming: Whether what was read last holds a value that is not finite, or last words.
    """

    path: str
    reading: Reading
    facts: Mapping[str, object]
    is_young: bool
    is_alarming: bool = False
    _offset: int = 0
    _last: bytes = b""
    _begun: bytes = b""

    @property
    def is_open(self) -> bool:
        """Whether the last line has no end yet."""
        return bool(self._begun)

    def change(self) -> Change | None:
        """Return what was done to what was read, None where it is still as it was."""
        return _change(self.path, self._offset, self._last)

    def read_on(self) -> None:
        """Read what has come.

        Raises:
            OSError: It cannot be read.
        """
        self.is_alarming = False
        with Path(self.path).open("rb") as stream:
            stream.seek(self._offset)
            while block := stream.read(BLOCK):
                self._take(block)
                self.is_alarming |= _ALARMING.search(block) is not None

    def _take(self, block: bytes) -> None:
        self._offset += len(block)
        self._last = (self._last + block)[-KNOWN_BY:]
        first, newline, more = block.partition(b"\n")
        if newline and len(self._begun) + len(first) > LONGEST:
            self.reading.add(Batch(b"", b"\n", is_too_long=True))
            self._begun, block = b"", more
        whole, newline, rest = block.rpartition(b"\n")
        if newline:
            self.reading.add(Batch(self._begun + whole, b"\n"))
            self._begun = b""
        self._begun = (self._begun + rest)[: LONGEST + 1]

    def log(self, facts: Mapping[str, object], *, is_settled: bool) -> Log:
        """Return the log so far."""
        reading = deepcopy(self.reading)
        begun = self._begun if is_settled else finished(self._begun)
        if begun:
            is_too_long = len(begun) > LONGEST
            text = b"" if is_too_long else begun
            reading.add(Batch(text, b"\n", is_unfinished=True, is_too_long=is_too_long))
        return reading.log(self.path, {**facts, **self.facts})


@dataclass(slots=True)
class _Known:
    """An event file that was read.

    Attributes:
        file: What was read of it.
        last: The bytes before the end of that.
        damage: What ended the reading too early.
        is_plain: Whether it can be read on: it is not packed.
    """

    file: tensorboard.File
    last: bytes = b""
    damage: str | None = None
    is_plain: bool = True


class EventTail:
    """The event files of a log that were read, each up to its last whole frame."""

    is_young = is_alarming = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[Path, _Known] = {}
        self._trouble: list[str] = []

    @property
    def is_open(self) -> bool:
        """Whether a last frame is not whole."""
        return any(known.file.frames.torn for known in self._known.values())

    def change(self) -> Change | None:
        """Return what was done to the first file that is not as it was, None where all are.

        A file that is gone was no doubt removed by who is to: its values are left out.
        """
        changes = (
            _change(str(path), known.file.frames.end, known.last)
            for path, known in self._known.items()
            if known.is_plain and path.exists()
        )
        return next(filter(None, changes), None)

    def read_on(self) -> None:
        """Read what has come."""
        at = Path(self._path)
        parts = tensorboard.parts(at) if at.is_dir() else [tensorboard.Part(at)]
        before, self._known, self._trouble = self._known, {}, []
        self.is_alarming = False
        for part in parts:
            known = before.get(part.path)
            count = len(known.file.points.values) if known else 0
            try:
                self._known[part.path] = known = _read_on(part, known)
                self.is_alarming |= not np.isfinite(known.file.points.values[count:]).all()
            except OSError as error:
                said = f"{part.path.name}: cannot be read: {error.strerror or error}"
                self._trouble.append(said)

    def log(self, facts: Mapping[str, object], *, is_settled: bool) -> Log:
        """Return the log so far."""
        reading = tensorboard.Reading()
        for path, known in self._known.items():
            reading.join(known.file, str(path), known.damage, is_growing=not is_settled)
        for said in self._trouble:
            reading.problems.add(said)
        return reading.log(self._path, facts)


def _read_on(part: tensorboard.Part, known: _Known | None) -> _Known:
    """Return an event file read to its end: from where it was left, else from its beginning."""
    with part.path.open("rb") as stream:
        if known is not None and known.is_plain and known.file.is_whole:
            stream.seek(known.file.frames.end)
            known.file.read_on(_Rest(stream))
        else:
            file = tensorboard.File(part.folder)
            with opened(str(part.path)) as source:
                file.read_on(source)
                known = _Known(file, b"", source.damage, source.is_plain)
        end = known.file.frames.end
        stream.seek(max(0, end - KNOWN_BY))
        known.last = stream.read(min(end, KNOWN_BY))
    return known


class _Rest(NamedTuple):
    """What follows in a stream."""

    stream: BinaryIO

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield it in pieces of at most so many bytes."""
        return iter(partial(self.stream.read, size), b"")


def _change(path: str, end: int, last: bytes) -> Change | None:
    """Return what was done to a file that held some bytes before an offset."""
    with suppress(OSError), Path(path).open("rb") as stream:
        if stream.seek(0, 2) < end:
            return "truncated"
        stream.seek(end - len(last))
        if stream.read(len(last)) == last:
            return None
    return "replaced"


Tail = LineTail | EventTail
"""What was read of a log, of one kind or the other."""
