"""The formats: modules of this folder with a ``sniff`` read files, with a ``claim`` folders."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from healthlint.logs.model import Log
from healthlint.readers.diagnosis import SQLITE, refusal
from healthlint.readers.source import Source

SURE = 0.8
"""How sure a format must be of a file that the user did not name."""
_PACKAGE = __name__.rpartition(".")[0]


class Reader(Protocol):
    """A module that reads one format of files.

    Attributes:
        FORMAT: Its name.
        KNOWN_BY: How it is recognised, for the documentation.
        UNSEEN: What cannot be seen in it, whatever the training did.
    """

    FORMAT: str
    KNOWN_BY: str
    UNSEEN: tuple[str, ...]

    def sniff(self, head: bytes, path: str) -> float:
        """Return how sure it is that these are the first bytes of its format, from 0 to 1."""

    def read(self, source: Source, facts: Mapping[str, object]) -> Log:
        """Return the log of a source; bad content is among its problems."""


class FolderReader(Protocol):
    """A module that reads folders as logs.

    Attributes:
        FORMAT: Its name.
    """

    FORMAT: str

    def claim(self, folder: Path) -> list[Path] | None:
        """Return the sub-folders that make one log with a folder, None where it is no such log."""

    def read_folder(self, path: str, facts: Mapping[str, object]) -> Log:
        """Return the log of a folder that was claimed."""


def formats() -> Iterator[Reader]:
    """Yield the modules of this folder that read a format of files."""
    return (cast("Reader", module) for module in _modules() if hasattr(module, "sniff"))


def folder_formats() -> Iterator[FolderReader]:
    """Yield the modules of this folder that read folders."""
    return (cast("FolderReader", module) for module in _modules() if hasattr(module, "claim"))


def all_formats() -> Iterator[Reader]:
    """Yield the modules of this folder that read anything."""
    return (cast("Reader", module) for module in _modules() if hasattr(module, "FORMAT"))


def claimant(folder: Path) -> tuple[FolderReader, list[Path]] | None:
    """Return the format that takes a folder for a log, and the sub-folders that belong to it."""
    for reader in folder_formats():
        with suppress(OSError):  # a file in it that may not be read
            joined = reader.claim(folder)
            if joined is not None:
                return reader, joined
    return None


def known_by_content(head: bytes, path: str) -> bool:
    """Return whether a format is sure that these first bytes are one of its logs."""
    if not head.strip() or refusal(head) is not None:
        return False
    return any(reader.sniff(head, path) >= SURE for reader in formats())


def holds_training(head: bytes, path: str) -> bool:
    """Return whether a file of a known format holds a training, as far as its first bytes tell.

    A format that cannot be read by its first bytes alone is believed.
    """
    reader = max(formats(), key=lambda one: one.sniff(head, path))
    if head.startswith(SQLITE):
        return True
    log = reader.read(Source(path, BytesIO(head)), {})
    return bool(log.runs) or not all(one.kind == "nothing" for one in log.problems if one.is_fatal)


@cache
def _modules() -> tuple[ModuleType, ...]:
    path = Path(__file__).parent
    names = sorted(module.name for module in pkgutil.iter_modules([str(path)]))
    return tuple(import_module(f"{_PACKAGE}.{name}") for name in names)
