"""Frames of TFRecord files (TensorBoard): found by their lengths, in bounded memory.

A frame is a length (u64), the masked CRC-32C of these eight bytes (u32), the payload, and its
masked CRC-32C (u32), little-endian. Checksums of lengths are looked at, those of payloads only
where a payload looks wrong: checking every byte is what makes other readers slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Integers

CHUNK = 1 << 20
"""Bytes that are looked at together."""
LARGEST = 1 << 24
"""Bytes of the largest frame that is looked into; larger ones (audio, images) are passed over."""
HEADER = 12
"""Bytes before a payload."""
PADDING = 32
"""Zero bytes behind a chunk, so that a look ahead stays within it."""
_LENGTH = Struct("<Q").unpack_from
_CRC = Struct("<I").unpack_from
_FOOTER = 4
_WALKED = 256
_PERIODS = range(1, _WALKED // 2)
_MASK = 0xA282EAD8


def _table() -> NDArray[np.uint32]:
    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = np.where(crc & 1, crc >> 1 ^ np.uint32(0x82F63B78), crc >> 1)
    return crc


_TABLE = _table()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole frames of a part of a file.

    Attributes:
        data: The bytes, with padding behind them.
        starts: Offset of each payload, shape ``(frames,)``.
        stops: Offset behind each payload.
        offset: Offset of ``data`` in the file, unpacked.
    """

    data: bytes
    starts: Integers
    stops: Integers
    offset: int


class Blocks(Protocol):
    """Bytes in pieces."""

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield everything from the beginning, once, in pieces of at most so many bytes."""


class Frames:
    """The frames of one file.

    Args:
        source: Where the bytes come from.
        end: Offset of its first byte in the file.

    Attributes:
        end: Offset behind the last whole frame; what is left out may lie before it.
        torn: Bytes of an unfinished frame at the end.
        lost: Bytes that were passed over because they are no frames.
        lost_at: Offset of the first of them, -1 where there is none.
        oversized: Frames that were passed over for their size.
    """

    def __init__(self, source: Blocks, end: int = 0) -> None:
        self._source = source
        self.end = end
        self.torn = 0
        self.lost = 0
        self.lost_at = -1
        self.oversized = 0

    def chunks(self) -> Iterator[Chunk]:
        """Yield the frames, some megabytes at a time."""
        _keep_pages()
        rest, offset, skip, is_lost = b"", self.end, 0, False
        for block in self._source.blocks(CHUNK):
            data = b"".join((rest, block, bytes(PADDING)))
            passed = min(skip, len(data) - PADDING)
            if passed:
                skip, data, offset = skip - passed, data[passed:], offset + passed
            is_open = not skip
            while is_open and len(data) > PADDING:
                if is_lost:
                    data, offset, is_lost = self._search(data, offset)
                    if is_lost:
                        break
                chunk, used, is_lost = _walk(data, offset)
                if len(chunk.starts):
                    yield chunk
                data, offset = data[used:], offset + used
                is_open = is_lost
            rest = data[:-PADDING]
            if not is_lost and not skip and (skip := self._oversized(rest)):
                offset, rest = offset + len(rest), b""
        self.end = offset
        self.lost += len(rest) if is_lost else 0
        self.torn = skip or (0 if is_lost else len(rest))

    def _oversized(self, data: bytes) -> int:
        """Return how many more bytes to pass over where a frame is too large to be looked into."""
        if len(data) < HEADER:
            return 0
        size = HEADER + _LENGTH(data)[0] + _FOOTER
        if size <= LARGEST:
            return 0
        self.oversized += 1
        return int(size) - len(data)

    def _search(self, data: bytes, offset: int) -> tuple[bytes, int, bool]:
        """Return what begins with the next frame, its offset, and whether none was found."""
        at = _next_frame(data)
        passed = at if at >= 0 else max(0, len(data) - PADDING - HEADER)
        self.lost_at = offset if self.lost_at < 0 else self.lost_at
        self.lost += passed
        return data[passed:], offset + passed, at < 0


@cache
def _keep_pages() -> None:
    """Have glibc's allocator keep the memory of a chunk for the next one.

    It gives back what is freed above twice the largest block that was ever freed, and every chunk
    then costs fresh pages: more time than all that is done with it. This block is never touched.
    """
    bytes(LARGEST)


def _walk(padded: bytes, offset: int) -> tuple[Chunk, int, bool]:
    """Return the frames that data begins with, the bytes they use, and whether damage follows."""
    headers, at = _follow(padded, len(padded) - PADDING)
    good = _are_headers(padded, headers)
    count = len(headers) if good.all() else int(good.argmin())
    is_damaged = count < len(headers)
    if not is_damaged and len(headers) and at == headers[-1]:
        count -= 1  # begun, and goes on beyond these bytes
    used = int(headers[count]) if count < len(headers) else at
    starts = headers[:count] + HEADER
    following = np.append(headers[1:count], used) if count else starts
    return Chunk(padded, starts, following - _FOOTER, offset), used, is_damaged


def _follow(padded: bytes, end: int) -> tuple[Integers, int]:
    """Return the offsets of headers as their lengths lead to them, and where that ends.

    The last one may begin a frame that goes beyond the end; then it is where that ends.
    """
    lengths = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))
    found: list[Integers] = []
    at, trust = 0, _WALKED
    while at + HEADER <= end:
        places, at = _steps(padded, at, end)
        found.append(np.array(places, np.int64))
        if at == places[-1]:
            break
        foreseen = _foreseen(lengths, found[-1], at, min(end, at + (trust << 6)))
        trust = trust * 8 if len(foreseen) > trust else _WALKED
        if len(foreseen) > 1:
            found.append(foreseen[:-1])
            at = int(foreseen[-1])
    return np.concatenate(found) if found else np.zeros(0, np.int64), at


def _steps(padded: bytes, at: int, end: int) -> tuple[list[int], int]:
    """Return the offsets of up to some hundred headers, one after the other."""
    places: list[int] = []
    while at + HEADER <= end and len(places) < _WALKED:
        stop = at + HEADER + _LENGTH(padded, at)[0] + _FOOTER
        places.append(at)
        if stop > end:
            break
        at = stop
    return places, at


def _foreseen(lengths: NDArray[np.uint64], places: Integers, at: int, end: int) -> Integers:
    """Return the headers that follow if frames go on in the cycle of the last ones.

    A trainer logs the same tags again and again: the sizes of their frames repeat. As many are
    returned as have the foreseen length, and where the one after them begins.
    """
    sizes = np.diff(np.append(places, at))
    period = next((p for p in _PERIODS if np.array_equal(sizes[-p:], sizes[-2 * p : -p])), 0)
    if not period or len(sizes) < 2 * period:
        return places[:0]
    cycle = sizes[-period:]
    rounds = (end - at) // int(cycle.sum())
    stops = at + np.cumsum(np.tile(cycle, rounds))
    starts = np.concatenate(([at], stops[:-1])) if rounds else places[:0]
    wanted = np.tile(cycle, rounds) - (HEADER + _FOOTER)
    good = lengths[starts] == wanted.astype(np.uint64)
    count = len(starts) if good.all() else int(good.argmin())
    return np.append(starts[:count], stops[count - 1]) if count else places[:0]


def _are_headers(padded: bytes, at: Integers) -> NDArray[np.bool_]:
    """Return whether a length with its checksum stands at each offset."""
    view = np.frombuffer(padded, np.uint8)
    stored = np.ndarray((len(padded) - 3,), "<u4", padded, 0, (1,))[at + 8]
    crc = np.full(len(at), 0xFFFFFFFF, np.uint32)
    for byte in range(8):
        crc = _TABLE[(crc ^ view[at + byte]) & 0xFF] ^ (crc >> 8)
    return np.asarray(_masked(~crc) == stored)


def _masked(crc: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.asarray((crc >> 15 | crc << 17) + np.uint32(_MASK), np.uint32)


def _next_frame(padded: bytes) -> int:
    """Return the offset of the next header after the first byte, -1 where there is none."""
    count = len(padded) - PADDING - HEADER
    if count <= 0:
        return -1
    lengths = np.ndarray((count,), "<u8", padded, 1, (1,))
    likely = np.flatnonzero(lengths < 1 << 32) + 1
    found = likely[_are_headers(padded, likely)]
    return int(found[0]) if len(found) else -1


def is_frame(data: bytes) -> bool:
    """Return whether data begins with the header of a frame."""
    return len(data) >= HEADER and bool(_are_headers(data, np.zeros(1, np.int64))[0])


def has_valid_payload(chunk: Chunk, frame: int) -> bool:
    """Return whether the checksum of a payload is right."""
    start, stop = int(chunk.starts[frame]), int(chunk.stops[frame])
    crc = 0xFFFFFFFF
    table = _TABLE.tolist()
    for byte in chunk.data[start:stop]:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    masked = ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
    return masked == int(_CRC(chunk.data, stop)[0])
