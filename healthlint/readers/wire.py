"""Fields of a protocol-buffer message, walked by hand: no classes, no copies of what is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""
FLOAT = Struct("<f").unpack_from
DOUBLE = Struct("<d").unpack_from


class WireError(ValueError):
    """The bytes are no message."""


def fields(data: bytes, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, wire type, start and value or stop of each field of a message.

    A varint yields its value as the last item; any other field the offset behind it.

    Raises:
        WireError: The bytes between the offsets are no message.
    """
    at = start
    while at < stop:
        key, at = varint(data, at, stop)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, behind = varint(data, at, stop)
            yield number, kind, at, value
        elif kind == BYTES:
            length, at = varint(data, at, stop)
            behind = at + length
            if behind > stop:
                raise WireError("a field goes beyond its message")
            yield number, kind, at, behind
        else:
            behind = at + {FIXED64: 8, FIXED32: 4}.get(kind, stop + 1)
            if behind > stop:
                raise WireError("an unknown kind of field, or one cut short")
            yield number, kind, at, behind
        at = behind


def nested(data: bytes, start: int, stop: int, number: int) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each field of bytes that has a number.

    Raises:
        WireError: The bytes between the offsets are no message.
    """
    for own, kind, at, end in fields(data, start, stop):
        if (own, kind) == (number, BYTES):
            yield at, end


def varint(data: bytes, at: int, stop: int) -> tuple[int, int]:
    r"""Return the number at an offset and the offset behind it.

    Raises:
        WireError: It does not end.

    >>> varint(b"\xac\x02", 0, 2)
    (300, 2)
    """
    value = shift = 0
    while at < stop and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise WireError("a number does not end")


def signed(value: int) -> int:
    """Return a varint as a signed number of 64 bits.

    >>> signed(2**64 - 1)
    -1
    """
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
