"""Walks over what a pickle held: bounded in depth, each container once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import Opaque, Tensor

_DEEPEST = 64
_MOST_LETTERS = 1 << 25
"""Letters of all names of tensors together."""
_Container = dict[object, object] | list[object] | tuple[object, ...] | Opaque


def tensors(content: object) -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor with its dotted name.

    Raises:
        CheckpointError: Their names have more letters than any model's.
    """
    letters = 0
    for name, tensor in _within("", content, set(), _DEEPEST):
        letters += len(name)
        if letters > _MOST_LETTERS:
            raise CheckpointError("no checkpoint: too many tensors, or too long names")
        yield name, tensor


def _within(name: str, value: object, seen: set[int], levels: int) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in a value, at most so many containers deep."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, dict | list | tuple | Opaque) and id(value) not in seen:
        seen.add(id(value))
        if levels:
            for inner, item in _items(name, value):
                yield from _within(inner, item, seen, levels - 1)


def _items(name: str, container: _Container) -> Iterator[tuple[str, object]]:
    """Yield what is in a container with its dotted name, one after the other."""
    if isinstance(container, Opaque):
        yield from ((name, item) for item in container.held)
        return
    entries = container.items() if isinstance(container, dict) else enumerate(container)
    for key, item in entries:
        yield ".".join(filter(None, (name, f"{key}"[:200]))), item


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


def floats(content: object) -> dict[str, float]:
    """Return the entries of a mapping that are numbers with a fraction, none of anything else."""
    entries = content.items() if isinstance(content, dict) else ()
    return {str(name): value for name, value in entries if isinstance(value, float)}


def losses(content: Mapping[str, object]) -> dict[str, float]:
    """Return what looks like a loss or metric among the entries."""
    words = ("loss", "best", "metric", "error", "score")
    return {
        name: float(value)
        for name, value in floats(content).items()
        if any(word in name.lower() for word in words) and not math.isinf(value)
    }
