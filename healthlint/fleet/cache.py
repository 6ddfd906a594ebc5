"""Rows of logs that have not changed: by path, size and time of every file that a row is made of.

A cache is one SQLite file. Rows are kept the moment they are made, so that a call that was stopped
goes on where it was.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from healthlint.fleet.keeping import beside
from healthlint.fleet.settings import configs_of
from healthlint.readers.folders import below, entries

_MADE = "CREATE TABLE IF NOT EXISTS rows (plan TEXT, log TEXT, stamp TEXT, row BLOB, used INTEGER, "
_KEY = "PRIMARY KEY (plan, log))"
_DEEPEST = 4
_OLDEST_SECONDS = 60 * 86_400
"""Age after which rows that nobody asked for are dropped."""


class Cache:
    """Rows by log; without a file that can be written, it keeps nothing.

    Args:
        path: The file, empty for none.
        plan: Digest of how logs are judged.
    """

    def __init__(self, path: str, plan: str) -> None:
        self._plan = plan
        self._connection = _opened(path)

    def get(self, log: str, stamp: str) -> list[bytes] | None:
        """Return the rows of a log, None where it is unknown or has changed."""
        if self._connection is None or not stamp:
            return None
        with suppress(sqlite3.Error):
            query = "SELECT stamp, row FROM rows WHERE plan = ? AND log = ?"
            found = self._connection.execute(query, (self._plan, _absolute(log))).fetchone()
            if found and found[0] == stamp:
                return bytes(found[1]).split(b"\n")
        return None

    def put(self, log: str, stamp: str, rows: Sequence[bytes]) -> None:
        """Keep the rows of a log, if it has not changed since its stamp was taken."""
        if self._connection is None or not stamp or stamp != stamp_of(log):
            return
        with suppress(sqlite3.Error), self._connection:
            values = (self._plan, _absolute(log), stamp, b"\n".join(rows), int(time.time()))
            self._connection.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)", values)

    def close(self) -> None:
        """Drop what nobody has asked for in a while, and close the file."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error), self._connection:
            oldest = int(time.time()) - _OLDEST_SECONDS
            self._connection.execute("DELETE FROM rows WHERE used < ?", (oldest,))
        self._connection.close()


def default_path() -> str:
    """Return where the cache is unless somebody says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return str(Path(base).expanduser() / "healthlint" / "fleet.db")


def stamp_of(log: str) -> str:
    """Return size and time of all files that the row of a log is made of; empty for no file.

    Of checkpoints only their names count: what is said of them is which are there.
    """
    if log == "-" or "://" in log:
        return ""
    try:
        files = sorted(map(_stamp, (*_files(Path(log)), *map(Path, configs_of(log)))))
    except (OSError, ValueError):
        return ""
    return "\n".join((*files, *(one.path for one in beside(log))))


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or a folder and the files in it: its time tells what is deleted there."""
    yield path
    for folder in (path, *below(path, _DEEPEST)) if path.is_dir() else ():
        files, inner = entries(folder)
        yield from (*files, *inner)


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{path.name}:{found.st_size}:{found.st_mtime_ns}"


def _absolute(log: str) -> str:
    return os.path.abspath(log)  # noqa: PTH100 - links stay as they are named


def _opened(path: str) -> sqlite3.Connection | None:
    if not path:
        return None
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        made = sqlite3.connect(path, timeout=5)
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=OFF")
        made.execute(_MADE + _KEY)
    except (OSError, sqlite3.Error):
        return None
    return made
