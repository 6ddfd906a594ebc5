"""The parts of a rule, each with its path in the pack it was read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from healthlint.rulebook.model import Rule
from healthlint.rulebook.yaml12 import Path
from healthlint.timeline.evaluation import Condition

_MODIFIERS = {"for": "held", "after": "after", "until": "until"}


def parts(rule: Rule, at: Path) -> Iterator[tuple[Path, object]]:
    """Yield conditions and values of a rule, each with its path; conditions before their parts.

    Args:
        rule: The rule.
        at: Its path in the pack.
    """
    yield from _walk(rule.when, (*at, "when"))
    for side in ("after", "until"):
        yield (*at, side), getattr(rule, side)


def _walk(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Condition):
        yield path, value
        sole = getattr(value.kind, "SOLE", None)
        inner = (*path, value.name)
        yield from _walk(getattr(value.params, sole) if sole else value.params, inner)
        for name, attribute in _MODIFIERS.items():
            yield (*path, name), getattr(value, attribute)
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _walk(item, (*path, i))
    elif is_dataclass(value) and not hasattr(value, "parse"):
        for field in fields(value):
            yield from _walk(getattr(value, field.name), (*path, field.name))
    else:
        yield path, value
