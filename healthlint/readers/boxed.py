r"""Consoles as Docker keeps them (``json-file``): each line in an object of its own, unpacked here.

``{"log":"step 100 loss 0.83\n","stream":"stderr","time":"2024-05-03T12:01:22.1Z"}``
"""

from __future__ import annotations

import json
from typing import Protocol

_BLOCK = 1 << 17
_LONGEST = 1 << 20
"""Bytes of the longest line that is unpacked: Docker cuts lines at 16 KiB."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def is_boxed(head: bytes) -> bool:
    r"""Return whether first bytes are such a console.

    >>> is_boxed(b'{"log":"a\\n","stream":"stdout","time":"2024-05-03T12:01:22Z"}')
    True
    >>> is_boxed(b'{"log":"a","loss":1}')
    False
    """
    first = head.partition(b"\n")[0]
    return first.startswith(b'{"log":"') and b'","stream":"std' in first


class Unboxed:
    """A stream of such lines, unpacked; a line that is none of them stays as it is."""

    def __init__(self, stream: _Readable) -> None:
        self._stream = stream
        self._rest = b""
        self._ready = b""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        while not self._ready:
            block = self._stream.read(_BLOCK)
            if not block and not self._rest:
                return b""
            *lines, self._rest = (self._rest + block).split(b"\n")
            if (not block or len(self._rest) > _LONGEST) and self._rest:
                lines, self._rest = [*lines, self._rest], b""
            self._ready = b"".join(map(_line, lines))
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece


def _line(raw: bytes) -> bytes:
    try:
        found = json.loads(raw)["log"].encode(errors="replace")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return raw + b"\n"
    return bytes(found)
