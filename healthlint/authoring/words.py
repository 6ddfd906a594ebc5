"""Conditions in words: each kind says its own parameters, the rest is what holds for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from healthlint.timeline.evaluation import Condition


def lines(condition: Condition, depth: int = 0, role: str = "") -> Iterator[str]:
    """Yield a condition and its parts in words, a line each, indented by two spaces a level."""
    yield f"{'  ' * depth}{said(condition, role)}"
    for inner_role, part in inside(condition):
        yield from lines(part, depth + 1, inner_role)


def said(condition: Condition, role: str = "") -> str:
    """Return what a condition says of itself, with its ``for``, ``after`` and ``until``.

    Args:
        condition: The condition.
        role: What it is to its parent (``once``, ``expect``), empty where it is one of a list.
    """
    spans = {"for": condition.held, "after": condition.after, "until": condition.until}
    limits = "".join(f", {word} {span}" for word, span in spans.items() if span)
    own = f"{condition.kind.words(condition.params)}{limits}"
    return f"{role}: {own}" if role else own


def inside(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield the conditions right inside a condition, in order, each with its role."""
    for field in fields(condition.params):
        value = getattr(condition.params, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Condition):
                yield "" if field.name == condition.kind.sole else field.name, part
