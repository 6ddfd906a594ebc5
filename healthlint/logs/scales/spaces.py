"""Spaces: in which representation an error is measured, and how large one error is in each.

The same mel error is one number on the logarithm of amplitude and another in decibels. Each space
of a family says what a change of 1 in the logarithm of amplitude becomes in it (its slope), and
how much of an error its floor swallows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from healthlint.logs.nearest import nearest

_POWER_GAIN = 25.0
# A mel band of power, summed without area normalisation (torchaudio's default), lies that many
# times above the square of a band of amplitude with it (librosa's); as an amplitude, measured on
# speech: 41 on one speaker, less for wide voices. It only places the floors.
_FLOORS = (-5.0, -4.5, -4.0, -3.5, -3.0, -2.5, -2.0)
_SHARES = (1.0, 0.985, 0.955, 0.895, 0.825, 0.74, 0.62)
# Share of an L1 error that is left above a floor, by log10 of the floor as an amplitude: means over
# blur, noise and time shift on peak-normalised speech (scripts/measure-scales).


class Space(NamedTuple):
    """One representation.

    Attributes:
        name: Its name in declarations.
        family: What is represented (``mel``); errors convert within a family only.
        slope: What a change of 1 in the base of its family (ln amplitude) becomes; 0 where there is
            no constant factor.
        formula: How it is computed.
        used_by: Who logs it.
        floor: Smallest value before the logarithm, in the unit of ``argument``.
        argument: What the logarithm is taken of: ``amplitude``, ``power``, or nothing.
        width: Distance between its smallest and largest value, infinite where not bounded.
        needs_std: True where the slope is 1 divided by a ``std`` that must be declared.
    """

    name: str
    family: str
    slope: float
    formula: str
    used_by: str = ""
    floor: float = 0.0
    argument: str = ""
    width: float = math.inf
    needs_std: bool = False

    def share(self, floor: float | None = None) -> float:
        """Return how much of an error is left above a floor, from 1 (all) down; NaN beyond 0.01.

        Measured on speech and therefore approximate where it is not 1.

        Args:
            floor: The floor of the trainer where it is not the usual one of the space.
        """
        level = self.level(floor)
        return _interpolated(math.log10(level)) if level > 10 ** _FLOORS[0] else 1.0

    def level(self, floor: float | None = None) -> float:
        """Return its floor, or another one, as an amplitude; 0 where it takes no logarithm."""
        used = self.floor if floor is None else floor
        if self.argument == "power":
            return math.sqrt(used) / _POWER_GAIN
        return used if self.argument else 0.0


def _interpolated(level: float) -> float:
    for low, high, left, right in zip(_FLOORS, _FLOORS[1:], _SHARES, _SHARES[1:], strict=False):
        if level <= high:
            return left + (right - left) * (level - low) / (high - low)
    return math.nan


_SHIPPED = json.loads(Path(__file__).with_name("spaces.json").read_text(encoding="utf-8"))
SPACES: Mapping[str, Space] = MappingProxyType(
    {row["name"]: Space(**row) for row in _SHIPPED["spaces"]}
)
"""The known spaces by name."""


def space_name(text: str) -> str:
    """Return the canonical name of a space; one that is not known keeps its words.

    >>> space_name("LN_amp_mel"), space_name("ln(1+frames)"), space_name("bark")
    ('ln-amp-mel', 'ln1p-frames', 'bark')
    """
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    canonical: str = _SHIPPED["aliases"].get(name, name)
    return canonical


def nearest_space(name: str) -> str:
    """Return the known space that is spelt most like a name, empty where none is near."""
    return nearest(name, SPACES)
