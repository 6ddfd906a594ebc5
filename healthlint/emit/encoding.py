"""One record as one line of strict JSON, with the standard library alone.

Values are never rounded. A value that is not finite is written as ``null``, and the record's
``_nonfinite`` says which of the three it was, so every column stays numeric in every reader.
"""

import json
import math
import os
import struct
from collections.abc import Mapping
from typing import Any, SupportsFloat, SupportsIndex, TypeAlias

Scalar: TypeAlias = SupportsFloat | SupportsIndex
"""A number: Python's own, a numpy scalar, or a tensor of one element."""

_FLOAT32 = struct.Struct("=f")
_SMALLEST_NORMAL_FLOAT32 = 2.0**-126
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(record: Mapping[str, object]) -> bytes:
    r"""Return the record as one line of UTF-8, its newline included.

    The values must be what :func:`number` and :func:`plain` return. Text that is no valid
    Unicode (half a surrogate pair, as in undecodable file names) is written with ``?``.

    >>> encode({"step": 3, "train/mel_loss": float("nan")})
    b'{"step":3,"train/mel_loss":null,"_nonfinite":{"train/mel_loss":"NaN"}}\n'
    """
    nonfinite = {
        name: spelling(value)
        for name, value in record.items()
        if isinstance(value, float) and not math.isfinite(value)
    }
    if nonfinite:
        finite = {name: None if name in nonfinite else value for name, value in record.items()}
        record = {**finite, "_nonfinite": nonfinite}
    return (_ENCODER.encode(record) + "\n").encode("utf-8", "replace")


def spelling(value: float) -> str:
    """Return ``NaN``, ``Infinity`` or ``-Infinity`` for a value that is not finite."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def shortest_float32(value: float) -> float:
    """Return the float with the fewest digits that is still the same float32.

    ``value`` must be a float32 widened to a float, so that 0.4099999964237213 reads 0.41. Six
    digits are tried first, since any number of six digits survives float32; a subnormal holds
    fewer, and nine always suffice. (At a power of two, where the neighbour below is nearer than
    the one above, the result may have one digit more than the fewest.)

    >>> shortest_float32(0.4099999964237213)
    0.41
    """
    if not math.isfinite(value):
        return value
    is_subnormal = 0.0 < abs(value) < _SMALLEST_NORMAL_FLOAT32
    for digits in range(1 if is_subnormal else 6, 9):
        short = float(f"{value:.{digits}g}")
        if _FLOAT32.unpack(_FLOAT32.pack(short))[0] == value:
            return short
    return float(f"{value:.9g}")


def number(name: str, value: object) -> int | float:
    """Return the value as a Python number; ``name`` is for the error message.

    A numpy scalar narrower than 64 bits becomes its shortest float32, a bool 0 or 1.

    Raises:
        TypeError: The value is no number, or several.
        ValueError: An integer is too large for a float.
    """
    if type(value) is float:
        return value
    if isinstance(value, int):
        return _whole(name, int(value))
    if isinstance(value, float):
        return float(value)
    if hasattr(value, "dtype") and hasattr(value, "item"):
        return _array_scalar(name, value)
    if isinstance(value, SupportsFloat | SupportsIndex) and not isinstance(value, complex):
        return float(value)
    raise TypeError(f"{name!r}: a number is wanted, got {type(value).__name__} {value!r:.40}")


def plain(name: str, value: object) -> object:
    """Return the value as what JSON knows: facts of a run and fields of an event.

    A path becomes text, a tuple a list, an array nested lists. A value inside a list or mapping
    that is not finite becomes text (``"NaN"``); at the top level :func:`encode` sees to it.

    Raises:
        TypeError: Something inside has no JSON form; the message names its place.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, Mapping):
        return {_key(name, key): _inner(f"{name}.{key}", item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inner(f"{name}[{place}]", item) for place, item in enumerate(value)]
    if getattr(value, "ndim", 0):
        return plain(name, _listed(name, value))
    try:
        return number(name, value)
    except TypeError:
        raise TypeError(
            f"{name}: {type(value).__name__} has no JSON form; give text, a number, a list or a "
            "mapping"
        ) from None


def _inner(name: str, value: object) -> object:
    """Return the JSON form of a value inside a list or mapping."""
    inner = plain(name, value)
    return spelling(inner) if isinstance(inner, float) and not math.isfinite(inner) else inner


def _key(name: str, key: object) -> str:
    """Return the key of a mapping, which JSON wants to be text."""
    if isinstance(key, str):
        return key
    raise TypeError(f"{name}: the key {key!r:.40} is {type(key).__name__}; JSON keys are text")


def _whole(name: str, value: int) -> int | float:
    """Return the integer, as a float where no JSON reader's integer could hold it."""
    if -(2**63) <= value < 2**64:
        return value
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name!r}: an integer of this size does not fit a float") from None


def _array_scalar(name: str, value: Any) -> int | float:
    """Return the one element of a numpy-like scalar, at its own precision."""
    try:
        item = value.item()
        if isinstance(item, int):
            return _whole(name, int(item))
        if isinstance(item, str | bytes):  # float() would read it
            raise TypeError
        # A long double's item() is itself; float() is the widest number that JSON readers keep.
        wide = float(item)
    except (TypeError, ValueError, RuntimeError):
        shape = tuple(getattr(value, "shape", ()))
        raise TypeError(
            f"{name!r}: one number is wanted, got {type(value).__name__} of shape {shape} and "
            f"type {value.dtype}"
        ) from None
    return shortest_float32(wide) if getattr(value.dtype, "itemsize", 8) < 8 else wide


def _listed(name: str, value: Any) -> list[object]:
    """Return the rows of an array; its innermost elements keep their precision."""
    return [number(name, item) if not getattr(item, "ndim", 0) else item for item in value]
