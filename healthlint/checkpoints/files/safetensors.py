"""safetensors: eight bytes of length, a JSON table of tensors, their numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Raw, Storage, Tensor

_MOST_HEADER = 100_000_000
_TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
    "C64": "complex64",
}


def sniff(head: bytes) -> bool:
    """Return whether the first bytes are a length and the beginning of a JSON table."""
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= _MOST_HEADER


def load(path: Path) -> Raw:
    """Return the tensors of a file.

    Raises:
        CheckpointError: Its table is broken, or the file is shorter than it says.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if 8 + length > size:
            raise CheckpointError(f"truncated: its table ends at byte {8 + length}, it has {size}")
        table = _table(file.read(length))
    said = table.pop("__metadata__", {})
    tensors = {name: _tensor(path, 8 + length, size, name, one) for name, one in table.items()}
    if sum(one.storage.bytes for one in tensors.values()) > size:
        raise CheckpointError("its tensors overlap")
    content: dict[str, object] = {**tensors}
    if isinstance(said, Mapping) and said:
        content["__metadata__"] = dict(said)
    return Raw("safetensors", content, [one.storage for one in tensors.values()])


def _table(text: bytes) -> dict[str, Any]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError("its table of tensors is no JSON") from error
    if not isinstance(table, dict):
        raise CheckpointError("its table of tensors is no JSON object")
    return table


def _tensor(path: Path, base: int, size: int, name: str, said: Any) -> Tensor:
    try:
        dtype, shape = _TYPES[said["dtype"]], tuple(int(one) for one in said["shape"])
        begin, end = (int(one) for one in said["data_offsets"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(
            f"tensor {name[:80]}: its entry lacks or has an unknown {error}"
        ) from error
    numbers = prod(shape)
    if min(shape, default=0) < 0 or not 0 <= begin <= end:
        raise CheckpointError(f"tensor {name[:80]}: impossible shape or place")
    if numbers * ITEM_BYTES[dtype] != end - begin:
        raise CheckpointError(f"tensor {name[:80]}: {end - begin} bytes for {numbers} numbers")
    if base + end > size:
        raise CheckpointError(
            f"truncated: tensor {name[:80]} ends at byte {base + end}, the file at {size}"
        )
    stride = tuple(prod(shape[i + 1 :]) for i in range(len(shape)))
    return Tensor(Storage(path, base + begin, numbers, dtype), shape, stride)
