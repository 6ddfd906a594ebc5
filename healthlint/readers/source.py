"""Bytes of one path in pieces: plain files, gzip, standard input; its lines in bounded memory."""

from __future__ import annotations

import errno
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from healthlint.files.limits import refuse_special
from healthlint.readers.boxed import is_boxed, unboxed
from healthlint.readers.encodings import encoding_of, recoded

BLOCK = 1 << 17
"""Bytes read at once: what is decoded from it stays within the cache of a processor."""
HEAD = 1 << 16
"""Bytes that a format is recognised by."""
LONGEST = 16 << 20
"""Bytes of the longest line that is read."""
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_STEP = 512
_IS_GROWING: ContextVar[bool] = ContextVar("_IS_GROWING", default=False)
_LARGEST_WINDOW = 1 << 27
_GZIP_FORMAT = 31  # a window of 32 KiB, with the header and checksum of gzip


class Readable(Protocol):
    """Anything with ``read``."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


class Source:
    """One path, opened once, its beginning known; gzip is unpacked on the way, UTF-16 recoded.

    Attributes:
        path: The path as the user gave it, ``-`` for standard input.
        head: The first bytes, unpacked, at most 64 KiB.
        damage: What ended the reading too early (a truncated gzip file), else None.
        is_plain: Whether the path is a file with just these bytes: not packed, recoded or a stream.
    """

    def __init__(self, path: str, stream: Readable) -> None:
        self.path = path
        self.damage: str | None = None
        start = stream.read(len(_ZSTD))
        self._stream: Readable = _Joined(start, stream)
        if start[: len(_GZIP)] == _GZIP:
            self._stream = _Unpacked(self._stream)
        elif start == _ZSTD:
            self._stream = _unpacked_zstd(self._stream) or self._stream
        self.is_plain = path != "-" and isinstance(self._stream, _Joined)
        self.head = self._read(HEAD)
        if encoding := encoding_of(self.head):
            self._draw(recoded(self._pieces(), encoding))
        if is_boxed(self.head):
            self._draw(unboxed(self._pieces()))

    def _pieces(self) -> Iterator[bytes]:
        return chain((self.head,), iter(partial(self._stream.read, BLOCK), b""))

    def _draw(self, pieces: Iterator[bytes]) -> None:
        """Go on with what is made of the stream, from its beginning."""
        self._stream, self.is_plain = _Drawn(pieces), False
        self.head = self._read(HEAD)

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """Yield everything from the beginning, once, in pieces.

        Damage of a gzip file ends the reading; what came before it is kept.

        Args:
            size: Bytes of the largest piece.
        """
        if self.head:
            yield self.head
        while block := self._read(size):
            yield block

    def _read(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size > 0 and self.damage is None:
            try:
                piece = self._stream.read(size)
            except EOFError as error:
                self.damage = f"the {error} file is truncated"
            except zlib.error:
                self.damage = "the gzip file is damaged"
            except OSError:
                raise
            except Exception as error:
                if not _is_of_zstd(error):
                    raise
                self.damage = "the zstd file is damaged"
            else:
                if not piece:
                    break
                pieces.append(piece)
                size -= len(piece)
        return b"".join(pieces)


def _unpacked_zstd(stream: Readable) -> Readable | None:
    """Return a zstd stream unpacked; None where the package for it is not installed."""
    try:
        from zstandard import ZstdDecompressor
    except ImportError:
        return None
    begin = ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj
    return _Drawn(_of_frames(stream, begin))


def _of_frames(stream: Readable, begin: Callable[[], Any]) -> Iterator[bytes]:
    """Yield a zstd stream, unpacked in small steps, so that what comes of one is bounded.

    Raises:
        EOFError: The stream ends within a frame.
        zstandard.ZstdError: The stream is damaged.
    """
    packed, frame = b"", None
    while packed := packed or stream.read(BLOCK):
        frame = frame or begin()
        piece, packed = packed[:_ZSTD_STEP], packed[_ZSTD_STEP:]
        yield frame.decompress(piece)
        if frame.eof:  # another frame may follow
            packed, frame = frame.unused_data + packed, None
    if frame is not None:
        raise EOFError("zstd")


class _Drawn:
    """A stream of pieces of any size, drawn as they are needed."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = filter(None, pieces)
        self._ready = b""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        self._ready = self._ready or next(self._pieces, b"")
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece


def _is_of_zstd(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] == "zstandard"


class _Unpacked:
    """A gzip stream, unpacked; what comes before damage is given out before it is raised."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._packed = b""
        self._member = zlib.decompressobj(_GZIP_FORMAT)
        self._is_begun = False

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end.

        Raises:
            EOFError: The stream ends within a member.
            zlib.error: The stream is damaged.
        """
        piece = b""
        while not piece:
            self._packed = self._packed or self._stream.read(BLOCK)
            if not self._packed:
                if self._is_begun:
                    raise EOFError("gzip")
                return b""
            self._is_begun = True
            piece = self._member.decompress(self._packed, size)
            self._packed = self._member.unconsumed_tail
            if self._member.eof:  # another member may follow, as after `cat a.gz b.gz`
                self._packed = self._member.unused_data.lstrip(b"\x00")
                self._member = zlib.decompressobj(_GZIP_FORMAT)
                self._is_begun = False
        return piece


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
        if sys.stdin is None:
            raise OSError(errno.EBADF, "there is no standard input")
        yield Source(path, sys.stdin.buffer)
        return
    if "\x00" in path:
        raise OSError(errno.EINVAL, "a path cannot hold a NUL character")
    refuse_special(path)
    with Path(path).open("rb") as stream:
        yield Source(path, stream)


class Batch:
    """Consecutive whole lines.

    Attributes:
        text: The lines with their separators, but for the last one.
        separator: What separates them.
        is_unfinished: True for the last line of the file when no separator ends it.
        is_too_long: True for one line of more than 16 MiB, whose text was read past, not kept.
        count: Number of lines.
    """

    __slots__ = ("count", "is_too_long", "is_unfinished", "separator", "text")

    def __init__(
        self,
        text: bytes,
        separator: bytes,
        *,
        is_unfinished: bool = False,
        is_too_long: bool = False,
    ) -> None:
        self.text = text
        self.separator = separator
        self.is_unfinished = is_unfinished
        self.is_too_long = is_too_long
        self.count = 1 + int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(separator)))

    def lines(self) -> list[bytes]:
        """Return the lines without their separators."""
        return self.text.split(self.separator)


def batches(source: Source, separator: bytes = b"\n") -> Iterator[Batch]:
    """Yield the lines of a source, batch by batch."""
    begun: list[bytes] = []  # the pieces of a line that goes on
    size = 0
    for block in source.blocks():
        first, last = block.find(separator), block.rfind(separator)
        size += len(block) if first < 0 else first
        if size > LONGEST:
            begun.clear()
        if first < 0:
            begun += [block] if size <= LONGEST else []
            continue
        if size > LONGEST:
            yield Batch(b"", separator, is_too_long=True)
        else:
            first = -1  # the line that goes on ends here and belongs to the batch
        if last > first:
            yield Batch(b"".join((*begun, block[first + 1 : last])), separator)
        begun, size = [block[last + 1 :]], len(block) - last - 1
    rest = finished(b"".join(begun)) if _IS_GROWING.get() else b"".join(begun)
    if size > LONGEST or rest:
        is_too_long = size > LONGEST
        yield Batch(rest, separator, is_unfinished=True, is_too_long=is_too_long)


@contextmanager
def growing() -> Iterator[None]:
    """Leave out what is not finished of a last line, within: somebody is writing on it."""
    token = _IS_GROWING.set(True)
    try:
        yield
    finally:
        _IS_GROWING.reset(token)


def finished(line: bytes) -> bytes:
    r"""Return what counts of a last line without its end: an object, bars that were drawn over.

    >>> finished(b'{"a": 1}'), finished(b"12,0."), finished(b"1/9 loss 0.5\r2/9 lo")
    (b'{"a": 1}', b'', b'1/9 loss 0.5\r')
    """
    return line if line.rstrip().endswith(b"}") else line[: line.rfind(b"\r") + 1]
