"""Folders as logs: what lies in one, without reading it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path

from healthlint.logs.model import Event, Split
from healthlint.logs.vocabulary import split_of, split_words

MOST_ENTRIES = 100_000
"""Entries of one folder that are looked at."""
_SETTLED_NS = 2_000_000_000
"""Age of the last change, below which another may come without the clock showing it."""


def home_of(log: str) -> Path:
    """Return the folder that a log is, or that it lies in."""
    path = Path(log)
    return path if path.is_dir() else path.parent


def announced_path(event: Event, folder: Path) -> Path | None:
    """Return the path that an event names, None where it names none.

    Args:
        event: The event.
        folder: The folder of its log: where what it names is not there, its mere name may be.
    """
    said = event.fields.get("path")
    if isinstance(said, str) and said:
        named, beside = folder / said, folder / Path(said).name
        with suppress(OSError):  # longer than any name
            return named if named.exists() or not beside.exists() else beside
    return None


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files and the folders in a folder, sorted; none where it cannot be read.

    Pipes, sockets and devices are no files. What has not changed for a while is listed once.
    """
    try:
        changed = folder.stat().st_mtime_ns
        is_settled = time.time_ns() - changed > _SETTLED_NS
        files, folders = (_known if is_settled else _listed)(str(folder), changed)
    except (OSError, ValueError):
        return [], []
    return [*files], [*folders]


def _listed(folder: str, _: int) -> tuple[list[Path], list[Path]]:
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as found:
        for entry in islice(found, MOST_ENTRIES):
            kind = "" if entry.name.startswith(".") else _kind(entry)
            if kind == "file":
                files.append(entry.path)
            elif kind == "folder" and not entry.is_symlink():
                folders.append(entry.path)
    return [*map(Path, sorted(files))], [*map(Path, sorted(folders))]


_known = lru_cache(maxsize=64)(_listed)


def _kind(entry: os.DirEntry[str]) -> str:
    """Return ``file``, ``folder``, or nothing; a link that leads nowhere is a file."""
    try:
        if entry.is_dir():
            return "folder"
        if entry.is_file():
            return "file"
        entry.stat()
    except OSError:  # reading it says why
        return "file"
    return ""


def refused(folder: Path) -> OSError | None:
    """Return why a folder may not be entered, None where it may."""
    try:
        with os.scandir(folder):
            return None
    except OSError as error:
        return error


def split_of_folder(folder: Path) -> Split:
    """Return the split that the name of a folder tells, empty where it tells none.

    >>> [split_of_folder(Path(name)) for name in ("log/val", "validation_0", "a")]
    ['val', 'val', '']
    """
    words = split_words(folder.name)
    rest = [word for word in words[1:] if not word.isdecimal()]
    return split_of(words[0]) if words and not rest else ""


def below(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the folders in a folder, and those in them, down to a depth."""
    for inner in entries(folder)[1]:
        yield inner
        if depth > 1:
            yield from below(inner, depth - 1)
