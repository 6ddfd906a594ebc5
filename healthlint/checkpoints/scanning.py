"""Every number of a checkpoint looked at, a few MiB at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Storage, Tensor

_CHUNK_BYTES = 1 << 22
_SHORT = {"float16": 0x7C00, "bfloat16": 0x7F80, "float8_e5m2": 0x7C, "float8_e4m3fn": 0x7F}
"""Bits that are all set where a short float is not finite."""
_KINDS = {"float32": "f4", "float64": "f8", "complex64": "f4", "complex128": "f8"}
_KINDS |= {dtype: f"u{ITEM_BYTES[dtype]}" for dtype in _SHORT}
"""What of numpy's the numbers of each type of floats are read as."""
Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Sick:
    """Numbers of one storage that are not finite.

    Attributes:
        name: The tensor that they are in, empty where none shows them.
        count: How many.
        first: Index of the first one within the tensor, None where it cannot be told.
    """

    name: str
    count: int
    first: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Scan:
    """What became of looking at every number.

    Attributes:
        numbers: How many floating-point numbers were looked at.
        sick: Storages with numbers that are not finite.
        zero: Tensors of the weights with more than one number that are 0 throughout.
    """

    numbers: int
    sick: Sequence[Sick]
    zero: Sequence[str]


def scan(
    storages: Iterable[Storage], tensors: Mapping[str, Tensor], weights: Iterable[str]
) -> Scan:
    """Return what every number of the storages comes to, in flat memory.

    Args:
        storages: What to look at.
        tensors: Tensors by name, to name what is found.
        weights: Names of those that are looked at for being 0 throughout.

    Raises:
        CheckpointError: A file got shorter meanwhile.
    """
    buffer = bytearray(_CHUNK_BYTES)
    owners: dict[tuple[object, int], list[str]] = {}
    for name, tensor in tensors.items():
        owners.setdefault(_place(tensor.storage), []).append(name)
    numbers, sick, empty = 0, [], set()
    for storage in {(*_place(one), one.dtype): one for one in storages}.values():
        if storage.dtype not in _KINDS:
            continue
        bad, first, is_zero = _looked(storage, buffer)
        numbers += storage.numbers
        shown = owners.get(_place(storage), [])
        if bad:
            sick.append(_named(bad, first, shown, tensors))
        if is_zero:
            empty.update(shown)
    zero = [name for name in weights if name in empty and tensors[name].numbers > 1]
    return Scan(numbers, sick, zero)


def _place(storage: Storage) -> tuple[object, int]:
    return storage.path, storage.start


def _looked(storage: Storage, buffer: bytearray) -> tuple[int, int, bool]:
    """Return how many numbers are not finite, the first of them, and whether all are 0."""
    bad, first, is_zero = 0, -1, True
    item, left, done = ITEM_BYTES[storage.dtype], storage.bytes, 0
    kind = (">" if storage.is_big_endian else "<") + _KINDS[storage.dtype]
    with storage.path.open("rb") as file:
        file.seek(storage.start)
        while left:
            view = memoryview(buffer)[: min(left, len(buffer))]
            if file.readinto(view) < len(view):
                raise CheckpointError("truncated: the file ends within a storage")
            numbers = np.frombuffer(view, kind)
            finite = _finite(numbers, storage.dtype)
            if not finite.all():
                bad += finite.size - int(np.count_nonzero(finite))
                first = done + int(np.argmin(finite)) if first < 0 else first
            is_zero = is_zero and _is_zero(numbers)
            left -= len(view)
            done += len(view) // item
    return bad, first, is_zero


def _finite(numbers: Numbers, dtype: str) -> Numbers:
    """Return which numbers are finite."""
    if dtype in _SHORT:
        return np.asarray(numbers & _SHORT[dtype] != _SHORT[dtype])
    finite: Numbers = np.isfinite(numbers)
    return finite[::2] & finite[1::2] if "complex" in dtype else finite


def _is_zero(numbers: Numbers) -> bool:
    """Return whether all numbers are 0, or -0."""
    bits = numbers.view(numbers.dtype.str.replace("f", "u"))
    return not (bits & ((1 << 8 * bits.itemsize - 1) - 1)).any()


def _named(bad: int, first: int, shown: list[str], tensors: Mapping[str, Tensor]) -> Sick:
    for name in shown:
        tensor = tensors[name]
        if tensor.offset <= first < tensor.end:
            return Sick(name, bad, _index(first - tensor.offset, tensor))
    return Sick(shown[0] if shown else "", bad, None)


def _index(place: int, tensor: Tensor) -> tuple[int, ...] | None:
    index = [0] * len(tensor.shape)
    for axis in sorted(range(len(index)), key=lambda one: -tensor.stride[one]):
        if tensor.stride[axis]:
            index[axis], place = divmod(place, tensor.stride[axis])
    fits = all(at < size for at, size in zip(index, tensor.shape, strict=True))
    return tuple(index) if fits and not place else None
