"""The course of a run: begun, stalled, resumed, ended, died, as a function of what was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

CourseEvent = Literal["began", "stalled", "resumed", "ended", "died"]
CourseState = Literal["running", "stalled", "ended", "died"]
OVER: tuple[CourseState, ...] = ("ended", "died")
SHORTEST_STALL = 180.0
"""Seconds without a record below which no run has stalled."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of the course of a run.

    Attributes:
        state: Where it is.
        attempts: Attempts that were seen.
    """

    state: CourseState = "running"
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look saw of the course of a run.

    Attributes:
        attempts: Attempts so far.
        status: Status that its end told (``ok``, ``error``, ...), empty where it has none.
        death: What it died of, empty where nothing says that it did.
        is_done: Whether it got to where it was planned to.
        age: Seconds since its last record.
        patience: Seconds after which it has stalled.
    """

    attempts: int
    status: str
    death: str
    is_done: bool
    age: float
    patience: float


class Turn(NamedTuple):
    """A turn in the course of a run.

    Attributes:
        event: What happened.
        message: In one sentence.
    """

    event: CourseEvent
    message: str


def turn(before: Course | None, sight: Sight) -> tuple[Course, list[Turn]]:
    """Return the course of a run after a look, and its turns.

    Args:
        before: The course before it, None for a run that is new.
        sight: What was seen.
    """
    course = before or Course(attempts=sight.attempts)
    turns = [] if before else [Turn("began", "watched from here")]
    if sight.attempts > course.attempts:
        turns.append(Turn("resumed", f"went on with attempt {sight.attempts}"))
        course = replace(course, attempts=sight.attempts, state="running")
    state, message = _state(sight)
    if state == course.state:
        return course, turns
    if state == "running":
        turns.append(Turn("resumed", "records come again"))
    elif course.state not in OVER or state in OVER:
        turns.append(Turn(state, message))
    else:  # what is over does not stall
        return course, turns
    return replace(course, state=state), turns


def _state(sight: Sight) -> tuple[CourseState, str]:
    """Return where a run is, and why."""
    if sight.status == "error" or (sight.death and sight.status != "ok"):
        return "died", sight.death or "it ended with an error"
    if sight.status:
        return "ended", "" if sight.status == "ok" else f"it ended: {sight.status}"
    if sight.age < sight.patience:
        return "running", ""
    if sight.is_done:
        return "ended", "the last planned epoch is over and nothing follows"
    return "stalled", f"no record for {spoken(sight.age)}"


def patience(typical: float, longest: float) -> float:
    """Return after how many seconds without a record a run has stalled.

    Ten of its intervals, but twice the longest pause that it made before: a validation or a
    checkpoint may take minutes where steps take seconds.

    Args:
        typical: Median seconds between two records.
        longest: Most seconds between two records so far.

    >>> patience(1.0, 4.0), patience(60.0, 70.0), patience(1.0, 900.0)
    (180.0, 600.0, 1800.0)
    """
    return max(SHORTEST_STALL, 10 * typical, 2 * longest)


def spoken(seconds: float) -> str:
    """Return a time in words, with one unit.

    >>> spoken(4), spoken(200), spoken(9000), spoken(400_000)
    ('4 s', '3 min', '2.5 h', '4.6 d')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    unit, size = ("h", 3600) if seconds < 172_800 else ("d", 86_400)
    return f"{seconds / size:.1f} {unit}"
