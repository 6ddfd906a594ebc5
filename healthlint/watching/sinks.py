"""Those who are told of events: a file, a command, whatever takes one at a time.

What a sink has got is noted in the state of the log. A file is asked which events it holds, so a
watch that was killed between writing and noting tells it nothing twice. A command or an endpoint
can be told twice in that one moment; the ``id`` of the event says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from healthlint.emit.appendfile import AppendFile
from healthlint.watching.events import Event, line

LONGEST_COMMAND = 60.0
"""Seconds after which a command is ended."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_LOOKED_BACK = 1 << 20


class Sink(Protocol):
    """Somebody who is told of events.

    Attributes:
        name: What it is called in the state of a log.
        is_lasting: Whether it is to get what it missed while nobody told it.
    """

    name: str
    is_lasting: bool

    def send(self, event: Event) -> str:
        """Tell of an event; return why it did not arrive, empty where it did."""
        ...


class EventFile:
    """A file of events, one a line; what it holds already is not written again."""

    is_lasting = True

    def __init__(self, path: str) -> None:
        self.name = f"file:{Path(path).absolute()}"
        self._path = Path(path)
        self._known: set[str] | None = None

    def send(self, event: Event) -> str:
        """Append an event, whole, on a line of its own."""
        try:
            if self._known is None:
                self._known = self._ids()
            if event.id not in self._known:
                self._append(line(event).encode())
                self._known.add(event.id)
        except OSError as error:
            return f"{self._path}: {error.strerror or error}"
        return ""

    def _append(self, text: bytes) -> None:
        with closing(AppendFile(self._path)) as file:
            file.append(text)

    def _ids(self) -> set[str]:
        """Return the ids of the newest events in the file."""
        if not self._path.exists():
            return set()
        with self._path.open("rb") as stream:
            stream.seek(max(0, self._path.stat().st_size - _LOOKED_BACK))
            return set(map(_id, stream.read().split(b"\n")))


def _id(text: bytes) -> str:
    try:
        said = json.loads(text)
    except ValueError:
        return ""
    return str(said.get("id", "")) if isinstance(said, dict) else ""


class Printed:
    """Standard output as a stream of events."""

    is_lasting = False

    def __init__(self, write: Callable[[str], None]) -> None:
        self.name = "stdout"
        self._write = write

    def send(self, event: Event) -> str:
        """Print an event as a line of JSON."""
        self._write(line(event))
        return ""


class Repeats:
    """Which repeated events somebody is told: those of one alert so many seconds apart.

    Args:
        every: How many, 0 for none of them.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._told: dict[object, float] = {}

    def passes(self, event: Event) -> bool:
        """Return whether an event is to be told; of an alert unknown so far, the next repeat is."""
        before = self._told.setdefault(_alert(event), _seconds(event))
        return not event.repeat or 0 < self._every <= _seconds(event) - before

    def note(self, event: Event) -> None:
        """Note that an event was told."""
        self._told[_alert(event)] = _seconds(event)


def _alert(event: Event) -> object:
    return event.log, event.run, event.rule, event.attempt


def _seconds(event: Event) -> float:
    return datetime.fromisoformat(event.at).timestamp()


class Command:
    """A command that is run on events of one kind, each on its standard input as JSON.

    Args:
        kind: The kind of event, ``any`` for all.
        words: The command, run without a shell.
        repeat: Seconds after which it is run again on what still holds, 0 for never.
    """

    is_lasting = True

    def __init__(self, kind: str, words: Sequence[str], repeat: float = 0.0) -> None:
        self._repeats = Repeats(repeat)
        self.name = f"on {kind}: {' '.join(words)}"
        self._kind = kind
        self._words = words

    def send(self, event: Event) -> str:
        """Run the command where the event is of its kind; how it ends is its own business."""
        if self._kind not in ("any", event.event) or not self._repeats.passes(event):
            return ""
        self._repeats.note(event)
        try:
            subprocess.run(
                self._words,
                input=line(event),
                text=True,
                encoding="utf-8",
                stdout=sys.stderr,
                timeout=LONGEST_COMMAND,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"healthlint watch: {self.name}: {error}", file=sys.stderr)
        return ""


class Background:
    """A sink that may be slow or away: told in a thread of its own, again and again until it takes.

    Args:
        sink: The sink.
        wake: Set whenever something has arrived.
        first_pause: Seconds until the second try; each further pause is twice as long.
    """

    def __init__(
        self, sink: Sink, wake: threading.Event, first_pause: float = _FIRST_PAUSE
    ) -> None:
        self.name = sink.name
        self.is_lasting = sink.is_lasting
        self.trouble = ""
        self._sink = sink
        self._wake = wake
        self._pause = first_pause
        self._closed = threading.Event()
        self._queue: SimpleQueue[Event] = SimpleQueue()
        self._offered: set[str] = set()
        self._arrived: deque[str] = deque()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def offer(self, event: Event) -> None:
        """Let an event be sent, once."""
        if event.id not in self._offered:
            self._offered.add(event.id)
            self._queue.put(event)

    def arrived(self) -> list[str]:
        """Return the ids of the events that have arrived since the last call."""
        return [self._arrived.popleft() for _ in range(len(self._arrived))]

    def close(self) -> None:
        """Try no longer."""
        self._closed.set()

    def _work(self) -> None:
        while not self._closed.is_set():
            event, pause = self._queue.get(), self._pause
            while trouble := self._tried(event):
                self.trouble = trouble
                if self._closed.wait(pause):
                    return
                pause = min(2 * pause, _LONGEST_PAUSE)
            self.trouble = ""
            self._arrived.append(event.id)
            self._wake.set()

    def _tried(self, event: Event) -> str:
        try:
            return self._sink.send(event)
        except Exception as error:  # whatever a library does, the watch goes on
            return f"{type(error).__name__}: {error}"
