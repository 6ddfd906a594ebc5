"""The event stream ``healthlint.events/1``: one JSON object a line, each told once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from healthlint import report
from healthlint.documents.json import dumps, filled, spellable
from healthlint.report import Confidence, Severity

SCHEMA: Literal["healthlint.events/1"] = "healthlint.events/1"
EventKind = Literal[
    "began",
    "firing",
    "inhibited",
    "resolved",
    "stalled",
    "resumed",
    "ended",
    "died",
    "truncated",
    "replaced",
    "deleted",
    "stop",
    "test",
]
KINDS: tuple[EventKind, ...] = get_args(EventKind)


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A record in the log.

    Attributes:
        line: 1-based line, null where the format has none.
        step: Step of the record, null where not logged.
        epoch: Epoch of the record, counted from 1, null where unknown.
    """

    line: int | None = None
    step: float | None = None
    epoch: float | None = None

    @classmethod
    def of(cls, place: report.Place) -> RecordPlace:
        """Return the place of a report."""
        return cls(place.line, place.step, place.epoch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a log that is watched.

    Attributes:
        schema: Name and version of this format.
        id: What tells it from every other event; one that comes twice is the same.
        seq: Its number among the events of its log, from 1.
        at: When it was noticed, ISO 8601 in UTC.
        event: What happened: a finding (firing, inhibited, resolved), the course of a run (began,
            stalled, resumed, ended, died), the file (truncated, replaced, deleted), a
            stop that was asked for, a test.
        log: The log, as it was named.
        run: The run, empty where the whole file is meant.
        attempt: The attempt of the run, from 0; of a finding the one in which it began.
        message: What happened, in one sentence.
        severity: How bad a finding is, null for any other event.
        rule: The rule of a finding, empty for any other event.
        confidence: How sure the rule is, null for any other event.
        help: What to do, empty where nothing need be done.
        fingerprint: 16 hex digits of a finding: the same after a retraining.
        first: Where a finding began.
        last: The last record at which it held, or that was judged.
        root: The rule of the finding that it follows from, empty where it stands by itself.
        follows: Rules of the findings that follow from it so far.
        again: How often it had fired before: 0 for the first time.
        repeat: Whether it is told again only because it still holds.
    """

    schema: Literal["healthlint.events/1"]
    id: str
    seq: int
    at: str
    event: EventKind
    log: str
    run: str
    attempt: int
    message: str
    severity: Severity | None = None
    rule: str = ""
    confidence: Confidence | None = None
    help: str = ""
    fingerprint: str = ""
    first: RecordPlace = RecordPlace()
    last: RecordPlace = RecordPlace()
    root: str = ""
    follows: tuple[str, ...] = ()
    again: int = 0
    repeat: bool = False


def noticed(kind: EventKind, message: str, now: float, **more: Any) -> Event:
    """Return an event that was noticed at a time and has no number yet, else by its fields."""
    known: dict[str, Any] = {"id": "", "seq": 0, "run": "", "attempt": 0, **more}
    return Event(schema=SCHEMA, at=timestamp(now), event=kind, message=message, **known)


def line(event: Event) -> str:
    """Return an event as a line of JSON."""
    return dumps(asdict(spellable(event)), is_indented=False)


def event_of(data: dict[str, Any]) -> Event:
    """Return the event that was written as these fields; fields of later versions are left out.

    Raises:
        TypeError, KeyError: It is none.
    """
    first, last = RecordPlace(**data["first"]), RecordPlace(**data["last"])
    follows = tuple(data.get("follows", ()))
    return filled(Event, {**data, "first": first, "last": last, "follows": follows})


def timestamp(now: float) -> str:
    """Return a time as it is written.

    >>> timestamp(0.0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
