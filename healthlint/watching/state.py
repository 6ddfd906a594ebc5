"""What a watch knows of one log, in a file beside it: a watch that is killed tells nothing twice.

The file is replaced as a whole. It holds the alerts, and the events that somebody is still to be
told, so it is written before an event leaves and again when it has arrived.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from healthlint.readers.remote import is_url
from healthlint.report import Place
from healthlint.watching.alerts import Alert, Cause, Identity
from healthlint.watching.course import Course
from healthlint.watching.events import Event, event_of
from healthlint.watching.following import NEW, Head

SCHEMA: Literal["healthlint.watch/1"] = "healthlint.watch/1"
MOST_WAITING = 1_000
"""Events of one log that wait to be told; of more, the oldest are given up."""


class StateError(Exception):
    """A state cannot be written."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that somebody is still to be told.

    Attributes:
        event: The event.
        owed: Names of the sinks that have not got it yet.
    """

    event: Event
    owed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of one log.

    Attributes:
        name: Random; with its number it makes the id of an event.
        seq: Number of the last event.
        head: What the file was known by.
        generation: How often the file was another one than before.
        run: Number of the newest run that was judged.
        courses: The course of each run.
        alerts: The alerts.
        sinks: Names of those who are to get what they missed.
        waiting: Events that somebody is still to be told, the oldest first.
    """

    name: str = field(default_factory=lambda: secrets.token_hex(6))
    seq: int = 0
    head: Head = NEW
    generation: int = 0
    run: int = 0
    courses: Mapping[str, Course] = field(default_factory=dict)
    alerts: Mapping[Identity, Alert] = field(default_factory=dict)
    sinks: frozenset[str] = frozenset()
    waiting: tuple[Waiting, ...] = ()

    def with_events(self, events: list[Event], sinks: frozenset[str]) -> State:
        """Return the state with events that sinks are to be told."""
        if not events:
            return self
        more = [Waiting(event, sinks) for event in events] if sinks else []
        waiting = (*self.waiting, *more)[-MOST_WAITING:]
        return replace(self, seq=events[-1].seq, waiting=waiting)

    def arrived(self, events: Collection[str], sink: str) -> State:
        """Return the state once a sink has got events."""
        rest = (
            replace(one, owed=one.owed - {sink}) if one.event.id in events else one
            for one in self.waiting
        )
        return replace(self, waiting=tuple(one for one in rest if one.owed))


def path_of(log: str, folder: str = "") -> Path:
    """Return where the state of a log lies: hidden beside it, or in a folder of states, then made.

    Args:
        log: The log.
        folder: Folder of states, empty for beside the log.
    """
    if folder or log == "-" or is_url(log):
        home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        base = Path(folder or f"{home}/healthlint/watch").expanduser()
        with suppress(OSError):
            base.mkdir(parents=True, exist_ok=True)
        where = log if is_url(log) else os.path.abspath(log)  # noqa: PTH100 - a link stays one
        return base / f"{sha256(os.fsencode(where)).hexdigest()[:16]}.json"
    path = Path(log)
    if path.is_dir():
        return path / ".healthlint-watch.json"
    return path.with_name(f".{path.name}.watch.json")


class Lock:
    """Keeps a second watch from telling of the same log.

    Where the folder of the log is not there yet, it is taken once it is: no watch makes folders
    for a training.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_suffix(".lock")
        self._descriptor = -1
        self._is_held = True

    @property
    def is_held(self) -> bool:
        """Whether no other watch has it; also where nobody can tell."""
        if self._descriptor < 0:
            with suppress(OSError):
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
                self._is_held = _locked(self._descriptor)
        return self._is_held

    def __del__(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)


def _locked(descriptor: int) -> bool:
    """Return whether a file could be locked; the lock ends with the process, however that ends."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows
        return True
    except BlockingIOError:
        return False
    return True


def load(path: Path) -> State | None:
    """Return the state in a file, None where there is none that can be read."""
    try:
        return _state(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def save(state: State, path: Path) -> None:
    """Write a state whole or not at all.

    Raises:
        StateError: It cannot be written.
    """
    data = json.dumps(to_wire(state), separators=(",", ":")).encode()
    beside = path.with_suffix(".new")  # of one name: the lock lets nobody else write it
    try:
        with beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror or error}") from error


def to_wire(state: State) -> dict[str, Any]:
    """Return a state as plain data."""
    data = asdict(state)
    data["alerts"] = [*data["alerts"].items()]
    data["waiting"] = [(waiting["event"], sorted(waiting["owed"])) for waiting in data["waiting"]]
    return {"schema": SCHEMA, **data, "sinks": sorted(state.sinks)}


def _state(data: dict[str, Any]) -> State:
    if data["schema"] != SCHEMA:
        raise ValueError(data["schema"])
    return State(
        name=data["name"],
        seq=data["seq"],
        head=Head(*data["head"]),
        generation=data["generation"],
        run=data["run"],
        courses={run: Course(**course) for run, course in data["courses"].items()},
        alerts={Identity(*one): _alert(alert) for one, alert in data["alerts"]},
        sinks=frozenset(data["sinks"]),
        waiting=tuple(Waiting(event_of(event), frozenset(owed)) for event, owed in data["waiting"]),
    )


def _alert(data: dict[str, Any]) -> Alert:
    cause = data["cause"]
    places = {name: Place(**cause[name]) for name in ("first", "last")}
    return Alert(**{**data, "cause": Cause(**{**cause, **places})})
