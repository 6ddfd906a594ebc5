r"""Consoles as Docker keeps them (``json-file``): each line in an object of its own, unpacked here.

``{"log":"step 100 loss 0.83\n","stream":"stderr","time":"2024-05-03T12:01:22.1Z"}``
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

_LONGEST = 1 << 20
"""Bytes of the longest line that is unpacked: Docker cuts lines at 16 KiB."""


def is_boxed(head: bytes) -> bool:
    r"""Return whether first bytes are such a console.

    >>> is_boxed(b'{"log":"a\\n","stream":"stdout","time":"2024-05-03T12:01:22Z"}')
    True
    >>> is_boxed(b'{"log":"a","loss":1}')
    False
    """
    first = head.partition(b"\n")[0]
    return first.startswith(b'{"log":"') and b'","stream":"std' in first


def unboxed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces of such lines, unpacked; a line that is none of them stays as it is."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST:
            lines, rest = [*lines, rest], b""
        yield b"".join(map(_line, lines))
    yield _line(rest) if rest else b""


def _line(raw: bytes) -> bytes:
    try:
        found = json.loads(raw)["log"].encode(errors="replace")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return raw + b"\n"
    return bytes(found)
