"""Small arithmetic for packs: numbers, names, ``+ - * /`` and eight functions, nothing else.

The text is parsed by Python's own parser and the tree is walked by hand against a whitelist; it is
never compiled or run. Names are those of the pack's ``let:`` and the facts of the run
(``run.utterances``).
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from healthlint.logs.nearest import did_you_mean

MAX_LENGTH = 500
"""Longest accepted expression, in characters."""
MAX_DEPTH = 32
"""Deepest accepted nesting."""
_SHOWN = 60


class ExpressionError(ValueError):
    """The text is not an expression of this language, or has no finite value."""


class MissingFact(Exception):
    """A fact that an expression needs is not known of the run.

    Attributes:
        fact: Name of the fact, without ``run.``.
    """

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _round(value: float) -> float:
    return float(math.floor(value + 0.5))


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
"""What stands between two operands."""
# name -> (function, fewest arguments, most arguments)
_FUNCTIONS: dict[str, tuple[Callable[..., float], int, int]] = {
    "abs": (abs, 1, 1),
    "clamp": (_clamp, 3, 3),
    "default": (lambda value, _: value, 2, 2),
    "log": (math.log, 1, 1),
    "max": (max, 2, 16),
    "min": (min, 2, 16),
    "round": (_round, 1, 1),
    "sqrt": (math.sqrt, 1, 1),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression whose shape has been checked.

    Attributes:
        text: The text as written.
        names: Names of ``let:`` values that it uses.
        facts: Facts of the run that it uses, without ``run.``.
        optional: Those of ``facts`` that stand inside ``default(...)``.
    """

    text: str
    names: frozenset[str]
    facts: frozenset[str]
    optional: frozenset[str]

    @classmethod
    def parse(cls, value: object) -> Expression:
        """Return the expression written in a pack: a number or a text.

        Raises:
            ExpressionError: It is neither, uses something outside the language, or is a constant
                without a finite value.
        """
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ExpressionError(f"expected a number or an expression, not {_kind(value)}")
        text = repr(value) if not isinstance(value, str) else value.strip()
        scan = _Scan()
        scan.visit(tree(text), 0)
        optional = frozenset(scan.facts - scan.needed)
        parsed = cls(text, frozenset(scan.names), frozenset(scan.facts), optional)
        if parsed.is_constant:
            parsed.evaluate({}, {})
        return parsed

    @classmethod
    def json_schema(cls) -> dict[str, object]:
        """Return the JSON Schema of an expression."""
        return {"type": ["number", "string"], "description": "a number, or e.g. `1.5 * budget`"}

    @property
    def is_constant(self) -> bool:
        """Return whether it has the same value for every run of every pack."""
        return not self.names and not self.facts

    def evaluate(self, names: Mapping[str, float], facts: Mapping[str, object]) -> float:
        """Return its value, finite.

        Raises:
            MissingFact: A fact outside ``default(...)`` is not known.
            ExpressionError: A name is unknown or the result is not a finite number.
        """
        try:
            result = _value(tree(self.text), names, facts)
        except RecursionError:
            raise ExpressionError(f"`{self.text}` goes through too many names") from None
        except (ZeroDivisionError, OverflowError, ValueError) as error:
            if isinstance(error, ExpressionError):
                raise
            raise ExpressionError(f"`{self.text}` has no value: {error}") from None
        if not math.isfinite(result):
            raise ExpressionError(f"`{self.text}` has no finite value")
        return result


def _kind(value: object) -> str:
    names = {list: "a list", dict: "a mapping", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), f"a {type(value).__name__}")


@cache
def tree(text: str) -> ast.expr:
    """Return the tree of a text, not yet checked.

    Raises:
        ExpressionError: It is no arithmetic at all, or too long.
    """
    if not text or len(text) > MAX_LENGTH:
        raise ExpressionError("an expression has between 1 and 500 characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python only warns of (`1if`) is none of ours
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        shown = short(text)
        raise ExpressionError(f"`{shown}` is not an expression such as `1.5 * budget`") from None


def short(text: str) -> str:
    """Return a text cut to what a message can show."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


class _Scan:
    """Collects names and facts of a tree, refusing whatever is not in the language."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.facts: set[str] = set()
        self.needed: set[str] = set()

    def visit(self, node: ast.expr, depth: int, optional: bool = False) -> None:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}")
        match node:
            case ast.Constant(value=bool()):
                raise ExpressionError("true and false are not numbers")
            case ast.Constant(value=int() | float()):
                pass
            case ast.Name(id=name):
                self.names.add(name)
            case ast.Attribute(value=ast.Name(id="run"), attr=fact):
                self.facts.add(fact)
                if not optional:
                    self.needed.add(fact)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                self.visit(left, depth + 1, optional)
                self.visit(right, depth + 1, optional)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                self.visit(operand, depth + 1, optional)
            case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
                self._call(function, args, depth, optional)
            case _:
                raise ExpressionError(
                    f"`{short(ast.unparse(node))}` is not allowed here: numbers, names, + - * / "
                    f"and {', '.join(_FUNCTIONS)} are"
                )

    def _call(self, function: str, args: list[ast.expr], depth: int, optional: bool) -> None:
        if function not in _FUNCTIONS:
            hint = did_you_mean(function, _FUNCTIONS, lead="; ")
            raise ExpressionError(f"unknown function `{function}`{hint}")
        _, fewest, most = _FUNCTIONS[function]
        if not fewest <= len(args) <= most:
            takes = f"{fewest} to {most}" if fewest < most else f"{fewest}"
            raise ExpressionError(f"`{function}` takes {takes} arguments, not {len(args)}")
        for position, argument in enumerate(args):
            is_tried = function == "default" and position == 0
            self.visit(argument, depth + 1, optional or is_tried)


def _value(node: ast.expr, names: Mapping[str, float], facts: Mapping[str, object]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            if name not in names:
                hint = did_you_mean(name, names, lead="; ")
                raise ExpressionError(f"unknown name `{name}`{hint}")
            return names[name]
        case ast.Attribute(attr=fact):
            return fact_of(fact, facts)
        case ast.BinOp(left=left, op=op, right=right):
            sides = [_value(side, names, facts) for side in (left, right)]
            return float(OPERATORS[type(op)](*sides))
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, names, facts)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.Call(func=ast.Name(id="default"), args=[tried, fallback]):
            try:
                return _value(tried, names, facts)
            except MissingFact:
                return _value(fallback, names, facts)
        case ast.Call(func=ast.Name(id=function), args=args):
            return float(_FUNCTIONS[function][0](*(_value(a, names, facts) for a in args)))
    raise ExpressionError(f"`{ast.unparse(node)}` is not allowed here")


def fact_of(fact: str, facts: Mapping[str, object]) -> float:
    """Return a fact as a number.

    Raises:
        MissingFact: It is not known, or no number.
    """
    value = facts.get(fact)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MissingFact(fact)
    return float(value)
