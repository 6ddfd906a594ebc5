"""From what the user names to the one file to read: folders, missing files."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from healthlint.logs.model import Problem
from healthlint.readers.folders import below, entries
from healthlint.readers.registry import claimant, known_by_content
from healthlint.readers.source import opened

SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson")
"""Names of logs in a folder end with one of them."""
FIRST = ("logs.jsonl", "logs.jsonl.gz")
"""A folder with one of these holds that log and no other."""
DEEPEST = 6
"""Levels of folders that are looked into."""
MOST_LOOKED_AT = 1_000
"""Files of a folder whose first bytes are looked at where no name is known."""


def find_logs(paths: Iterable[str]) -> list[str]:
    """Return the paths with each folder replaced by the logs in it, in order of their names.

    A log is a file, or a folder that a format takes as a whole. A folder without a log stays, so
    that reading it says so.
    """
    found: list[str] = []
    for path in paths:
        inside = _all_in(Path(path)) if is_folder(path) else []
        found.extend(map(str, inside) if inside else [path])
    return list(dict.fromkeys(found))


def _all_in(folder: Path) -> list[Path]:
    """Return the logs in a folder: those known by their names, else those known by their content.

    A console that was kept beside the log of a training would be a second account of it.
    """
    return list(_logs_in(folder)) or list(_recognised_in(folder))


def is_folder(path: str) -> bool:
    """Return whether a path is a folder; one that cannot exist is none."""
    with suppress(OSError, ValueError):
        return path != "-" and Path(path).is_dir()
    return False


def _logs_in(folder: Path, depth: int = 0) -> Iterator[Path]:
    files, inner = entries(folder)
    logs = [entry for entry in files if entry.name.endswith(SUFFIXES)]
    named = [entry for entry in logs if entry.name in FIRST]
    joined: list[Path] = []
    if not logs:
        owner = claimant(folder)
        if owner is not None:
            joined = owner[1]
            yield folder
    yield from named[:1] or logs
    if depth < DEEPEST:
        for entry in inner:
            if entry not in joined:
                yield from _logs_in(entry, depth + 1)


def _recognised_in(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder that a format is sure of by their first bytes."""
    looked = 0
    for inner in (folder, *below(folder, DEEPEST)):
        for path in entries(inner)[0]:
            looked += 1
            if looked > MOST_LOOKED_AT:
                return
            with suppress(OSError), opened(str(path)) as source:
                if known_by_content(source.head, str(path)):
                    yield path


def only_log(path: str) -> str | Problem:
    """Return what to read: the path itself, or the one log in a folder (a file or a folder)."""
    if not is_folder(path):
        return path
    logs = list(map(str, _all_in(Path(path))))
    if not logs:
        looked = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
        said = f"no log in this folder: no {looked}, no event file, nothing else of a known format"
        return Problem(said, kind="nothing")
    if len(logs) > 1:
        shown = ", ".join(os.path.relpath(log, path) for log in logs[:4])
        more = f" and {len(logs) - 4} more" if len(logs) > 4 else ""
        return Problem(
            f"{len(logs)} logs in this folder, name one: {shown}{more}", kind="unreadable"
        )
    return logs[0]


def missing(path: str, error: OSError) -> Problem:
    """Return why a path cannot be read, with the path that may have been meant."""
    if error.errno not in (errno.ENOENT, errno.ENOTDIR):
        return Problem(f"cannot be read: {error.strerror or error}", kind="unreadable")
    near = _nearest(Path(path))
    hint = f"did you mean `{near}`?" if near is not None else None
    return Problem("no such file", hint=hint, kind="unreadable")


def _nearest(path: Path) -> Path | None:
    """Return the existing path that looks most like one that does not exist."""
    if not path.parent.is_dir():
        parent = _nearest(path.parent) if path.parent != path else None
        if parent is None or not parent.is_dir():
            return None
        path = parent / path.name
        if path.exists():
            return path
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return None
    close = get_close_matches(path.name, names, 1, 0.6)
    return path.parent / close[0] if close else None
