"""From what the user names to the one file to read: folders, missing files."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from glob import glob
from pathlib import Path

from healthlint.logs.model import Problem
from healthlint.logs.nearest import nearest
from healthlint.readers.folders import below as folders_below
from healthlint.readers.folders import entries, refused
from healthlint.readers.registry import claimant, holds_training, known_by_content
from healthlint.readers.remote import RemoteError, below, fetched, is_url, matches
from healthlint.readers.source import opened

SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson")
"""Names of logs in a folder end with one of them."""
FIRST = ("logs.jsonl", "logs.jsonl.gz")
"""A folder with one of these holds that log and no other."""
DEEPEST = 8
"""Levels of folders that are looked into."""
MOST_LOOKED_AT = 1_000
"""Files of a folder whose first bytes are looked at where no name is known."""
PROSE = frozenset(
    {".md", ".rst", ".py", ".ipynb", ".html", ".tex", ".yaml", ".yml", ".toml", ".sh", ".js"}
)
"""Files of a folder whose words may look like a log and are none; named, they are read."""
_MAGIC = re.compile(r"[*?]|\[[^\]]+\]")


def find_logs(paths: Iterable[str]) -> list[str]:
    """Return the paths with each pattern and each folder replaced by the logs that it means.

    A log is a file, or a folder that a format takes as a whole. A folder without a log stays, and
    so does a pattern without a match, so that reading it says so. What is found twice is one log,
    unless it was named twice.

    Args:
        paths: Files, folders, patterns (``runs/*/logs``), URLs of files and folders.
    """
    found: list[str] = []
    for path in paths:
        for one in _expanded(path):
            logs = _in_url(one) if is_url(one) else _in_path(one)
            found += [log for log in logs if log == path or log not in found]
    return found


def _in_path(path: str) -> list[str]:
    inside = _all_in(Path(path)) if is_folder(path) else []
    return [str(log) for log in inside] or [path]


def _in_url(url: str) -> list[str]:
    try:
        copy = fetched(url)
    except RemoteError:  # reading it says why
        return [url]
    inside = _all_in(copy) if copy.is_dir() else []
    return [below(url, log.relative_to(copy).as_posix()) for log in inside] or [url]


def _expanded(path: str) -> list[str]:
    """Return what a pattern matches, in order of the names; any other path, as it is."""
    if is_url(path):
        return matches(path)
    if path == "-" or not _MAGIC.search(path):
        return [path]
    with suppress(OSError, ValueError):
        if os.path.lexists(path):
            return [path]
        return sorted(glob(path, recursive=True)) or [path]  # noqa: PTH207 - as it was written
    return [path]


def _all_in(folder: Path) -> list[Path]:
    """Return the logs in a folder: those known by their names, and those known by their content.

    Of the latter none that lies in a folder with one of the former, below it or above it: a console
    that was kept beside the log of a training would be a second account of it.
    """
    named = list(_logs_in(folder))
    if len(named) > 1:
        named = [log for log in named if not _is_empty(log)] or named
    named = [log for log in named if _may_be_training(log)] or named
    homes = [log if log.is_dir() else log.parent for log in named]
    others = list(_recognised_in(folder, homes))
    trainings = [path for path, is_training in others if is_training]
    return sorted({*named, *trainings}) or [path for path, _ in others]


def _may_be_training(log: Path) -> bool:
    """Return whether a log known by its name may be of a training: JSON Lines hold anything."""
    if log.name in FIRST or not log.name.endswith(SUFFIXES):
        return True
    with suppress(OSError), opened(str(log)) as source:
        if not source.head.strip():
            return False
        is_known = known_by_content(source.head, str(log))
        return not is_known or b'"_type"' in source.head or holds_training(source.head, str(log))
    return True


def _is_empty(log: Path) -> bool:
    """Return whether a folder that a format takes for a log holds nothing but its beginnings."""
    owner = claimant(log) if log.is_dir() and refused(log) is None else None
    is_empty = getattr(owner[0], "is_empty", None) if owner else None
    return bool(is_empty and is_empty(log))


def is_folder(path: str) -> bool:
    """Return whether a path is a folder; one that cannot exist is none."""
    with suppress(OSError, ValueError):
        return path != "-" and Path(path).is_dir()
    return False


def shown(path: str) -> str:
    """Return a path relative to the working folder where it lies below it."""
    if os.path.isabs(path):  # noqa: PTH117 - text stays text
        with suppress(ValueError):
            return str(Path(path).relative_to(Path.cwd()))
    return path


def _logs_in(folder: Path, depth: int = 0) -> Iterator[Path]:
    if refused(folder) is not None:
        yield folder  # reading it says why
        return
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


def _recognised_in(folder: Path, homes: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield the files in a folder that a format is sure of, and whether they are of a training.

    Args:
        folder: Where to look.
        homes: Folders of logs: these, those below them and those above them are passed over.
    """
    looked = 0
    own = set(homes)
    above = own.union(*(home.parents for home in own))
    for inner in (folder, *folders_below(folder, DEEPEST)):
        if inner in above or own.intersection(inner.parents):
            continue
        for path in entries(inner)[0]:
            if path.suffix.lower() in PROSE:
                continue
            looked += 1
            if looked > MOST_LOOKED_AT:
                return
            with suppress(OSError), opened(str(path)) as source:
                if known_by_content(source.head, str(path)):
                    yield path, holds_training(source.head, str(path))


def only_log(path: str) -> str | Problem:
    """Return what to read: the path itself, or the one log that a folder or a pattern means."""
    matches = _expanded(path)
    if len(matches) > 1:
        said = f"{len(matches)} paths match, name one: {_some(matches)}"
        return Problem(message=said, kind="unreadable")
    (path,) = matches
    if not is_folder(path):
        return path
    if error := refused(Path(path)):
        said = f"this folder may not be entered: {error.strerror or error}"
        return Problem(message=said, kind="unreadable")
    logs = list(map(str, _all_in(Path(path))))
    if str(Path(path)) in logs:  # those in folders below it have names of their own
        return path
    if not logs:
        looked = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
        said = f"no log in this folder: no {looked}, no event file, nothing else of a known format"
        return Problem(message=said, kind="nothing")
    if len(logs) > 1:
        named = _some([os.path.relpath(log, path) for log in logs])
        said = f"{len(logs)} logs in this folder, name one: {named}"
        return Problem(message=said, kind="unreadable")
    return logs[0]


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    return ", ".join(paths[:4]) + more


def missing(path: str, error: OSError) -> Problem:
    """Return why a path cannot be read, with the path that may have been meant."""
    if error.errno not in (errno.ENOENT, errno.ENOTDIR):
        return Problem(message=f"cannot be read: {error.strerror or error}", kind="unreadable")
    if _MAGIC.search(path):
        return Problem(message="no file matches this pattern", kind="nothing")
    near = _nearest(Path(path))
    hint = f"did you mean `{near}`?" if near is not None else None
    return Problem(message="no such file", hint=hint, kind="unreadable")


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
    close = nearest(path.name, names)
    return path.parent / close if close else None
