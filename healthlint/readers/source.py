"""Bytes of one path in pieces: plain files, gzip, standard input; its lines in bounded memory."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

BLOCK = 1 << 20
"""Bytes read at once."""
HEAD = 1 << 16
"""Bytes that a format is recognised by."""
LONGEST = 16 << 20
"""Bytes of the longest line that is read."""
TOO_LONG = b"\x00 longer than 16 MiB"
"""Stands in for a longer line."""
_GZIP = b"\x1f\x8b"


class Readable(Protocol):
    """Anything with ``read``."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


class Source:
    """One path, opened once, its beginning known; gzip is unpacked on the way.

    Attributes:
        path: The path as the user gave it, ``-`` for standard input.
        head: The first bytes, unpacked, at most 64 KiB.
        damage: What ended the reading too early (a truncated gzip file), else None.
    """

    def __init__(self, path: str, stream: Readable) -> None:
        self.path = path
        self.damage: str | None = None
        start = stream.read(len(_GZIP))
        self._stream: Readable = _Joined(start, stream)
        if start == _GZIP:
            self._stream = gzip.GzipFile(fileobj=cast("BinaryIO", self._stream))
        self.head = self._read(HEAD)

    def blocks(self) -> Iterator[bytes]:
        """Yield everything from the beginning, once, in pieces of up to 1 MiB.

        Damage of a gzip file ends the reading; what came before it is kept.
        """
        if self.head:
            yield self.head
        while block := self._read(BLOCK):
            yield block

    def _read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size > 0 and self.damage is None:
            try:
                piece = self._stream.read(size)
            except EOFError:
                self.damage = "the gzip file is truncated"
            except (gzip.BadGzipFile, zlib.error):
                self.damage = "the gzip file is damaged"
            else:
                if not piece:
                    break
                pieces.append(piece)
                size -= len(piece)
        return b"".join(pieces)


class _Joined:
    """Bytes already read, put back before the rest of a stream that cannot be rewound."""

    def __init__(self, start: bytes, stream: Readable) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        if self._start:
            piece, self._start = self._start[:size], self._start[size:]
            return piece
        return self._stream.read(size)


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """Yield the source of a path (``-`` is standard input) and close it.

    Raises:
        OSError: The path cannot be read.
    """
    if path == "-":
        yield Source(path, sys.stdin.buffer)
        return
    with Path(path).open("rb") as stream:
        yield Source(path, stream)


class Batch(NamedTuple):
    """Consecutive lines.

    Attributes:
        lines: The lines without their separator.
        is_unfinished: True for the last line of the file when no separator ends it.
        is_plain: True when ``true`` and ``false`` occur nowhere in them.
    """

    lines: list[bytes]
    is_unfinished: bool
    is_plain: bool


def batches(source: Source, separator: bytes = b"\n") -> Iterator[Batch]:
    """Yield the lines of a source, batch by batch.

    A line longer than 16 MiB is read past, not kept: ``TOO_LONG`` stands in for it.
    """
    rest: list[bytes] = []
    size = 0
    for block in source.blocks():
        pieces = block.split(separator)
        size += len(pieces[0])
        if size <= LONGEST:
            rest.append(pieces[0])
        if len(pieces) == 1:
            continue
        pieces[0] = b"".join(rest) if size <= LONGEST else TOO_LONG
        rest = [pieces.pop()]
        size = len(rest[0])
        yield Batch(pieces, False, _is_plain(block) and _is_plain(pieces[0]))
    if size:
        line = b"".join(rest) if size <= LONGEST else TOO_LONG
        yield Batch([line], True, _is_plain(line))


def _is_plain(text: bytes) -> bool:
    return b"true" not in text and b"false" not in text
