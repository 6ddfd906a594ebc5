"""Arithmetic over metrics: ``(val.mel - train.mel) / train.mel``.

A derived metric is written as expressions are, with metrics among its names: a bare name means the
metric of the split that the rule is judged on, ``val.mel`` and ``train.mel`` say the split.
``weighted(losses)`` is the sum of a group, each loss times its declared weight in the total. As an
expression, a formula is never compiled or run: its tree is walked by hand over columns of values.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from healthlint.logs.model import Floats
from healthlint.logs.nearest import did_you_mean
from healthlint.timeline.expression import (
    ExpressionError,
    Functions,
    Scan,
    fact_of,
    parts,
    tree,
    worked_out,
)

SPLITS = ("val", "train")
"""What may stand before the dot of a metric."""
WEIGHTED = "weighted"
"""The function whose argument is a group of losses."""
_FUNCTIONS: Functions = {
    "abs": (np.abs, 1, 1),
    "clamp": (np.clip, 3, 3),
    "log": (np.log, 1, 1),
    "max": (lambda *values: reduce(np.maximum, values), 2, 16),
    "min": (lambda *values: reduce(np.minimum, values), 2, 16),
    "sqrt": (np.sqrt, 1, 1),
}
_SCANNED: Functions = {**_FUNCTIONS, WEIGHTED: (sum, 1, 1)}


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
        known = f"; there are {', '.join(_SCANNED)}"
        scan = _Scan(_SCANNED, "numbers, metrics, values, + - * /", known)
        scan.visit(tree(value.strip()))
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

        def value_of(node: ast.expr) -> Any:
            match node:
                case ast.Constant(value=int() | float() as number):
                    return np.float64(number)
                case ast.Attribute(value=ast.Name(id="run"), attr=fact):
                    return np.float64(fact_of(fact, facts))
                case ast.Call(args=[group]):
                    return columns[Operand(_metric(group), is_weighted=True)]
                case ast.Name(id=name) if Operand(name) not in columns:
                    return np.float64(names[name])
            return columns[Operand(_metric(node))]

        with np.errstate(all="ignore"):
            value = worked_out(tree(self.text), _FUNCTIONS, value_of)
        length = len(next(iter(columns.values())))
        column = np.broadcast_to(np.asarray(value, np.float64), (length,))
        return np.where(np.isfinite(column), column, np.nan)


@dataclass(slots=True)
class _Scan(Scan):
    """Collects what a tree names, metrics of a split and groups among it."""

    operands: list[Operand] = field(default_factory=list)

    def takes(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name) if name in SPLITS:
                raise ExpressionError(f"`{name}` is a split; write `{name}.mel`, with a dot")
            case ast.Attribute(value=ast.Name(id="run")):
                return False
            case ast.Attribute():
                self.operands.append(Operand(self._metric(node)))
            case ast.Call(func=ast.Name(id="weighted"), args=[group], keywords=[]):
                self.operands.append(Operand(self._metric(group), is_weighted=True))
            case _:
                return False
        return True

    def _metric(self, node: ast.expr) -> str:
        if metric := _metric(node):
            return metric
        match node:
            case ast.Attribute(value=ast.Name(id=split)):
                hint = did_you_mean(split, (*SPLITS, "run"), "write `train.` or `val.`")
                raise ExpressionError(f"unknown split `{split}`; {hint}")
        raise self.foreign(node)


def _metric(node: ast.expr) -> str:
    """Return the metric that a node names: ``mel``, ``val/mel`` for ``val.mel``; else nothing."""
    match node:
        case ast.Name(id=name) if name not in SPLITS:
            return name
        case ast.Attribute(value=ast.Name(id=split), attr=name) if split in SPLITS:
            return f"{split}/{name}"
    return ""


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
    return all(_is_free(part, known) for part in parts(node))


def _names_metric(node: ast.expr, known: Container[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in known
        case ast.Attribute(value=ast.Name(id=split)):
            return split in SPLITS
        case ast.Call(func=ast.Name(id="weighted")):
            return True
    return any(_names_metric(part, known) for part in parts(node))
