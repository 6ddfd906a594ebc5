"""What a checkpoint holds: plain data, the tensors left on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

_TYPES = {
    16: "complex128",
    8: "float64 complex64 int64 uint64",
    4: "float32 int32 uint32",
    2: "float16 bfloat16 int16 uint16",
    1: "float8_e4m3fn float8_e5m2 int8 uint8 bool",
}
ITEM_BYTES = {name: size for size, names in _TYPES.items() for name in names.split()}
"""Bytes of one number by type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A stretch of a file that holds numbers of one type.

    Attributes:
        path: The file.
        start: Byte at which it begins.
        numbers: How many numbers it holds.
        dtype: Their type, a key of ``ITEM_BYTES``.
        is_big_endian: Whether the most significant byte comes first.
    """

    path: Path
    start: int
    numbers: int
    dtype: str
    is_big_endian: bool = False

    @property
    def bytes(self) -> int:
        """Return its length in bytes."""
        return self.numbers * ITEM_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A view of a storage.

    Attributes:
        storage: Where its numbers are.
        shape: Numbers along each axis.
        stride: Numbers between neighbours along each axis.
        offset: First number within the storage.
    """

    storage: Storage
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int = 0

    @property
    def numbers(self) -> int:
        """Return how many numbers it has."""
        return prod(self.shape)

    @property
    def end(self) -> int:
        """Return the number after its last one within the storage."""
        if not self.numbers:
            return self.offset
        reach = zip(self.shape, self.stride, strict=True)
        return self.offset + sum((size - 1) * step for size, step in reach) + 1


@dataclass(frozen=True, slots=True)
class Opaque:
    """An object of a class that is not known here: named, never made.

    Attributes:
        name: Its class or function as ``module.name``.
        held: What it was made from, and its state.
    """

    name: str
    held: list[object] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Raw:
    """What a file holds before a layout says what it means.

    Attributes:
        kind: Kind of file in words (``torch zip file``).
        content: The outermost object: containers, plain values, ``Tensor``, ``Opaque``.
        storages: Every storage of the file, those that no tensor shows included.
        classes: Names in it that are no data: reading it elsewhere would import them.
    """

    kind: str
    content: object
    storages: Sequence[Storage]
    classes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint: what of it is what.

    Attributes:
        path: The path as the user gave it.
        kind: Kind of file in words.
        layout: Whose layout it has, in words.
        weights: Tensors of the model by dotted name.
        others: All other tensors: optimizer, averages, buffers of the trainer.
        storages: Every storage, those that no tensor shows included.
        step: Step it was saved at, None where it does not say.
        epoch: Epoch that it closes, counted from 1, None where it does not say.
        metrics: Losses and metrics kept in it, by name.
        classes: Names in it that are no data and not its trainer's own: loading it elsewhere would
            import, and may run, them.
        bytes: Size of its files.
    """

    path: str
    kind: str
    layout: str
    weights: Mapping[str, Tensor]
    others: Mapping[str, Tensor]
    storages: Sequence[Storage]
    step: float | None
    epoch: float | None
    metrics: Mapping[str, float]
    classes: Sequence[str]
    bytes: int

    @property
    def numbers(self) -> int:
        """Return how many numbers the weights have."""
        return sum(tensor.numbers for tensor in self.weights.values())
