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
_VERSION = 1001
_NOT_YET = -1
_MOST_INSTRUCTIONS = pickles.MOST_INSTRUCTIONS // 2  # they are gone through twice
_MOST_BESIDE = 100_000
_TAR_BLOCK = 512


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
        _preamble(head)
        begin = head.tell()
        wanted: dict[str, tuple[str, int]] = {}
        _content(head, path, wanted)
        keys = _plain(head)
        file.seek(head.tell())
        storages = _storages(file, path, size, keys, wanted)
    head.seek(begin)
    placed = _content(head, path, wanted, storages)
    return Raw("old torch file", placed.result, [*storages.values()], placed.classes)


def _preamble(head: BytesIO) -> None:
    """Go past what comes before the content: magic number, version, what the machine was like.

    Raises:
        CheckpointError: It is not what torch writes, or is what torch would read as a tar file.
    """
    if _is_tar(head.getbuffer()[:_TAR_BLOCK]):
        raise CheckpointError("it is a tar file as well, which torch would read instead")
    if _plain(head) != _MAGIC:
        raise CheckpointError("a pickle, but not of torch")
    if _plain(head) != _VERSION:
        raise CheckpointError("an old torch file of an unknown version")
    _plain(head)


def _is_tar(block: memoryview) -> bool:
    """Return whether a block has the checksum of a tar file's first."""
    said = bytes(block[148:156]).strip(b" \0")
    if len(block) < _TAR_BLOCK or not said or not said.isdigit():
        return False
    made = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    return int(said, 8) == made if set(said) <= set(b"01234567") else False


def _plain(stream: BytesIO) -> object:
    """Return a pickle beside the content: numbers and texts, and no class."""
    unpickled = pickles.load(stream, _no_storage, lambda opaque: opaque, _MOST_BESIDE)
    if unpickled.classes:
        raise CheckpointError(f"{unpickled.classes[0][:80]} where torch keeps plain data")
    return unpickled.result


def _no_storage(_: object) -> object:
    raise CheckpointError("a storage outside the content")


def _content(
    stream: BytesIO,
    path: Path,
    wanted: dict[str, tuple[str, int]],
    storages: dict[str, Storage] | None = None,
) -> pickles.Unpickled:
    """Return the pickle of the content; its storages are noted, or are at hand."""

    def find(key: str, dtype: str, numbers: int) -> Storage:
        if wanted.setdefault(key, (dtype, numbers)) != (dtype, numbers):
            raise CheckpointError(f"storage {key[:40]} is read as two types or lengths")
        if storages is None:
            return Storage(path=path, start=_NOT_YET, numbers=numbers, dtype=dtype)
        if key not in storages:
            raise CheckpointError(f"storage {key[:40]} is missing from the file")
        return storages[key]

    def persistent(identity: object) -> object:
        match identity:
            case ("module", kind, *_):  # a whole module was saved: torch keeps its source beside
                return kind if isinstance(kind, Opaque) else None
            case ("storage", *_, tuple()):
                raise CheckpointError("a view of a storage, as torch wrote before 0.4")
        return storage_of(identity, find)

    return pickles.load(stream, persistent, rebuilt, _MOST_INSTRUCTIONS)


def _storages(
    file: BinaryIO, path: Path, size: int, keys: object, wanted: dict[str, tuple[str, int]]
) -> dict[str, Storage]:
    if not isinstance(keys, list) or not all(isinstance(one, str) for one in keys):
        raise CheckpointError("its list of storages is none")
    if len(set(keys)) != len(keys):
        raise CheckpointError("its list of storages names one twice")
    storages = {}
    for key in keys:
        dtype, numbers = wanted.get(key, ("uint8", 0))
        said = int.from_bytes(file.read(8), "little")
        start = file.tell()
        if said != numbers or start + numbers * ITEM_BYTES[dtype] > size:
            raise CheckpointError(
                f"truncated: storage {key[:40]} needs {numbers:,} numbers from byte {start}, "
                f"the file ends at {size}"
            )
        storages[key] = Storage(path=path, start=start, numbers=numbers, dtype=dtype)
        file.seek(start + numbers * ITEM_BYTES[dtype])
    return storages
