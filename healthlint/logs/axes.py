"""Keys of a record that are not metrics: its step, epoch and time."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from healthlint.logs.shipped import words
from healthlint.logs.vocabulary import split_words

Axis = Literal["step", "epoch", "time"]

_SAID = words()
_NAMES: dict[Axis, list[str]] = _SAID["axes"]
"""In order of preference: where a record has several, the first one counts."""
_RANKS = {name: (axis, rank) for axis, names in _NAMES.items() for rank, name in enumerate(names)}
_PREFIXES = frozenset(_SAID["prefixes"])


@lru_cache(maxsize=16_384)
def axis_of(name: str) -> tuple[Axis, int] | None:
    """Return which axis a key is and its order of preference, None for a metric.

    >>> axis_of("trainer/global_step"), axis_of("Epoch"), axis_of("epoch_time")
    (('step', 0), ('epoch', 0), None)
    """
    words = split_words(name)
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    return _RANKS.get("_".join(words))
