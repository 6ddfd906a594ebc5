"""What torch's pickles mean by storages and tensors, without torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Opaque, Storage, Tensor

_STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "QInt8Storage": "int8",
    "QUInt8Storage": "uint8",
    "QInt32Storage": "int32",
    "UntypedStorage": "uint8",
}
_TYPES = {"float": "float32", "double": "float64", "half": "float16", "long": "int64"}
_MOST_AXES = 64
Find = Callable[[str, str, int], Storage]


def storage_of(identity: object, find: Find) -> Storage:
    """Return the storage that a persistent id stands for.

    Args:
        identity: ``("storage", type, key, device, numbers)``, as torch writes it.
        find: Returns the storage of a key, a type and a number of numbers.

    Raises:
        CheckpointError: It is anything else, or its storage is missing or shorter than it says.
    """
    match identity:
        case ("storage", Opaque(name=name), str(key), _, int(numbers), *_) if (
            0 <= numbers < 1 << 48
        ):
            dtype = _STORAGES.get(name.rpartition(".")[2])
            if dtype is None or not name.startswith("torch."):
                raise CheckpointError(f"storage of an unknown type {name[:60]}")
            return find(key, dtype, numbers)
    raise CheckpointError("a persistent id that is no storage of torch")


def rebuilt(opaque: Opaque) -> object:
    """Return the tensor that a call of torch's would make, else the object as it is.

    Raises:
        CheckpointError: The tensor does not fit into its storage.
    """
    name, arguments = opaque.name, opaque.held
    if name == "torch._tensor._rebuild_from_type_v2" and len(arguments) >= 3:
        inner, given = arguments[0], arguments[2]
        if isinstance(inner, Opaque) and isinstance(given, tuple):
            return rebuilt(Opaque(inner.name, [*given]))
    if name.startswith("torch._utils._rebuild_parameter") and arguments:
        return arguments[0]
    if name in ("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"):
        return _tensor(arguments, "")
    if name == "torch._utils._rebuild_tensor_v3" and len(arguments) >= 7:
        return _tensor(arguments, _dtype(arguments[6]))
    return opaque


def _dtype(said: object) -> str:
    name = said.name.rpartition(".")[2] if isinstance(said, Opaque) else ""
    name = _TYPES.get(name, name)
    if name not in ITEM_BYTES:
        raise CheckpointError(f"a tensor of an unknown type {name[:40]}")
    return name


def _tensor(arguments: list[object], dtype: str) -> Tensor:
    match arguments:
        case [Storage() as storage, int(offset), tuple(shape), tuple(stride), *_]:
            if dtype:
                numbers = storage.bytes // ITEM_BYTES[dtype]
                storage = replace(storage, dtype=dtype, numbers=numbers)
            tensor = Tensor(storage, _counts(shape), _counts(stride), offset)
        case _:
            raise CheckpointError("a tensor made of what is no storage, shape and stride")
    if len(tensor.shape) != len(tensor.stride) or tensor.offset < 0:
        raise CheckpointError("a tensor whose shape and stride do not fit")
    if tensor.end > tensor.storage.numbers:
        raise CheckpointError(
            f"a tensor of shape {list(tensor.shape)} that reaches beyond its storage"
        )
    return tensor


def _counts(sizes: tuple[object, ...]) -> tuple[int, ...]:
    counts = tuple(size for size in sizes if isinstance(size, int) and 0 <= size < 1 << 48)
    if len(counts) != len(sizes) or len(counts) > _MOST_AXES or prod(counts) >= 1 << 62:
        raise CheckpointError("a tensor with a shape or stride that is none")
    return counts
