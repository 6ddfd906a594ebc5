"""safetensors: eight bytes of length, a JSON table of tensors, their numbers."""

from __future__ import annotations

import json
import pickletools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Raw, Storage, Tensor

_MOST_HEADER = 100_000_000
_MOST_AXES, _LARGEST = 64, 1 << 62
_NAMING = ("GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID")
"""Instructions of a pickle without which it calls nothing."""
_TYPES = {
    **{f"F{bits}": f"float{bits}" for bits in (64, 32, 16)},
    **{f"I{bits}": f"int{bits}" for bits in (64, 32, 16, 8)},
    **{f"U{bits}": f"uint{bits}" for bits in (64, 32, 16, 8)},
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "BOOL": "bool",
    "C64": "complex64",
}


def sniff(head: bytes) -> bool:
    """Return whether the first bytes are a length and the beginning of a JSON table."""
    if head.startswith(b"PK\x03\x04"):  # a length, and what torch tells a zip file by
        return False
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= _MOST_HEADER


def load(path: Path) -> Raw:
    """Return the tensors of a file.

    Raises:
        CheckpointError: Its table is broken, or does not tell the place of every byte.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        said = file.read(8)
        length = int.from_bytes(said, "little")
        if 8 + length > size:
            raise CheckpointError(f"truncated: its table ends at byte {8 + length}, it has {size}")
        text = file.read(length)
    _refuse_pickle(said + text)
    table = _table(text)
    about = _about(table.pop("__metadata__", {}))
    tensors = {name: _tensor(path, 8 + length, name, entry) for name, entry in table.items()}
    _refuse_gaps(tensors, 8 + length, size)
    content: dict[str, object] = {**tensors}
    if about:
        content["__metadata__"] = about
    return Raw("safetensors", content, [tensor.storage for tensor in tensors.values()])


def _refuse_pickle(data: bytes) -> None:
    """Refuse a file whose first bytes are a pickle as well, which torch would read."""
    if any(name in _NAMING for name in _instructions(data)):
        raise CheckpointError("it is a pickle as well, which torch would read instead")


def _instructions(data: bytes) -> Iterator[str]:
    """Yield the instructions of a pickle up to the first byte that is none."""
    with suppress(ValueError, IndexError, OverflowError):
        for code, _, _ in pickletools.genops(BytesIO(data)):
            yield code.name


def _table(text: bytes) -> dict[str, Any]:
    try:
        table = json.loads(text.decode(), object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError("its table of tensors is no JSON") from error
    if not isinstance(table, dict):
        raise CheckpointError("its table of tensors is no JSON object")
    return table


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twin = next(name for i, (name, _) in enumerate(pairs) if name in dict(pairs[:i]))
        raise CheckpointError(f"its table says {twin[:80]} twice")
    return made


def _about(said: object) -> dict[str, str]:
    """Return what the file says of itself: texts by name, as the library wants them."""
    if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
        raise CheckpointError("its __metadata__ is no mapping of texts")
    return said


def _tensor(path: Path, base: int, name: str, said: Any) -> Tensor:
    try:
        dtype, shape, place = said["dtype"], said["shape"], said["data_offsets"]
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"tensor {name[:80]}: its entry lacks {error}") from error
    if not isinstance(dtype, str) or dtype not in _TYPES:
        raise CheckpointError(f"tensor {name[:80]}: of an unknown type {str(dtype)[:20]}")
    if not _is_counts(shape) or not _is_counts(place) or len(place) != 2 or place[0] > place[1]:
        raise CheckpointError(f"tensor {name[:80]}: impossible shape or place")
    begin, end = place
    numbers, item = prod(shape), ITEM_BYTES[_TYPES[dtype]]
    if numbers * item != end - begin:
        raise CheckpointError(f"tensor {name[:80]}: {end - begin} bytes for {numbers} numbers")
    stride = tuple(prod(shape[i + 1 :]) for i in range(len(shape)))
    storage = Storage(path=path, start=base + begin, numbers=numbers, dtype=_TYPES[dtype])
    return Tensor(storage, tuple(shape), stride)


def _is_counts(said: object) -> bool:
    """Return whether it is a list of whole numbers from 0, few enough and none too large."""
    return (
        isinstance(said, list)
        and len(said) <= _MOST_AXES
        and all(type(count) is int and 0 <= count < _LARGEST for count in said)
    )


def _refuse_gaps(tensors: Mapping[str, Tensor], base: int, size: int) -> None:
    """Refuse tensors that overlap, that leave bytes out, or that the file is too short for."""
    before = base
    for name, tensor in sorted(tensors.items(), key=_place):
        if tensor.storage.start != before:
            word = "overlaps another" if tensor.storage.start < before else "leaves bytes before it"
            raise CheckpointError(f"tensor {name[:80]} {word}")
        before += tensor.storage.bytes
        if before > size:
            raise CheckpointError(
                f"truncated: tensor {name[:80]} ends at byte {before}, the file at {size}"
            )
    if before != size:
        raise CheckpointError(f"{size - before:,} bytes behind its last tensor")


def _place(named: tuple[str, Tensor]) -> tuple[int, int]:
    storage = named[1].storage
    return storage.start, storage.bytes
