"""What a fault is, and the runs that faults are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shapes.course import Course, Sizes, sizes
from shapes.dialects import TOLD
from shapes.draw import Draw
from shapes.models import acoustic
from shapes.writing import Edit, log


@dataclass(frozen=True)
class Faulty:
    """A log with a fault.

    Attributes:
        text: The log.
        epoch: First epoch in which anything of the fault can be seen.
        per_epoch: Steps of an epoch.
    """

    text: str
    epoch: int
    per_epoch: int


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes:
        make: Draws a log with it.
        causes: Rules of which one names its cause.
        follows: Rules that are right to speak too: what the fault brings with it.
        profile: Profile that holds these rules.
    """

    make: Callable[[Draw], Faulty]
    causes: frozenset[str]
    follows: frozenset[str] = field(default_factory=frozenset)
    profile: str = "default"


def small(draw: Draw, epochs: tuple[int, int] = (30, 60)) -> Sizes:
    """Return sizes of a run that a person follows by the epoch."""
    return sizes(draw, epochs, (15, 500))


def told(course: Course, onset: float, edit: Edit | None = None) -> Faulty:
    """Return the log of a course whose fault begins after ``onset`` epochs."""
    dialect = course.draw.pick(TOLD)
    return Faulty(log(course, dialect, edit), int(onset) + 1, course.sizes.per_epoch)


def whole(draw: Draw, size: Sizes) -> Course:
    """Return a healthy acoustic model that logs spectral convergence."""
    while True:
        course = acoustic(draw, size)
        if "spectral_convergence" in course.train:
            return course


def fault(
    make: Callable[[Draw], Faulty], causes: str, follows: str = "", profile: str = "default"
) -> Fault:
    """Return a fault; rules are named with spaces between them."""
    return Fault(make, frozenset(causes.split()), frozenset(follows.split()), profile)


def by_name(*faults: Fault) -> dict[str, Fault]:
    """Return faults by the names of the functions that make them."""
    return {one.make.__name__: one for one in faults}
