"""Walks over what a pickle held: bounded in depth, each container once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from healthlint.checkpoints.model import Opaque, Tensor

_DEEPEST = 64


def tensors(content: object) -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor with its dotted name."""
    seen: set[int] = set()
    waiting: list[tuple[str, object, int]] = [("", content, 0)]
    while waiting:
        name, one, depth = waiting.pop()
        if isinstance(one, Tensor):
            yield name, one
        elif isinstance(one, dict | list | tuple | Opaque) and id(one) not in seen:
            seen.add(id(one))
            if depth < _DEEPEST:
                inner = [(_joined(name, key), held, depth + 1) for key, held in _items(one)]
                waiting += reversed(inner)


def _items(
    one: dict[object, object] | list[object] | tuple[object, ...] | Opaque,
) -> Iterator[tuple[str, object]]:
    if isinstance(one, dict):
        for key, held in one.items():
            yield f"{key}"[:200], held
    else:
        for i, held in enumerate(one.held if isinstance(one, Opaque) else one):
            yield ("" if isinstance(one, Opaque) else str(i)), held


def _joined(name: str, key: str) -> str:
    return f"{name}.{key}" if name and key else name or key


def number(content: Mapping[str, object], *names: str) -> float | None:
    """Return the first of these entries that is a number, None where none is.

    >>> number({"step": 3, "epoch": "x"}, "epoch", "step")
    3.0
    """
    for name in names:
        value = content.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
            return float(value)
    return None


def losses(content: Mapping[str, object]) -> dict[str, float]:
    """Return what looks like a loss or metric among the entries."""
    words = ("loss", "best", "metric", "error", "score")
    return {
        name: float(value)
        for name, value in content.items()
        if isinstance(value, float)
        and any(word in str(name).lower() for word in words)
        and not math.isinf(value)
    }
