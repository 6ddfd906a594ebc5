"""Arithmetic over metrics: ``(val.mel - train.mel) / train.mel``.

A derived metric is written as expressions are, with metrics among its names: a bare name means the
metric of the split that the rule is judged on, ``val.mel`` and ``train.mel`` say the split.
``weighted(losses)`` is the sum of a group, each loss times its declared weight in the total. As an
expression, a formula is never compiled or run: its tree is walked by hand over columns of values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from healthlint.logs.model import Floats
from healthlint.logs.nearest import did_you_mean
from healthlint.timeline.expression import (
    MAX_DEPTH,
    OPERATORS,
    ExpressionError,
    fact_of,
    short,
    tree,
)

SPLITS = ("val", "train")
"""What may stand before the dot of a metric."""
WEIGHTED = "weighted"
"""The function whose argument is a group of losses."""
# name -> (function of columns, fewest arguments, most arguments)
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "abs": (np.abs, 1, 1),
    "clamp": (lambda value, low, high: np.minimum(np.maximum(value, low), high), 3, 3),
    "log": (np.log, 1, 1),
    "max": (lambda *values: _reduced(np.maximum, values), 2, 16),
    "min": (lambda *values: _reduced(np.minimum, values), 2, 16),
    "sqrt": (np.sqrt, 1, 1),
}


def _reduced(function: Callable[[Any, Any], Any], values: tuple[Any, ...]) -> Any:
    result = values[0]
    for value in values[1:]:
        result = function(result, value)
    return result


class Operand(NamedTuple):
    """A metric that a formula names.

    Attributes:
        metric: Its name as rules write it: ``mel``, ``train/mel``.
        is_weighted: Whether it is a group whose weighted sum is meant.
    """

    metric: str
    is_weighted: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula whose shape has been checked.

    Attributes:
        text: The text as written.
        names: Bare names that it uses: metrics, and values of ``let:`` and ``params:``.
        operands: What it names by split, and groups; bare metrics are among ``names``.
        facts: Facts of the run that it uses, without ``run.``.
    """

    text: str
    names: tuple[str, ...]
    operands: tuple[Operand, ...]
    facts: frozenset[str]

    @classmethod
    def parse(cls, value: object) -> Formula:
        """Return the formula written in a pack.

        Raises:
            ExpressionError: It is no text, or uses something outside the language.
        """
        if not isinstance(value, str):
            raise ExpressionError(f"`{value}` names no metric; write e.g. `mel / total`")
        scan = _Scan()
        scan.visit(tree(value.strip()), 0)
        names, operands = dict.fromkeys(scan.names), dict.fromkeys(scan.operands)
        return cls(value.strip(), tuple(names), tuple(operands), frozenset(scan.facts))

    @classmethod
    def json_schema(cls) -> dict[str, object]:
        """Return the JSON Schema of a formula."""
        words = "e.g. `(val.mel - train.mel) / train.mel`, `weighted(losses) / total`"
        return {"type": "string", "minLength": 1, "description": words}

    def metrics(self, known: Container[str]) -> tuple[Operand, ...]:
        """Return every metric that it names.

        Args:
            known: The names of metrics; any other bare name is a value.
        """
        bare = [Operand(name) for name in self.names if name in known]
        return (*bare, *self.operands)

    def has_scale(self, known: Container[str]) -> bool:
        """Return whether its values change when its metrics are logged on another scale.

        A quotient of two metrics has no scale, nor has what is made of such quotients.
        """
        return not _is_free(tree(self.text), known)

    def evaluate(
        self,
        columns: Mapping[Operand, Floats],
        names: Mapping[str, float],
        facts: Mapping[str, object],
    ) -> Floats:
        """Return its value at each of some moments, shape ``(n,)``; NaN where it has none.

        Args:
            columns: Values of each metric that it names, shape ``(n,)``.
            names: Values of other names.
            facts: Facts of the run.

        Raises:
            MissingFact: A fact is not known.
            ExpressionError: A name has no value.
        """
        with np.errstate(all="ignore"):
            value = _value(tree(self.text), columns, names, facts)
        length = len(next(iter(columns.values())))
        column = np.broadcast_to(np.asarray(value, np.float64), (length,))
        return np.where(np.isfinite(column), column, np.nan)


class _Scan:
    """Collects what a tree names, refusing whatever is not in the language."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.operands: list[Operand] = []
        self.facts: set[str] = set()

    def visit(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}")
        match node:
            case ast.Constant(value=bool()):
                raise ExpressionError("true and false are not numbers")
            case ast.Constant(value=int() | float()):
                pass
            case ast.Name(id=name):
                self._name(name)
            case ast.Attribute(value=ast.Name(id="run"), attr=fact):
                self.facts.add(fact)
            case ast.Attribute():
                self.operands.append(Operand(_metric(node)))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                self.visit(left, depth + 1)
                self.visit(right, depth + 1)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                self.visit(operand, depth + 1)
            case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
                self._call(function, args, depth)
            case _:
                raise _foreign(node)

    def _name(self, name: str) -> None:
        if name in SPLITS:
            raise ExpressionError(f"`{name}` is a split; write `{name}.mel`, with a dot")
        self.names.append(name)

    def _call(self, function: str, args: list[ast.expr], depth: int) -> None:
        if function == WEIGHTED and len(args) == 1:
            self.operands.append(Operand(_metric(args[0]), is_weighted=True))
            return
        if function not in (*_FUNCTIONS, WEIGHTED):
            known = [*_FUNCTIONS, WEIGHTED]
            hint = did_you_mean(function, known, f"there are {', '.join(known)}")
            raise ExpressionError(f"unknown function `{function}`; {hint}")
        _, fewest, most = _FUNCTIONS.get(function, (None, 1, 1))
        if not fewest <= len(args) <= most:
            takes = f"{fewest} to {most}" if fewest < most else f"{fewest}"
            raise ExpressionError(f"`{function}` takes {takes} arguments, not {len(args)}")
        for argument in args:
            self.visit(argument, depth + 1)


def _metric(node: ast.expr) -> str:
    """Return the metric that a node names: ``mel``, or ``val/mel`` for ``val.mel``."""
    match node:
        case ast.Name(id=name) if name not in SPLITS:
            return name
        case ast.Attribute(value=ast.Name(id=split), attr=name) if split in SPLITS:
            return f"{split}/{name}"
        case ast.Attribute(value=ast.Name(id=split)):
            hint = did_you_mean(split, (*SPLITS, "run"), "write `train.` or `val.`")
            raise ExpressionError(f"unknown split `{split}`; {hint}")
    raise _foreign(node)


def _foreign(node: ast.expr) -> ExpressionError:
    return ExpressionError(
        f"`{short(ast.unparse(node))}` is not allowed here: numbers, metrics, values, + - * / and "
        f"{', '.join([*_FUNCTIONS, WEIGHTED])} are"
    )


def _value(
    node: ast.expr,
    columns: Mapping[Operand, Floats],
    names: Mapping[str, float],
    facts: Mapping[str, object],
) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(number)
        case ast.Name(id=name):
            return columns[Operand(name)] if Operand(name) in columns else np.float64(names[name])
        case ast.Attribute(value=ast.Name(id="run"), attr=fact):
            return np.float64(fact_of(fact, facts))
        case ast.Attribute():
            return columns[Operand(_metric(node))]
        case ast.BinOp(left=left, op=op, right=right):
            sides = [_value(side, columns, names, facts) for side in (left, right)]
            return OPERATORS[type(op)](*sides)
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, columns, names, facts)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.Call(func=ast.Name(id="weighted"), args=[group]):
            return columns[Operand(_metric(group), is_weighted=True)]
        case ast.Call(func=ast.Name(id=function), args=args):
            return _FUNCTIONS[function][0](*(_value(a, columns, names, facts) for a in args))
    raise _foreign(node)


def _is_free(node: ast.expr, known: Container[str]) -> bool:
    """Return whether the value of a tree is the same on every scale of its metrics."""
    match node:
        case ast.Constant():
            return True
        case ast.BinOp(left=left, op=ast.Div(), right=right) if _names_metric(right, known):
            return _names_metric(left, known) or _is_free(right, known)
        case ast.Name() | ast.Attribute():
            return not _names_metric(node, known)
        case ast.Call(func=ast.Name(id="weighted")):
            return False
    return all(_is_free(part, known) for part in _parts(node))


def _names_metric(node: ast.expr, known: Container[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in known
        case ast.Attribute(value=ast.Name(id=split)):
            return split in SPLITS
        case ast.Call(func=ast.Name(id="weighted")):
            return True
    return any(_names_metric(part, known) for part in _parts(node))


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Call(args=args):
            yield from args
