"""Files of ``torch.save`` before 1.6: five pickles in a row, then the storages."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from healthlint.checkpoints import pickles
from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Opaque, Raw, Storage
from healthlint.checkpoints.torch_tensors import rebuilt, storage_of

_MAGIC = 0x1950A86A20F9469CFC6C
_NOT_YET = -1


def sniff(head: bytes) -> bool:
    """Return whether the first bytes are those of a pickle."""
    return head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def load(path: Path) -> Raw:
    """Return what a file holds.

    Raises:
        CheckpointError: It is a pickle of another kind, truncated, or asks for code to run.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = BytesIO(file.read(pickles.MOST_BYTES))
        if _plain(head) != _MAGIC:
            raise CheckpointError("a pickle, but not of torch")
        _plain(head), _plain(head)  # version, and what the machine was like
        wanted: dict[str, tuple[str, int]] = {}
        machine = _machine(head, path, wanted)
        keys = _plain(head)
        file.seek(head.tell())
        found = _storages(file, path, size, keys, wanted)
    placed = _machine(_rewound(path), path, wanted, found)
    return Raw("old torch file", placed.result, [*found.values()], tuple(machine.classes))


def _plain(stream: BytesIO) -> object:
    return pickles.load(stream, lambda _: None, lambda one: one).result


def _rewound(path: Path) -> BytesIO:
    with path.open("rb") as file:
        stream = BytesIO(file.read(pickles.MOST_BYTES))
    for _ in range(3):
        _plain(stream)
    return stream


def _machine(
    stream: BytesIO,
    path: Path,
    wanted: dict[str, tuple[str, int]],
    found: dict[str, Storage] | None = None,
) -> pickles._Machine:
    """Return the machine after the pickle of the content; storages are noted, or are at hand."""

    def find(key: str, dtype: str, numbers: int) -> Storage:
        wanted[key] = (dtype, numbers)
        if found is None:
            return Storage(path, _NOT_YET, numbers, dtype)
        if key not in found:
            raise CheckpointError(f"storage {key[:40]} is missing from the file")
        return found[key]

    def persistent(identity: object) -> object:
        match identity:
            case ("module", kind, *_):  # a whole module was saved: torch keeps its source beside
                return kind if isinstance(kind, Opaque) else None
            case ("storage", *_, tuple()):
                raise CheckpointError("a view of a storage, as torch wrote before 0.4")
        return storage_of(identity, find)

    return pickles.load(stream, persistent, rebuilt)


def _storages(
    file: BinaryIO, path: Path, size: int, keys: object, wanted: dict[str, tuple[str, int]]
) -> dict[str, Storage]:
    if not isinstance(keys, list) or len(set(map(str, keys))) != len(keys):
        raise CheckpointError("its list of storages is none")
    found = {}
    for key in keys:
        dtype, numbers = wanted.get(key, ("uint8", 0)) if isinstance(key, str) else ("uint8", 0)
        said = int.from_bytes(file.read(8), "little")
        start = file.tell()
        if said != numbers or start + numbers * ITEM_BYTES[dtype] > size:
            raise CheckpointError(
                f"truncated: storage {str(key)[:40]} needs {numbers:,} numbers from byte {start}, "
                f"the file ends at {size}"
            )
        found[key] = Storage(path, start, numbers, dtype)
        file.seek(start + numbers * ITEM_BYTES[dtype])
    return found
