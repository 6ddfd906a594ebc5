"""SQLite files, opened to read and nothing else, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from healthlint.readers.diagnosis import SQLITE

if TYPE_CHECKING:
    from sqlite3 import Connection

_PLAIN = """
    SELECT 1 FROM sqlite_master
    WHERE type = 'table' AND name = ? AND sql NOT LIKE 'CREATE VIRTUAL%'
"""
PATIENCE_S = 5.0
"""Seconds to wait for a writer."""


class DatabaseError(Exception):
    """A database cannot be read; the message says why."""


@contextmanager
def opened_database(path: str) -> Iterator[Connection]:
    """Yield a connection that cannot write.

    Raises:
        DatabaseError: It cannot be read, or what was asked of it cannot.
    """
    import sqlite3

    uri = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE_S)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.text_factory = _text
            yield connection
    except (sqlite3.Error, OverflowError, UnicodeError) as error:  # also of a garbled schema
        raise DatabaseError(str(error)) from error


def _text(words: bytes) -> str:
    return words.decode(errors="replace")


def columns_of(head: bytes, path: str, table: str) -> set[str]:
    """Return the names of the columns of a table; none where there is no such plain table.

    A view could be endless, a virtual table anything.
    """
    if not head.startswith(SQLITE) or path == "-":
        return set()
    try:
        with opened_database(path) as connection:
            if not connection.execute(_PLAIN, (table,)).fetchone():
                return set()
            rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
            return {str(name) for (name,) in rows}
    except DatabaseError:
        return set()
