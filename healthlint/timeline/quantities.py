"""Numbers, percents and spans as packs write them, each with its unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from healthlint.logs.nearest import did_you_mean
from healthlint.timeline.expression import Expression, ExpressionError

Unit = Literal["epochs", "steps", "points", "looks", "minutes", "hours"]
_UNITS: tuple[str, ...] = get_args(Unit)
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_SPAN = re.compile(rf"^(?P<amount>{_NUMBER}|\{{[^{{}}]+\}})\s*(?P<unit>[a-z]+)$")
_SHARE = re.compile(rf"^(?P<percent>{_NUMBER})\s*%\s*of\s+(?P<whole>\S.*)$")
_PERCENT = re.compile(rf"^(?P<amount>{_NUMBER}|\{{[^{{}}]+\}})\s*%$")
# the same for JSON Schemas, whose patterns have no names
_AMOUNT = r"\s*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|\{[^{}]+\})\s*"
_SHOWN_PERCENT = rf"^{_AMOUNT}%\s*$"
_SHOWN_SPAN = rf"^{_AMOUNT}((epoch|step|point|look|minute|hour)s?\s*|%\s*of\s+\S.*)$"


@dataclass(frozen=True, slots=True)
class Values:
    """What a resolution knows: ``let:`` values by name and the facts of the run."""

    names: Mapping[str, float]
    facts: Mapping[str, object]


_NOTHING = Values({}, {})


def _expression(text: str) -> Expression:
    inner = text.strip()
    return Expression.parse(inner[1:-1] if inner.startswith("{") and inner.endswith("}") else inner)


def _text(pattern: str, words: str, otherwise: str) -> dict[str, Any]:
    """Return the JSON Schema of a text; editors show the last words where it does not match."""
    return {
        "type": "string",
        "pattern": pattern,
        "patternErrorMessage": otherwise,
        "description": words,
    }


@dataclass(frozen=True, slots=True)
class Number:
    """A number, literal or worked out from ``let:`` values and facts."""

    expression: Expression

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the number written in a pack.

        Raises:
            ExpressionError: It is not a number or an expression.
        """
        return cls(_expression(value) if isinstance(value, str) else Expression.parse(value))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a number."""
        return Expression.json_schema()

    def __str__(self) -> str:
        """Return it as its pack writes it."""
        return self.expression.text

    def resolve(self, values: Values) -> float:
        """Return its value for one run."""
        return self.expression.evaluate(values.names, values.facts)


@dataclass(frozen=True, slots=True)
class Percent:
    """A relative size written with its sign: ``2%``; resolves to a fraction."""

    expression: Expression

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the percentage written in a pack.

        Raises:
            ExpressionError: It has no percent sign, is negative, or its amount is no expression.
        """
        if not isinstance(value, str):
            raise ExpressionError(f"`{value}` has no unit; write `{value}%`")
        match = _PERCENT.match(value.strip())
        if not match:
            raise ExpressionError(f"`{value}` is not a percentage; write e.g. `2%`")
        parsed = cls(_expression(match["amount"]))
        if parsed.expression.is_constant and parsed.resolve(_NOTHING) < 0:
            raise ExpressionError(f"`{value}` is negative; a size has no direction")
        return parsed

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a percentage."""
        return _text(_SHOWN_PERCENT, "e.g. `2%`", "a size is written with its sign: 2%")

    def __str__(self) -> str:
        """Return it as its pack writes it: ``2%``, ``(2 * a)%``."""
        text = self.expression.text
        return f"{text}%" if self.expression.is_constant else f"({text})%"

    def resolve(self, values: Values) -> float:
        """Return the fraction (``0.02`` for ``2%``) for one run."""
        return self.expression.evaluate(values.names, values.facts) / 100


@dataclass(frozen=True, slots=True)
class Span:
    """A length of training with its unit: ``5 epochs``, ``20% of budget`` (epochs)."""

    amount: Expression
    unit: Unit
    text: str

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the span written in a pack.

        Raises:
            ExpressionError: It has no unit, or an unknown one, or is not longer than zero.
        """
        if not isinstance(value, str):
            raise ExpressionError(f"`{value}` has no unit; write `{value} epochs`")
        text = value.strip()
        if share := _SHARE.match(text):
            whole = Expression.parse(share["whole"])  # an expression by itself, parentheses closed
            amount = Expression.parse(f"({share['percent']}) / 100 * ({whole.text})")
            return cls(amount, "epochs", text)._checked()
        match = _SPAN.match(text)
        if not match:
            hint = f"write `{text} epochs`" if re.fullmatch(_NUMBER, text) else "e.g. `5 epochs`"
            raise ExpressionError(f"`{value}` is not a span with a unit; {hint}")
        return cls(_expression(match["amount"]), _unit(match["unit"]), text)._checked()

    def _checked(self) -> Self:
        """Return it, refusing a length that is wrong for every run."""
        if self.amount.is_constant:
            self.resolve(_NOTHING)
        return self

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a span."""
        words = "e.g. `5 epochs`, `200 steps`, `10% of budget`"
        return _text(_SHOWN_SPAN, words, "a length is written with its unit: 5 epochs")

    def __str__(self) -> str:
        """Return it as its pack writes it: ``5 epochs``, ``2 * budget epochs``."""
        return self.text.replace("{", "").replace("}", "")

    def resolve(self, values: Values) -> Length:
        """Return its length for one run.

        Raises:
            ExpressionError: The length is not positive.
        """
        amount = self.amount.evaluate(values.names, values.facts)
        if amount <= 0:
            raise ExpressionError(f"`{self.text}` is not longer than zero")
        if self.unit == "hours":
            return Length(amount * 60, "minutes")
        return Length(amount, self.unit)


@dataclass(frozen=True, slots=True)
class Length:
    """A resolved span: a positive amount in epochs, steps, points, looks or minutes."""

    amount: float
    unit: Unit

    def __str__(self) -> str:
        """Return it in words: ``5 epochs``, ``1 epoch``."""
        unit = self.unit[:-1] if self.amount == 1 else self.unit
        return f"{self.amount:.3g} {unit}"


def _unit(word: str) -> Unit:
    plural = word if word.endswith("s") else word + "s"
    for unit in _UNITS:
        if plural == unit:
            return unit  # type: ignore[return-value]
    hint = did_you_mean(plural, _UNITS, f"use {', '.join(_UNITS)}")
    raise ExpressionError(f"unknown unit `{word}`; {hint}")
