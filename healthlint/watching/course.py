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


class Turn(NamedTuple):
    """A turn in the course of a run.

    Attributes:
        event: What happened.
        message: In one sentence.
    """

    event: CourseEvent
    message: str


def turn(
    before: Course | None, attempts: int, state: CourseState, message: str
) -> tuple[Course, list[Turn]]:
    """Return the course of a run after a look, and its turns.

    Args:
        before: The course before it, None for a run that is new.
        attempts: Attempts that the look saw.
        state: Where it saw the run.
        message: Why it is there.
    """
    course = before or Course(attempts=attempts)
    turns = [] if before else [Turn("began", "watched from here")]
    if attempts > course.attempts:
        turns.append(Turn("resumed", f"went on with attempt {attempts}"))
        course = replace(course, attempts=attempts, state="running")
    if state == course.state:
        return course, turns
    if state == "running":
        turns.append(Turn("resumed", "records come again"))
    elif course.state not in OVER or state in OVER:
        turns.append(Turn(state, message))
    else:  # what is over does not stall
        return course, turns
    return replace(course, state=state), turns


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
