"""Zip files of ``torch.save`` (since torch 1.6): a pickle, and one stored entry a storage.

Read is what ``torch.load`` reads: entries below the folder of the first one. Anything that
``torch.save`` never writes is refused by its name.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from healthlint.checkpoints import pickles
from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.files._zipdir import Entry, entries
from healthlint.checkpoints.model import ITEM_BYTES, Raw, Storage
from healthlint.checkpoints.torch_tensors import rebuilt, storage_of

_PICKLE, _VERSION, _ORDER = "data.pkl", "version", "byteorder"
_WRITTEN = re.compile(
    r"data\.pkl|version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id|"
    r"data/[0-9]+",
    re.ASCII,
)
"""Entries that ``torch.save`` writes."""
_SCRIPTED = ("constants.pkl", "model.json")
_VERSIONS = range(1, 11)
_MOST_WORDS = 64


def sniff(head: bytes) -> bool:
    """Return whether the first bytes are those of a zip file."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def load(path: Path) -> Raw:
    """Return what a file holds.

    Raises:
        CheckpointError: It is truncated, damaged, packed, holds what torch never writes, or asks
            for code to run.
    """
    with path.open("rb") as file:
        archive = _Archive(path, file)
        stream = BytesIO(archive.content(_PICKLE, pickles.MOST_BYTES))
    unpickled = pickles.load(stream, lambda identity: storage_of(identity, archive.find), rebuilt)
    if stream.read(1):
        raise CheckpointError("its pickle has bytes behind its end")
    return Raw("torch zip file", unpickled.result, [*archive.used.values()], unpickled.classes)


class _Archive:
    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        self.entries = _below(entries(file, path.stat().st_size))
        self.used: dict[str, Storage] = {}
        version = self.content(_VERSION, _MOST_WORDS).strip()
        if not version.isdigit() or int(version) not in _VERSIONS:
            raise CheckpointError("a file of torch of an unknown version")
        order = self.content(_ORDER, _MOST_WORDS) if _ORDER in self.entries else b"little"
        if order not in (b"little", b"big"):
            raise CheckpointError("its byteorder is neither little nor big")
        self.is_big_endian = order == b"big"

    def content(self, name: str, most: int) -> bytes:
        entry = self.entries[name]
        if entry.bytes > most:
            raise CheckpointError(f"its {name} has {entry.bytes:,} bytes")
        self.file.seek(entry.start)
        return self.file.read(entry.bytes)

    def find(self, key: str, dtype: str, numbers: int) -> Storage:
        if key not in self.used:
            self.used[key] = self._storage(key, dtype, numbers)
        storage = self.used[key]
        if (storage.dtype, storage.numbers) != (dtype, numbers):
            raise CheckpointError(f"storage {key[:40]} is read as two types or lengths")
        return storage

    def _storage(self, key: str, dtype: str, numbers: int) -> Storage:
        entry = self.entries.get(f"data/{key}")
        if entry is None:
            raise CheckpointError(f"storage {key[:40]} is missing from the file")
        if numbers * ITEM_BYTES[dtype] != entry.bytes:
            raise CheckpointError(
                f"storage {key[:40]} has {entry.bytes:,} bytes, not {numbers * ITEM_BYTES[dtype]:,}"
            )
        return Storage(
            path=self.path,
            start=entry.start,
            numbers=numbers,
            dtype=dtype,
            is_big_endian=self.is_big_endian,
        )


def _below(listed: list[Entry]) -> dict[str, Entry]:
    """Return the entries by name below the folder of the first one, which torch reads.

    Raises:
        CheckpointError: One is what torch never writes, or one that it needs is missing.
    """
    folder = listed[0].name.partition("/")[0] + "/" if listed else ""
    names = [entry.name.removeprefix(folder) for entry in listed]
    _refuse_scripted(names)
    for entry, name in zip(listed, names, strict=True):
        if not _WRITTEN.fullmatch(name) or not entry.name.startswith(folder):
            shown = entry.name[:60] or "a file without a name"
            raise CheckpointError(f"a zip file, but not of torch: it holds {shown}")
    made = dict(zip(names, listed, strict=True))
    missing = [name for name in (_PICKLE, _VERSION) if name not in made]
    if missing:
        raise CheckpointError(f"a zip file, but not of torch: it has no {missing[0]}")
    return made


def _refuse_scripted(names: list[str]) -> None:
    if any(name in _SCRIPTED or name.startswith("code/") for name in names):
        raise CheckpointError(
            "an archive of TorchScript: it holds code, which is not read",
            "save the state_dict with torch.save",
        )
