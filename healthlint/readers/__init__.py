"""Readers: a path in, a log out. Each module with a ``sniff`` is a format and is found by itself.

``sniff(head, path) -> float`` says how sure it is, from 0 to 1, that the first bytes (unpacked, at
most 64 KiB) are of its format; ``read(source, facts) -> Log`` reads it. To add a format, add a
module.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from healthlint.logs.model import Log, Problem
from healthlint.readers.diagnosis import refusal, unknown
from healthlint.readers.paths import find_logs, missing, only_log
from healthlint.readers.source import Source, opened

__all__ = ["find_logs", "formats", "read"]


class Reader(Protocol):
    """A module that reads one format."""

    FORMAT: str

    def sniff(self, head: bytes, path: str) -> float:
        """Return how sure it is that these are the first bytes of its format, from 0 to 1."""

    def read(self, source: Source, facts: Mapping[str, object]) -> Log:
        """Return the log of a source; bad content is among its problems."""


def read(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log at a path; whatever is wrong with it is among its problems, never raised.

    Args:
        path: A file, a folder that holds one log, or ``-`` for standard input.
        facts: Facts of the run that outrank its header.
    """
    found = only_log(path)
    if isinstance(found, Problem):
        return Log(path, "", problems=(found,))
    try:
        with opened(found) as source:
            reader = _reader_of(source)
            if isinstance(reader, Problem):
                return Log(found, "", problems=(reader,))
            return reader.read(source, facts or {})
    except OSError as error:
        return Log(path, "", problems=(missing(found, error),))


def formats() -> Iterator[Reader]:
    """Yield the modules of this folder that read a format."""
    for name in _modules():
        module = import_module(f"{__name__}.{name}")
        if hasattr(module, "sniff"):
            yield cast("Reader", module)


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def _reader_of(source: Source) -> Reader | Problem:
    if source.damage and not source.head:
        return Problem(source.damage, kind="unreadable")
    refused = refusal(source.head)
    if refused is not None:
        return refused
    scored = [(reader.sniff(source.head, source.path), reader) for reader in formats()]
    sure, reader = max(scored, key=lambda entry: entry[0])
    return reader if sure > 0 else unknown(source.head)
