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
from dataclasses import dataclass, field
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


_OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
Functions = Mapping[str, tuple[Callable[..., Any], int, int]]
"""Functions by name, with the fewest and the most arguments of each."""
_FUNCTIONS: Functions = {
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
        scan = Scan(_FUNCTIONS, "numbers, names, + - * /")
        scan.visit(tree(text))
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

        def value_of(node: ast.expr) -> float:
            match node:
                case ast.Constant(value=int() | float() as number):
                    return float(number)
                case ast.Attribute(attr=fact):
                    return fact_of(fact, facts)
                case ast.Name(id=name) if name in names:
                    return names[name]
            name = ast.unparse(node)
            raise ExpressionError(f"unknown name `{name}`{did_you_mean(name, names, lead='; ')}")

        try:
            result: float = worked_out(tree(self.text), _FUNCTIONS, value_of)
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


@dataclass(slots=True)
class Scan:
    """Collects names and facts of a tree, refusing whatever is not in the language.

    Attributes:
        functions: The functions of the language.
        allowed: What else may be written, in words.
        otherwise: What is said of a function that is like none of them.
        names: Names that stand alone, in order.
        facts: Facts of the run.
        needed: Those of ``facts`` that stand outside ``default(...)``.
    """

    functions: Functions
    allowed: str
    otherwise: str = ""
    names: list[str] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    def visit(self, node: ast.expr, depth: int = 0, optional: bool = False) -> None:
        """Collect what a node names.

        Raises:
            ExpressionError: It holds something outside the language.
        """
        if depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}")
        has_fallback = False
        match node:
            case _ if self.takes(node):
                return
            case ast.Constant(value=int() | float() as number):
                if isinstance(number, bool):
                    raise ExpressionError("true and false are not numbers")
            case ast.Name(id=name):
                self.names.append(name)
            case ast.Attribute(value=ast.Name(id="run"), attr=fact):
                self.facts.add(fact)
                self.needed |= set() if optional else {fact}
            case ast.BinOp(op=op) | ast.UnaryOp(op=op) if type(op) in _OPERATIONS:
                pass
            case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
                self._refuse_call(function, len(args))
                has_fallback = function == "default"
            case _:
                raise self.foreign(node)
        for position, part in enumerate(parts(node)):
            self.visit(part, depth + 1, optional or (has_fallback and position == 0))

    def takes(self, _: ast.expr) -> bool:
        """Return whether a node is of a larger language alone, and was collected as that."""
        return False

    def foreign(self, node: ast.expr) -> ExpressionError:
        """Return the refusal of what is not in the language."""
        text = f"`{short(ast.unparse(node))}` is not allowed here: {self.allowed} and "
        return ExpressionError(f"{text}{', '.join(self.functions)} are")

    def _refuse_call(self, function: str, count: int) -> None:
        """Refuse a function that there is not, or that takes more or fewer arguments."""
        if function not in self.functions:
            hint = did_you_mean(function, self.functions, self.otherwise, lead="; ")
            raise ExpressionError(f"unknown function `{function}`{hint}")
        _, fewest, most = self.functions[function]
        if not fewest <= count <= most:
            takes = f"{fewest} to {most}" if fewest < most else f"{fewest}"
            raise ExpressionError(f"`{function}` takes {takes} arguments, not {count}")


def parts(node: ast.expr) -> list[ast.expr]:
    """Return the operands of an operation, or the arguments of a function."""
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Call(args=args):
            return args
    return []


def worked_out(node: ast.expr, functions: Functions, value_of: Callable[[ast.expr], Any]) -> Any:
    """Return the value of a tree that has been scanned.

    Args:
        node: The tree.
        functions: What its functions are.
        value_of: Returns the value of what is neither an operation nor one of the functions.

    Raises:
        MissingFact: A fact outside ``default(...)`` is not known.
    """
    match node:
        case ast.BinOp(op=op) | ast.UnaryOp(op=op):
            function = _OPERATIONS[type(op)]
        case ast.Call(func=ast.Name(id="default"), args=[tried, fallback]):
            try:
                return worked_out(tried, functions, value_of)
            except MissingFact:
                return worked_out(fallback, functions, value_of)
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            function = functions[name][0]
        case _:
            return value_of(node)
    return function(*(worked_out(part, functions, value_of) for part in parts(node)))


def fact_of(fact: str, facts: Mapping[str, object]) -> float:
    """Return a fact as a number.

    Raises:
        MissingFact: It is not known, or no number.
    """
    value = facts.get(fact)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MissingFact(fact)
    return float(value)
