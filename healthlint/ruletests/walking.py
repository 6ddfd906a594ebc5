"""The parts of a rule, each with its path in the pack it was read from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from healthlint.rulebook.checking import expressions_of
from healthlint.rulebook.model import Rule
from healthlint.rulebook.yaml12 import Path
from healthlint.timeline.evaluation import Condition
from healthlint.timeline.expression import Expression

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
        sole, inner = value.kind.sole, (*path, value.name)
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


def lets_of(rule: Rule, let: Mapping[str, Expression]) -> set[str]:
    """Return the names of ``let:`` that a rule's bounds and message go through."""
    spans = [span.amount for span in (rule.after, rule.until) if span]
    used = {
        name for expression in (*expressions_of(rule.when), *spans) for name in expression.names
    }
    return lets_of_names(used | {name[0] for name in rule.message.names if name[0] in let}, let)


def lets_of_names(names: Iterable[str], let: Mapping[str, Expression]) -> set[str]:
    """Return names with those that they go through."""
    left, reached = set(names), set[str]()
    while left:
        reached |= left
        left = {inner for name in left if name in let for inner in let[name].names} - reached
    return reached
