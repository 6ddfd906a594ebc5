"""Bounds, spans and counts of a pack, and how each is moved.

A bound moves by -20 % and +25 %, in the spelling of the pack: ``3%`` to ``2.4%`` and ``3.75%``.
Whole counts and whole spans stay whole, so ``for: 2 epochs`` becomes ``1 epoch`` and
``3 epochs``: on a log with one value an epoch, 1.6 epochs are two. In an expression every number is
moved by itself (``max(5, 0.2 * budget)`` has two), and one without a number as a whole.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from healthlint.rulebook.model import Pack, Rule
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.ruletests.walking import parts
from healthlint.timeline.quantities import Number, Percent, Span

FACTORS = (0.8, 1.25)
"""What bounds are multiplied by."""
_AMOUNT = re.compile(r"^\s*(\{[^{}]+\}|[+-]?[\d.]+(?:[eE][+-]?\d+)?)(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bound:
    """A number of a pack that decides something.

    Attributes:
        name: Rule and field (``core/overfit for``), ``param patience``, or ``let stretch``.
        path: Its path in the pack.
        written: What is written there.
        is_whole: Whether it counts something and stays whole.
    """

    name: str
    path: Path
    written: object
    is_whole: bool = False

    def moved(self) -> Iterator[object]:
        """Yield the values as they would be written."""
        for factor in FACTORS:
            values = moved(self.written, factor, is_whole=self.is_whole)
            yield from (value for value in values if value != self.written)


def bounds(pack: Pack, document: Document) -> Iterator[Bound]:
    """Yield every bound of a pack that is written in it: rules, then ``params:`` and ``let:``."""
    for i, rule in enumerate(pack.rules):
        yield from rule_bounds(rule, ("rules", i), document)
    for label, field in (("param", "params"), ("let", "let")):
        for name, written in (find(document.data, (field,)) or {}).items():
            yield Bound(f"{label} {name}", (field, name), written)


def rule_bounds(rule: Rule, at: Path, document: Document) -> Iterator[Bound]:
    """Yield the bounds of one rule."""
    for path, part in parts(rule, at):
        is_count = isinstance(part, int) and not isinstance(part, bool)
        if not isinstance(part, (Number, Percent, Span)) and not is_count:
            continue
        written = find(document.data, path)
        if written is not None:
            is_whole = is_count or (isinstance(part, Span) and _is_whole_span(written))
            label = ".".join(str(step) for step in path[len(at) :]).removeprefix("when.")
            yield Bound(f"{rule.id} {label}", path, written, is_whole)


def _is_whole_span(written: object) -> bool:
    match = _AMOUNT.match(str(written))
    return bool(match and match[1].isdecimal() and "%" not in match[2])


def moved(written: object, factor: float, *, is_whole: bool = False) -> list[object]:
    """Return what a value is written as once moved: one value for each number in it.

    >>> moved("3%", 1.25), moved(3, 0.8, is_whole=True), moved("{20 * stretch} epochs", 0.8)
    (['3.75%'], [2], ['{16 * stretch} epochs'])
    >>> moved("max(5, 0.2 * budget)", 1.25)
    ['max(6.25, 0.2 * budget)', 'max(5, 0.25 * budget)']
    """
    if isinstance(written, (int, float)):
        return [_scaled(float(written), factor, is_whole=is_whole)]
    text = str(written)
    match = _AMOUNT.match(text)
    if match and match[1].startswith("{"):
        return [f"{{{inner}}}{match[2]}" for inner in _within(match[1][1:-1], factor)]
    if match and re.match(r"^\s*(?:%.*|[a-z]*)$", match[2]):  # its unit, and no arithmetic
        amount = _scaled(float(match[1]), factor, is_whole=is_whole)
        unit = match[2].removesuffix("s") if amount == 1 else match[2]
        return [f"{amount:.10g}{unit}"]
    return list(_within(text, factor))


def _scaled(value: float, factor: float, *, is_whole: bool) -> float | int:
    if is_whole:
        return math.floor(value * factor) if factor < 1 else math.ceil(value * factor)
    scaled = float(f"{value * factor:.6g}")
    return int(scaled) if scaled == int(scaled) else scaled


def _within(text: str, factor: float) -> Iterator[str]:
    """Yield an expression with each of its numbers moved by itself."""
    text = text.strip()
    nodes = ast.walk(ast.parse(text, mode="eval"))
    constants = [node for node in nodes if isinstance(node, ast.Constant)]
    numbers = [node for node in constants if isinstance(node.value, (int, float))]
    for node in sorted(numbers, key=lambda one: one.col_offset):
        number = _scaled(float(ast.literal_eval(node)), factor, is_whole=False)
        yield f"{text[: node.col_offset]}{number:.10g}{text[node.end_col_offset :]}"
    if not numbers:
        yield f"{factor:g} * {text}" if text.isidentifier() else f"{factor:g} * ({text})"


def find(data: Any, path: Path) -> Any:
    """Return the plain value at a path, None where nothing is written there."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def put(data: Any, path: Path, value: object) -> Any:
    """Return plain data with another value at a path; what it was made from stays as it is."""
    if not path:
        return value
    step, *rest = path
    if isinstance(data, Mapping):
        return {**data, step: put(data[step], tuple(rest), value)}
    return [put(item, tuple(rest), value) if i == step else item for i, item in enumerate(data)]
