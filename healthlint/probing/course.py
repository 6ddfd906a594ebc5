"""How a number goes over checkpoints: its mean of each, and whether it rises or falls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["rising", "falling", "unclear", "too few"]
_FEWEST = 3
_SURE = 0.05


@dataclass(frozen=True, slots=True)
class Course:
    """One number over checkpoints, the mean of their texts.

    Attributes:
        name: ``sharpness``, ``rate`` or ``seconds``.
        unit: Its unit, in words.
        values: One a checkpoint, NaN where unknown.
        direction: Whether order and number go together more than chance allows, ``unclear`` where
            that is not shown (which is no claim that nothing changed); ``too few`` where fewer
            than three are known, or the order of training is not.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    direction: Direction

    @property
    def word(self) -> str:
        """Return the direction in words."""
        words = {"unclear": "no clear direction", "too few": "too few to tell"}
        return words.get(self.direction, self.direction)


def course(name: str, unit: str, values: Sequence[float], *, is_ordered: bool) -> Course:
    """Return the course of a number."""
    known = [value for value in values if math.isfinite(value)]
    if len(known) < _FEWEST or not is_ordered:
        return Course(name, unit, tuple(values), "too few")
    return Course(name, unit, tuple(values), _direction(known))


def _direction(values: Sequence[float]) -> Direction:
    """Return the direction by Mann-Kendall test (Mann 1945), at one in twenty.

    With three or four points the test has no power: only a perfect order whose ends differ by a
    tenth counts.

    >>> _direction([0.1, 0.2, 0.4, 0.5, 0.6]), _direction([0.4, 0.41, 0.4, 0.39, 0.41])
    ('rising', 'unclear')
    """
    score = sum((b > a) - (b < a) for at, a in enumerate(values) for b in values[at + 1 :])
    pairs = len(values) * (len(values) - 1) // 2
    change = abs(values[-1] - values[0])
    is_large = change >= 0.1 * max(abs(values[0]), abs(values[-1]))
    is_sure = abs(score) == pairs and is_large if len(values) < 5 else _is_sure(score, len(values))
    if not is_sure:
        return "unclear"
    return "rising" if score > 0 else "falling"


def _is_sure(score: int, count: int) -> bool:
    spread = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    return math.erfc(max(0, abs(score) - 1) / spread / math.sqrt(2)) < _SURE
