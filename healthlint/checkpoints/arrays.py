"""The numbers of one tensor, as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Tensor
from healthlint.files import limits

_BYTES_A_NUMBER = 24
"""As float64, and twice more in what is made of it."""
_KNOWN = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"]


def array(tensor: Tensor) -> NDArray[Any]:
    """Return the numbers of a tensor; bfloat16 as float32.

    Raises:
        CheckpointError: It is too large, of a type that numpy has none for, or its file ends
            within it.
    """
    storage = tensor.storage
    span = tensor.end - tensor.offset
    most = max(tensor.numbers, span)
    if most * _BYTES_A_NUMBER > limits.memory():
        raise CheckpointError(f"a tensor of {most:,} numbers", "more memory: --max-memory")
    if storage.dtype not in _KNOWN:
        raise CheckpointError(f"a tensor of {storage.dtype}", "save it as float32")
    bits = np.dtype("uint16" if storage.dtype == "bfloat16" else storage.dtype)
    kind = bits.newbyteorder(">" if storage.is_big_endian else "<")
    with storage.path.open("rb") as file:
        file.seek(storage.start + tensor.offset * ITEM_BYTES[storage.dtype])
        data = file.read(span * kind.itemsize)
    if len(data) < span * kind.itemsize:
        raise CheckpointError("truncated: the file ends within a tensor")
    flat = _plain(np.frombuffer(data, kind), storage.dtype)
    if not tensor.numbers:
        return np.empty(tensor.shape, flat.dtype)
    steps = [step * flat.itemsize for step in tensor.stride]
    return np.ascontiguousarray(as_strided(flat, tensor.shape, steps)).reshape(tensor.shape)


def _plain(flat: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Return numbers in the byte order of this machine, bfloat16 as the float32 it begins."""
    if dtype == "bfloat16":
        return (flat.astype(np.uint32) << 16).view(np.float32)
    return flat.astype(flat.dtype.newbyteorder("="))
