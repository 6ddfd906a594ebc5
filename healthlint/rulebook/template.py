"""Messages with placeholders: ``mel {mel.change:+.1%} over {window.first}-{window.last}``.

Placeholders are dotted names with an optional format; nothing is evaluated and no attribute of a
Python object is ever read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from healthlint.timeline.describe import number

# a sign, a width of two digits, thousands, decimals, a type: no format may ask for megabytes
_FORMAT = re.compile(r"^[+ -]?\d{0,2},?(?:\.\d{1,2})?[eEfFgG%]?$")
_EPOCH, _STEP = "epoch ", " (step "
_PLACES = frozenset({"epoch", "step", "first", "last"})
_UNKNOWN = "\x00"
_NOWHERE = re.compile(
    r" ?\((?:since )?(?:step|epoch)s? \x00\)"
    r"|,? ?(?:\b(?:at|by|in|since|from|of|over|around) )?\b(?:step|epoch)s? \x00(?:-\x00)?"
)
_NAME = re.compile(r"^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$")


class TemplateError(ValueError):
    """A message template that cannot be rendered."""


Part = tuple[str, tuple[str, ...] | None, str]
"""Literal text, the dotted name behind it (or None) and its format."""


@dataclass(frozen=True, slots=True)
class Template:
    """A message whose placeholders have been read.

    Attributes:
        text: The template as written.
        parts: Literal text, dotted name (or None) and format, in order.
    """

    text: str
    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, value: object) -> Template:
        """Return the template written in a pack.

        Raises:
            TemplateError: It is not a text, its braces do not match, or a placeholder is no name.
        """
        if not isinstance(value, str) or not value.strip():
            raise TemplateError("expected a text")
        parts: list[Part] = []
        try:
            for literal, name, spec, conversion in Formatter().parse(value):
                parts.append((literal, _dotted(name, conversion), spec or ""))
        except ValueError as error:
            raise TemplateError(f"cannot read the placeholders: {error}") from None
        for _, _, spec in parts:
            if spec and not _FORMAT.match(spec):
                raise TemplateError(f"`{spec}` is not a number format such as `.2f` or `+.1%`")
        return cls(value, tuple(parts))

    @classmethod
    def json_schema(cls) -> dict[str, object]:
        """Return the JSON Schema of a message."""
        words = "with placeholders such as `{mel.change:+.1%}`"
        return {"type": "string", "minLength": 1, "description": words}

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Return the dotted names it uses, split at the dots."""
        return tuple(name for _, name, _ in self.parts if name is not None)

    def render(self, facts: Mapping[str, object]) -> str:
        """Return the message; a placeholder without a value shows as ``?``.

        In a log without epochs ``epoch {epoch} (step {step})`` is ``step {step}``; what names a
        place that is not known is left out.
        """
        text = ""
        for literal, name, spec in _by_step(self.parts, facts):
            text += literal + ("" if name is None else _placed(facts, name, spec))
        return _NOWHERE.sub("", text).replace(_UNKNOWN, "?") if _UNKNOWN in text else text


def _dotted(name: str | None, conversion: str | None) -> tuple[str, ...] | None:
    if name is None:
        return None
    if conversion or not _NAME.match(name):
        raise TemplateError(f"`{{{name}}}` is not a placeholder such as `{{mel.change}}`")
    return tuple(name.split("."))


def _by_step(parts: Iterable[Part], facts: Mapping[str, object]) -> list[Part]:
    """Return the parts, with the step in place of an epoch that is not known."""
    found: list[Part] = []
    is_said = False
    for literal, name, spec in parts:
        before = literal.removeprefix(")") if is_said else literal
        is_said = bool(found) and name == found[-1][1] and before == _STEP
        if is_said:
            continue
        if name is not None and name[-1] == "epoch" and before.endswith(_EPOCH):
            step = (*name[:-1], "step")
            if not _is_known(facts, name) and _is_known(facts, step):
                found.append((before.removesuffix(_EPOCH) + "step ", step, ""))
                continue
        found.append((before, name, spec))
    return found


def _is_known(facts: Mapping[str, object], name: tuple[str, ...]) -> bool:
    value = _look_up(facts, name)
    return isinstance(value, (int, float)) and math.isfinite(value)


def _placed(facts: Mapping[str, object], name: tuple[str, ...], spec: str) -> str:
    """Return a value as text, a sign of its own for a step or epoch that is not known."""
    value = _look_up(facts, name)
    if name[-1] in _PLACES and isinstance(value, float) and math.isnan(value):
        return _UNKNOWN
    return _shown(value, spec)


def _look_up(facts: Mapping[str, object], name: tuple[str, ...]) -> object:
    value: object = facts
    for part in name:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _shown(value: object, spec: str) -> str:
    if isinstance(value, bool) or value is None:
        return "?"
    if isinstance(value, int) and not spec:
        return str(value)
    if isinstance(value, (int, float)):
        return format(float(value), spec) if spec else number(float(value))
    return str(value) if not isinstance(value, Mapping) else "?"
