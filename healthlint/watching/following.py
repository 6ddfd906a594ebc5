"""Reading a log again and again while it grows.

A log that is truncated, replaced, deleted or
rotated is noticed by its size, its first bytes and the last ones that were read: file numbers say
little where logs are copied from another machine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from healthlint.logs import Log
from healthlint.looking import completed, fault, look
from healthlint.readers.folders import MOST_ENTRIES
from healthlint.readers.remote import is_url
from healthlint.readers.source import growing
from healthlint.watching.course import SHORTEST_STALL
from healthlint.watching.tails import KNOWN_BY, Tail, tail_of

Incident = Literal["truncated", "replaced", "deleted"]
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
        begun = data[:KNOWN_BY]
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
        is_grown: Whether something was written.
    """

    log: Log | None
    incident: Incident | None = None
    is_grown: bool = True


class Follower:
    """Reads one log as it grows.

    Args:
        path: A file, a folder that a format takes for a log, or a URL.
        facts: What is known of the run; outranks its header.
        head: What the file was known by when it was last followed.
    """

    def __init__(self, path: str, facts: Mapping[str, object], head: Head = NEW) -> None:
        self.path = path
        self.head = head
        self.changed_at = 0.0
        self._facts = facts
        self._print: object = _UNSEEN
        self._tail: Tail | None = None
        self._is_settled = False

    def look(
        self, now: float = 0.0, *, patience: float = SHORTEST_STALL, is_over: bool = False
    ) -> News:
        """Return what is new; whatever is wrong with the file is among the log's problems.

        Args:
            now: Seconds since 1970.
            patience: Seconds after which a last line that nobody writes on is taken as it is:
                a buffer may hold its end back for long.
            is_over: Whether the training is known to write no more.
        """
        print_ = _print(self.path)
        if print_ == self._print:
            return self._settled(is_over=is_over or now - self.changed_at >= patience)
        was_there, self._print = self._print not in (None, _UNSEEN), print_
        if print_ is None:
            self._tail = None
            return News(look(self.path, self._facts), "deleted" if was_there else None)
        times = [stamp[2] for stamp in print_] if isinstance(print_, tuple) else [0]  # of a URL
        self.changed_at = max(times) / 1e9
        incident = self._incident()
        self._is_settled = is_over or now - self.changed_at >= patience
        return News(self._log(), incident)

    def peek(self) -> bool:
        """Return whether something alarming has begun since the last look or peek."""
        tail = self._tail
        if tail is None or tail.is_young or _print(self.path) == self._print or tail.change():
            return False
        was_alarming = tail.is_alarming
        with suppress(OSError):
            tail.read_on()
        return tail.is_alarming and not was_alarming

    def _settled(self, *, is_over: bool) -> News:
        """Return the log with its last line, once that has been as it is for a while."""
        is_open = self._tail is None or self._tail.is_open
        if self._is_settled or not is_open or not is_over:
            return News(None)
        self._is_settled = True
        return News(self._log(), is_grown=False)

    def _log(self) -> Log:
        try:
            with nullcontext() if self._is_settled else growing():
                return self._grown() or look(self.path, self._facts)
        except Exception as error:  # our own fault: told, and the others are looked at
            self._tail = None
            return Log(path=self.path, format="", problems=(fault(error),))

    def _incident(self) -> Incident | None:
        """Return whether the file is another one than before, and note how it begins now."""
        begun = _begun(self.path)
        known = self.head
        is_same = known.knows(begun)
        self.head = Head.of(begun) if not is_same or len(begun) > known.size else known
        if not is_same:
            self._tail = None
            return "truncated" if len(begun) < known.size else "replaced"
        change = self._tail.change() if self._tail is not None else None
        if change:
            self._tail = None
        return change

    def _grown(self) -> Log | None:
        """Return the log of a format that is read on, None of any other."""
        with suppress(OSError):  # what cannot be read is said by who reads it as a whole
            if self._tail is None or self._tail.is_young:
                self._tail = tail_of(self.path)
            if self._tail is not None:
                self._tail.read_on()
                return completed(self._tail.log(self._facts, is_settled=self._is_settled))
        self._tail = None
        return None


def _begun(path: str) -> bytes:
    """Return the first bytes of a file, none of a folder or URL."""
    with suppress(OSError, ValueError):
        if not is_url(path) and Path(path).is_file():
            with Path(path).open("rb") as stream:
                return stream.read(KNOWN_BY)
    return b""


def _print(path: str) -> object:
    """Return what changes when a log does, None where it is not there."""
    if is_url(path):
        return object()  # what it holds can only be told by fetching it
    with suppress(OSError, ValueError):
        return tuple(map(_stamp, _files(path))) or None
    return None


def _stamp(path: str) -> tuple[str, int, int]:
    status = os.stat(path)  # noqa: PTH116 - many of them, at every look
    return path, status.st_size, status.st_mtime_ns


def _files(path: str) -> list[str]:
    """Return a file, or the files in a folder and below, hidden ones left out."""
    if not Path(path).is_dir():
        return [path]
    found: list[str] = []
    for here, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        found += [os.path.join(here, name) for name in sorted(names) if name[0] != "."]  # noqa: PTH118
        if len(found) > MOST_ENTRIES:
            break
    return found
