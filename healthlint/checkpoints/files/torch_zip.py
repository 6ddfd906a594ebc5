"""Zip files of ``torch.save`` (since torch 1.6): a pickle, and one stored entry a storage."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from healthlint.checkpoints import pickles
from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import ITEM_BYTES, Raw, Storage
from healthlint.checkpoints.torch_tensors import rebuilt, storage_of

_LOCAL_HEADER = 30
_DAMAGES = (ValueError, NotImplementedError, RuntimeError, EOFError, struct.error, zlib.error)


def sniff(head: bytes) -> bool:
    """Return whether the first bytes are those of a zip file."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def load(path: Path) -> Raw:
    """Return what a file holds.

    Raises:
        CheckpointError: It is truncated, damaged, compressed, or asks for code to run.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            return _Archive(path, packed).raw()
    except CheckpointError:
        raise
    except zipfile.BadZipFile as error:
        raise CheckpointError(
            "truncated or damaged: the table at the end of its zip file is missing",
            "copy or save it again",
        ) from error
    except _DAMAGES as error:
        detail = str(error).partition("\n")[0][:120]
        raise CheckpointError(f"damaged zip file ({detail})") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # its table names a byte before the file
            raise CheckpointError("damaged zip file: its table names impossible places") from error
        raise


class _Archive:
    def __init__(self, path: Path, packed: zipfile.ZipFile) -> None:
        self.path, self.packed = path, packed
        self.size = path.stat().st_size
        self.entries = {one.filename: one for one in packed.infolist()}
        self._refuse_bombs()
        self.prefix = self._prefix()
        self.found: dict[str, Storage] = {}
        self.is_big_endian = self._text("byteorder") == "big"

    def raw(self) -> Raw:
        """Return the outermost object of its pickle."""
        data = self.packed.read(self.entries[f"{self.prefix}data.pkl"])
        machine = pickles.load(BytesIO(data), lambda one: storage_of(one, self._find), rebuilt)
        return Raw("torch zip file", machine.result, [*self.found.values()], tuple(machine.classes))

    def _refuse_bombs(self) -> None:
        for one in self.entries.values():
            if one.compress_type != zipfile.ZIP_STORED and one.file_size > 100 * one.compress_size:
                raise CheckpointError(
                    f"a zip bomb: {one.filename[:60]} would unpack {one.compress_size:,} bytes "
                    f"to {one.file_size:,}"
                )
        if sum(one.compress_size for one in self.packed.infolist()) > self.size:
            raise CheckpointError("a zip bomb: its entries overlap")

    def _prefix(self) -> str:
        for name, one in self.entries.items():
            if name == "data.pkl" or name.endswith("/data.pkl"):
                if one.file_size > pickles.MOST_BYTES:
                    raise CheckpointError(f"its pickle has {one.file_size >> 20} MiB")
                return name[: -len("data.pkl")]
        listed = ", ".join(sorted(self.entries)[:3])[:120] or "nothing"
        raise CheckpointError(f"a zip file, but not of torch: it holds {listed}")

    def _text(self, name: str) -> str:
        one = self.entries.get(self.prefix + name)
        if one is None or one.file_size > 64:
            return ""
        return self.packed.read(one).decode("ascii", "replace").strip()

    def _find(self, key: str, dtype: str, numbers: int) -> Storage:
        if key in self.found and self.found[key].dtype == dtype:
            return self.found[key]
        entry = self.entries.get(f"{self.prefix}data/{key}")
        if entry is None:
            raise CheckpointError(f"storage {key[:40]} is missing from the file")
        if entry.compress_type != zipfile.ZIP_STORED:
            raise CheckpointError(f"storage {key[:40]} is compressed, which torch never does")
        if numbers * ITEM_BYTES[dtype] > entry.file_size:
            raise CheckpointError(
                f"storage {key[:40]} has {entry.file_size:,} bytes, "
                f"not {numbers * ITEM_BYTES[dtype]:,}"
            )
        made = Storage(self.path, self._start(entry), numbers, dtype, self.is_big_endian)
        if made.start + made.bytes > self.size:
            raise CheckpointError(f"truncated: storage {key[:40]} reaches beyond the file")
        self.found[key] = made
        return made

    def _start(self, entry: zipfile.ZipInfo) -> int:
        """Return the byte at which the numbers of an entry begin."""
        with self.path.open("rb") as file:
            file.seek(entry.header_offset)
            head = file.read(_LOCAL_HEADER)
        if len(head) < _LOCAL_HEADER or not head.startswith(b"PK\x03\x04"):
            raise CheckpointError(f"damaged: {entry.filename[:60]} is not where its table says")
        name, extra = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        return entry.header_offset + _LOCAL_HEADER + name + extra
