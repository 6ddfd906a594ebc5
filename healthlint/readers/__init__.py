"""Readers: a path in, a log out. Each module with a ``sniff`` is a format and is found by itself.

``sniff(head, path) -> float`` says how sure it is, from 0 to 1, that the first bytes (unpacked, at
most 64 KiB) are of its format; ``read(source, facts) -> Log`` reads it. A format whose log is a
folder has ``claim(folder)`` and ``read_folder(path, facts)``. To add a format, add a module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import cast

from healthlint.logs.families import spoken_in
from healthlint.logs.model import Log, Problem
from healthlint.logs.naming import SPOKEN
from healthlint.readers import jsonl
from healthlint.readers.diagnosis import (
    SQLITE,
    is_lines_of_objects,
    is_mostly_binary,
    refusal,
    unknown,
)
from healthlint.readers.paths import find_logs, is_folder, missing, only_log
from healthlint.readers.pieces import Reading
from healthlint.readers.registry import SURE, Reader, all_formats, claimant, formats
from healthlint.readers.remote import LARGEST, RemoteError, fetched, is_url, shown
from healthlint.readers.source import HEAD, Source, opened

BLOCKS = 16
"""Pieces of 64 KiB of a text that are looked at for something to recognise."""

__all__ = ["all_formats", "find_logs", "formats", "read"]


def read(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log at a path; whatever is wrong with it is among its problems, never raised.

    Args:
        path: A file, a folder that holds one log, a pattern that matches one, a URL, or ``-`` for
            standard input.
        facts: Facts of the run that outrank its header.
    """
    if is_url(path):
        return _read_url(path, facts)
    found = only_log(path)
    if isinstance(found, Problem):
        return Log(path=path, format="", problems=(found,))
    try:
        if is_folder(found):
            return _read_folder(found, facts or {})
        with opened(found) as source:
            if source.head.startswith(SQLITE) and not source.is_plain:
                return _read_database(source, facts)
            reader = reader_of(source)
            if isinstance(reader, Problem):
                return Log(path=found, format="", problems=(reader,))
            return reader.read(source, {**(facts or {}), **_spoken(source.head)})
    except OSError as error:
        return Log(path=path, format="", problems=(missing(found, error),))


def growing(source: Source) -> tuple[Reading, Mapping[str, object]] | None:
    """Return what reads a source piece by piece, and the facts that its beginning tells.

    None where its format, or that source, is only read as a whole.
    """
    reader = reader_of(source)
    begin = None if isinstance(reader, Problem) else getattr(reader, "begin", None)
    has_ends = (
        b"\n" in source.head or b"\r" not in source.head or not is_lines_of_objects(source.head)
    )
    if begin is None or not source.is_plain or not has_ends:
        return None
    return begin(source), _spoken(source.head)


def _spoken(head: bytes) -> dict[str, object]:
    """Return whose console a text may be, as a fact for naming what it logs."""
    if is_lines_of_objects(head) or is_mostly_binary(head):
        return {}
    spoken = spoken_in(head)
    return {SPOKEN: spoken} if spoken else {}


def _read_url(url: str, facts: Mapping[str, object] | None) -> Log:
    try:
        log = read(str(fetched(url)), facts)
    except RemoteError as error:
        problem = Problem(message=str(error), hint=error.hint, kind="unreadable")
        return Log(path=shown(url), format="", problems=(problem,))
    return replace(log, path=shown(url))


def _read_database(source: Source, facts: Mapping[str, object] | None) -> Log:
    """Return the log of a database that is packed or comes as a stream: read from a copy."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="healthlint-") as folder:
        copy, size = Path(folder, "copy.db"), 0
        with copy.open("wb") as stream:
            for block in source.blocks():
                size += stream.write(block)
                if size > LARGEST:
                    said = f"a database of more than {LARGEST >> 30} GiB, packed or on a stream"
                    problem = Problem(message=said, hint="name the file itself", kind="unreadable")
                    return Log(path=source.path, format="", problems=(problem,))
        if source.damage:
            problem = Problem(message=source.damage, kind="unreadable")
            return Log(path=source.path, format="", problems=(problem,))
        return replace(read(str(copy), facts), path=source.path)


def _read_folder(path: str, facts: Mapping[str, object]) -> Log:
    owner = claimant(Path(path))
    if owner is None:  # it was one when it was looked for
        problem = Problem(message="no log in this folder", kind="nothing")
        return Log(path=path, format="", problems=(problem,))
    return owner[0].read_folder(path, facts)


def reader_of(source: Source) -> Reader | Problem:
    """Return the format of a source, or why it has none."""
    if source.damage and not source.head:
        return Problem(message=source.damage, kind="unreadable")
    refused = refusal(source.head)
    if refused is not None:
        return refused
    if is_lines_of_objects(source.head):  # most logs: no other format need be imported
        return cast("Reader", jsonl)
    scored = [(reader.sniff(source.head, source.path), reader) for reader in formats()]
    sure, reader = max(scored, key=lambda entry: entry[0])
    return reader if sure > 0 else _further_down(source) or unknown(source.head)


def _further_down(source: Source) -> Reader | None:
    """Return the format of a text that begins with something else: installations, warnings."""
    if source.path == "-" or len(source.head) < HEAD or is_mostly_binary(source.head):
        return None
    with opened(source.path) as again:
        for block in islice(again.blocks(HEAD), 1, BLOCKS):
            scored = [(reader.sniff(block, source.path), reader) for reader in formats()]
            sure, reader = max(scored, key=lambda entry: entry[0])
            if sure >= SURE:
                return reader
    return None
