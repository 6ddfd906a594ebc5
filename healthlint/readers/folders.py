"""Folders as logs: what lies in one, without reading it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from healthlint.logs.model import Split
from healthlint.logs.vocabulary import split_of, split_words

MOST_ENTRIES = 100_000
"""Entries of one folder that are looked at."""


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files and the folders in a folder, sorted; none where it cannot be read."""
    files: list[Path] = []
    folders: list[Path] = []
    try:
        for count, entry in enumerate(folder.iterdir()):
            if count >= MOST_ENTRIES:
                break
            if entry.is_dir():
                if not entry.is_symlink() and not entry.name.startswith("."):
                    folders.append(entry)
            elif not entry.name.startswith("."):
                files.append(entry)
    except OSError:
        return [], []
    return sorted(files), sorted(folders)


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
