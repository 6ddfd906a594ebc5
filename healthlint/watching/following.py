"""Reading a log again and again while it grows, each line of JSON Lines once.

Other formats are read anew when they have changed. A log that is truncated, replaced, deleted or
rotated is noticed by its size, its first bytes and the last ones that were read: file numbers say
little where logs are copied from another machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from healthlint.files.limits import refuse_special
from healthlint.logs import Log
from healthlint.looking import completed, fault, look
from healthlint.readers.diagnosis import is_lines_of_objects
from healthlint.readers.folders import MOST_ENTRIES
from healthlint.readers.jsonl import Lines
from healthlint.readers.remote import is_url
from healthlint.readers.source import BLOCK, HEAD, LONGEST, Batch, Source

Incident = Literal["truncated", "replaced", "deleted"]
_KNOWN_BY = 1024
"""Bytes of the beginning, and of what was read last, by which a file is known again."""


_UNSEEN = object()


class Head(NamedTuple):
    """The beginning of a file, by which it is known again.

    Attributes:
        size: How many bytes of it.
        digest: Their checksum.
    """

    size: int = 0
    digest: str = ""

    @classmethod
    def of(cls, data: bytes) -> Head:
        """Return what a file with these first bytes is known by."""
        begun = data[:_KNOWN_BY]
        return cls(len(begun), sha256(begun).hexdigest()[:16])

    def knows(self, data: bytes) -> bool:
        """Return whether a file with these first bytes may be the same."""
        if not self.size:
            return True
        return len(data) >= self.size and Head.of(data[: self.size]).digest == self.digest


NEW = Head()
"""What nothing is known of yet."""


class News(NamedTuple):
    """What one look at a file brought.

    Attributes:
        log: The log, None where nothing has changed since the last look.
        incident: What happened to the file, None for nothing.
    """

    log: Log | None
    incident: Incident | None = None


class Follower:
    """Reads one log as it grows.

    Args:
        path: A file, a folder that a format takes for a log, or a URL.
        facts: What is known of the run; outranks its header.
        head: What the file was known by when it was last followed.
    """

    def __init__(self, path: str, facts: Mapping[str, object], head: Head | None = None) -> None:
        self.path = path
        self.head = head or NEW
        self.changed_at = 0.0
        self._facts = facts
        self._print: object = _UNSEEN
        self._tail: _Tail | None = None

    def look(self) -> News:
        """Return what is new; whatever is wrong with the file is among the log's problems."""
        print_ = _print(self.path)
        if print_ == self._print:
            return News(None)
        was_there, self._print = self._print not in (None, _UNSEEN), print_
        if print_ is None:
            self._tail = None
            return News(look(self.path, self._facts), "deleted" if was_there else None)
        self.changed_at = _changed(self.path)
        incident = self._incident()
        try:
            log = self._grown() or look(self.path, self._facts)
        except Exception as error:  # our own fault: told, and the others are looked at
            self._tail = None
            log = Log(self.path, "", problems=(fault(error),))
        return News(log, incident)

    def _incident(self) -> Incident | None:
        """Return whether the file is another one than before, and note how it begins now."""
        begun = _begun(self.path)
        known = self.head
        is_same = known.knows(begun)
        self.head = Head.of(begun) if not is_same or len(begun) > known.size else known
        if not is_same:
            self._tail = None
            return "truncated" if len(begun) < known.size else "replaced"
        if self._tail is not None and not self._tail.still_fits():
            is_shorter = _size(self.path) < self._tail.offset
            self._tail = None
            return "truncated" if is_shorter else "replaced"
        return None

    def _grown(self) -> Log | None:
        """Return the log of a file of JSON Lines, None of any other."""
        if self._tail is None:
            self._tail = _Tail.of(self.path)
        if self._tail is None:
            return None
        self._tail.read_on()
        return completed(self._tail.log(self._facts))


class _Tail:
    """The lines of a file that were read.

    Attributes:
        offset: How many bytes of it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lines = Lines()
        self.offset = 0
        self._last = b""
        self._begun = b""

    @classmethod
    def of(cls, path: str) -> _Tail | None:
        """Return the tail of a plain file of JSON Lines, None of anything else."""
        if is_url(path) or not Path(path).is_file():
            return None
        refuse_special(path)
        with Path(path).open("rb") as stream:
            source = Source(path, BytesIO(stream.read(HEAD)))
        is_lines = source.is_plain and is_lines_of_objects(source.head) and b"\n" in source.head
        return cls(path) if is_lines else None

    def still_fits(self) -> bool:
        """Return whether what was read last is still where it was."""
        with suppress(OSError), Path(self._path).open("rb") as stream:
            stream.seek(self.offset - len(self._last))
            return stream.read(len(self._last)) == self._last
        return False

    def read_on(self) -> None:
        """Read the whole lines that have come."""
        with Path(self._path).open("rb") as stream:
            stream.seek(self.offset)
            while block := stream.read(BLOCK):
                self._take(block)

    def _take(self, block: bytes) -> None:
        self.offset += len(block)
        self._last = (self._last + block)[-_KNOWN_BY:]
        first, newline, more = block.partition(b"\n")
        if newline and len(self._begun) + len(first) > LONGEST:
            self._lines.add(Batch(b"", b"\n", is_too_long=True))
            self._begun, block = b"", more
        whole, newline, rest = block.rpartition(b"\n")
        if newline:
            self._lines.add(Batch(self._begun + whole, b"\n"))
            self._begun = b""
        self._begun = (self._begun + rest)[: LONGEST + 1]

    def log(self, facts: Mapping[str, object]) -> Log:
        """Return the log so far.

        A last line without its end counts where it is a whole object; else it is being written.
        """
        lines = deepcopy(self._lines)
        if self._begun.rstrip().endswith(b"}"):
            lines.add(Batch(self._begun, b"\n", is_unfinished=True))
        return lines.log(self._path, facts)


def _begun(path: str) -> bytes:
    """Return the first bytes of a file, none of a folder or URL."""
    with suppress(OSError, ValueError):
        if not is_url(path) and Path(path).is_file():
            stream: BinaryIO
            with Path(path).open("rb") as stream:
                return stream.read(_KNOWN_BY)
    return b""


def _print(path: str) -> object:
    """Return what changes when a log does, None where it is not there."""
    if is_url(path):
        return object()  # what it holds can only be told by fetching it
    with suppress(OSError, ValueError):
        if not Path(path).is_dir():
            return _stamp(path)
        return tuple(_stamp(one) for one in _files(path)) or None
    return None


def _changed(path: str) -> float:
    """Return when a log last changed, in seconds since 1970; 0 where that cannot be told."""
    with suppress(OSError, ValueError):
        files = _files(path) if Path(path).is_dir() else [path]
        return max((os.stat(one).st_mtime for one in files), default=0.0)  # noqa: PTH116
    return 0.0


def _stamp(path: str) -> tuple[str, int, int]:
    found = os.stat(path)  # noqa: PTH116 - many of them, at every look
    return path, found.st_size, found.st_mtime_ns


def _size(path: str) -> int:
    with suppress(OSError):
        return Path(path).stat().st_size
    return 0


def _files(folder: str) -> list[str]:
    """Return the files in a folder and below, hidden ones left out."""
    found: list[str] = []
    for here, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        found += [os.path.join(here, name) for name in sorted(names) if name[0] != "."]  # noqa: PTH118
        if len(found) > MOST_ENTRIES:
            break
    return found
