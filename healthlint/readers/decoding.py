"""The strict JSON decoder of the fast path: orjson, or Python's own made as strict."""

from __future__ import annotations

import json
from typing import Any, NoReturn

__all__ = ["loads"]


def _refuse(token: str) -> NoReturn:
    raise ValueError(token)


_STRICT = json.JSONDecoder(parse_constant=_refuse)


def _loads(text: bytes | bytearray | memoryview | str) -> Any:
    """Return a decoded value; refuse what orjson refuses, so that both come to the same.

    Raises:
        ValueError: No strict JSON, nested too deeply, or half a surrogate pair may be in it.
    """
    decoded = text if isinstance(text, str) else bytes(text).decode()
    if "\\ud" in decoded or "\\uD" in decoded:
        raise ValueError("half a surrogate pair")
    try:
        return _STRICT.decode(decoded)
    except RecursionError:
        raise ValueError("nested too deeply") from None


try:
    from orjson import loads
except ImportError:  # no wheel for this interpreter: slower
    loads = _loads
