"""Conditions in words.

Each kind of condition is said by a function of its parameters. A kind that is not among them may
bring its own, ``words(params) -> str``; else its first line and its parameters are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from healthlint.timeline.evaluation import Condition
from healthlint.timeline.quantities import Number, Percent, Span


@dataclass(frozen=True, slots=True)
class Said:
    """One node of a condition in words.

    Attributes:
        text: What it says of itself, with its ``for``, ``after`` and ``until``.
        role: What it is to its parent (``once``, ``expect``), empty where it is one of a list.
        parts: The conditions inside it.
    """

    text: str
    role: str = ""
    parts: tuple[Said, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Yield it and its parts, a line each, indented by two spaces a level."""
        role = f"{self.role}: " if self.role else ""
        yield f"{'  ' * depth}{role}{self.text}"
        for part in self.parts:
            yield from part.lines(depth + 1)


def said(condition: Condition, role: str = "") -> Said:
    """Return a condition in words."""
    inner = tuple(said(part, role) for role, part in inside(condition))
    return Said(_own(condition) + _modifiers(condition), role, inner)


def inside(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield the conditions right inside a condition, in order, each with its role."""
    sole = getattr(condition.kind, "SOLE", None)
    for field in fields(condition.params):
        value = getattr(condition.params, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Condition):
                yield "" if field.name == sole else field.name, part


def _own(condition: Condition) -> str:
    own: Callable[[Any], str] | None = getattr(condition.kind, "words", None)
    own = own or _WORDS.get(condition.name)
    return own(condition.params) if own else _generic(condition)


def _generic(condition: Condition) -> str:
    first = (condition.kind.__doc__ or condition.name).partition("\n")[0].rstrip(".")
    params = condition.params
    told = [(field.name, getattr(params, field.name)) for field in fields(params)]
    listed = [f"{name} {value}" for name, value in told if isinstance(value, _PLAIN)]
    return f"{first} ({', '.join(listed)})" if listed else first


def _modifiers(condition: Condition) -> str:
    spans = {"for": condition.held, "after": condition.after, "until": condition.until}
    return "".join(f", {word} {span}" for word, span in spans.items() if span)


_PLAIN = (str, int, float, Number, Percent, Span)
_SIDES = {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}


def _value(p: Any) -> str:
    bounds = [f"{side} {bound}" for name, side in _SIDES.items() if (bound := getattr(p, name))]
    what = p.metric if p.smooth == 1 else f"the median of the last {p.smooth} values of {p.metric}"
    return f"{what} is {' and '.join(bounds)}"


def _trend(p: Any) -> str:
    name, size = p.bound
    verb = "rise" if name.endswith("up_by") else "fall"
    since = {"once": "since the crossing", "start": "since its first value"}
    where = f"over {p.over}" if p.over else since[p.since]
    if name.startswith("not_"):
        return f"{p.metric} is shown not to {verb} by {size} {where}"
    return f"{p.metric} {verb}s by {size} or more {where}"


def _rise(p: Any) -> str:
    return f"{p.metric} lies {p.by} or more above its {p.above} value so far"


def _plateau(p: Any) -> str:
    return f"{p.metric} gains less than {p.gain} on its best over {p.over}"


def _spike(p: Any) -> str:
    return (
        f"{p.metric} is above {p.factor} times its usual value and more than "
        f"{p.deviations} deviations away from it"
    )


def _oscillation(p: Any) -> str:
    return (
        f"{p.metric} turns {p.reversals} times or more within {p.over}, each time by {p.by} or more"
    )


def _clamped(p: Any) -> str:
    bounds = ", ".join(map(str, p.at))
    known = f" (it is known to be clamped at {bounds})" if bounds else ""
    share = p.share
    values = f"the last {p.points} values of any of {p.metric}"
    return f"{share} or more of {values} equal their maximum{known}"


def _milestones(p: Any) -> str:
    due = "; ".join(f"{m.phase}, below {m.below}, by {m.by}" for m in p.reach)
    return f"{p.metric} has not reached in time: {due}"


_WORDS: dict[str, Callable[[Any], str]] = {
    "all": lambda _: "all of",
    "any": lambda _: "any of",
    "clamped": _clamped,
    "follow": lambda p: f"`expect` has not come {p.within} after `once`",
    "frozen": lambda p: (
        f"any of {p.metric} repeats exactly the same value {p.points} times or more"
    ),
    "masked_zero": lambda p: f"any of {p.metric} reads exactly 0 after {p.points} values above 0",
    "milestones": _milestones,
    "nonfinite": lambda p: f"any of {p.metric} is NaN or infinite",
    "not": lambda _: "not",
    "oscillation": _oscillation,
    "plateau": _plateau,
    "rise": _rise,
    "silent": lambda p: f"any of {p.metric} is not logged for {p.intervals} of its usual intervals",
    "spike": _spike,
    "trend": _trend,
    "value": _value,
}
