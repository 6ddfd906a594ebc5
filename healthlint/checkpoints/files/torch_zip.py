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
        return _Archive(path, file).raw()


class _Archive:
    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        self.entries = _below(entries(file, path.stat().st_size))
        self.found: dict[str, Storage] = {}
        self._refuse_unknown_version()
        self.is_big_endian = self._is_big_endian()

    def raw(self) -> Raw:
        """Return the outermost object of its pickle."""
        stream = BytesIO(self._held(_PICKLE, pickles.MOST_BYTES))
        unpickled = pickles.load(stream, lambda one: storage_of(one, self._find), rebuilt)
        if stream.read(1):
            raise CheckpointError("its pickle has bytes behind its end")
        return Raw("torch zip file", unpickled.result, [*self.found.values()], unpickled.classes)

    def _held(self, name: str, most: int) -> bytes:
        entry = self.entries[name]
        if entry.bytes > most:
            raise CheckpointError(f"its {name} has {entry.bytes:,} bytes")
        self.file.seek(entry.start)
        return self.file.read(entry.bytes)

    def _refuse_unknown_version(self) -> None:
        said = self._held(_VERSION, _MOST_WORDS).strip()
        if not said.isdigit() or int(said) not in _VERSIONS:
            raise CheckpointError("a file of torch of an unknown version")

    def _is_big_endian(self) -> bool:
        if _ORDER not in self.entries:
            return False
        said = self._held(_ORDER, _MOST_WORDS)
        if said not in (b"little", b"big"):
            raise CheckpointError("its byteorder is neither little nor big")
        return said == b"big"

    def _find(self, key: str, dtype: str, numbers: int) -> Storage:
        known = self.found.get(key)
        if known is not None and (known.dtype, known.numbers) != (dtype, numbers):
            raise CheckpointError(f"storage {key[:40]} is read as two types or lengths")
        if known is not None:
            return known
        entry = self.entries.get(f"data/{key}")
        if entry is None:
            raise CheckpointError(f"storage {key[:40]} is missing from the file")
        if numbers * ITEM_BYTES[dtype] != entry.bytes:
            raise CheckpointError(
                f"storage {key[:40]} has {entry.bytes:,} bytes, not {numbers * ITEM_BYTES[dtype]:,}"
            )
        storage = Storage(
            path=self.path,
            start=entry.start,
            numbers=numbers,
            dtype=dtype,
            is_big_endian=self.is_big_endian,
        )
        self.found[key] = storage
        return storage


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
