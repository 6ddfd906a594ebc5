"""Conditions in words: each kind says its own parameters, the rest is what holds for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from healthlint.timeline.evaluation import Condition


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
    own = condition.kind.words(condition.params)
    return Said(own + _modifiers(condition), role, inner)


def inside(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield the conditions right inside a condition, in order, each with its role."""
    for field in fields(condition.params):
        value = getattr(condition.params, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Condition):
                yield "" if field.name == condition.kind.sole else field.name, part


def _modifiers(condition: Condition) -> str:
    spans = {"for": condition.held, "after": condition.after, "until": condition.until}
    return "".join(f", {word} {span}" for word, span in spans.items() if span)
