"""Spaces: in which representation an error is measured, and how large one error is in each.

The same mel error is one number on the logarithm of amplitude and another in decibels. Each space
of a family says what a change of 1 in the logarithm of amplitude becomes in it (its slope), and
how much of an error its floor swallows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from healthlint.logs.nearest import nearest

DECIBEL = 20 / math.log(10)
"""Decibels of amplitude in one unit of its natural logarithm: 8.686."""
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


_ALL = (
    Space(
        name="ln-amp-mel",
        family="mel",
        slope=1.0,
        formula="ln(max(amplitude, 1e-5))",
        used_by="NVIDIA Tacotron 2, HiFi-GAN, VITS, FastSpeech2 (ming024)",
        floor=1e-5,
        argument="amplitude",
    ),
    Space(
        name="ln-power-mel",
        family="mel",
        slope=2.0,
        formula="ln(power + 1e-9)",
        used_by="the guide's trainer, `healthlint train`",
        floor=1e-9,
        argument="power",
    ),
    Space(
        name="log10-mel",
        family="mel",
        slope=1 / math.log(10),
        formula="log10(max(amplitude, 1e-10))",
        used_by="ParallelWaveGAN and ESPnet before normalisation",
        floor=1e-10,
        argument="amplitude",
    ),
    Space(
        name="raw-db-mel",
        family="mel",
        slope=DECIBEL,
        formula="20 log10(max(amplitude, 1e-5))",
        used_by="plain decibels",
        floor=1e-5,
        argument="amplitude",
    ),
    Space(
        name="db-mel",
        family="mel",
        slope=DECIBEL * 8 / 100,
        formula="-100 to 0 dB (after -20 dB) onto [-4, 4], clipped",
        used_by="Rayhane Tacotron-2, Coqui's default",
        floor=1e-4,
        argument="amplitude",
        width=8.0,
    ),
    Space(
        name="db01-mel",
        family="mel",
        slope=DECIBEL / 100,
        formula="-100 to 0 dB (after -20 dB) onto [0, 1], clipped",
        used_by="keithito Tacotron",
        floor=1e-4,
        argument="amplitude",
        width=1.0,
    ),
    Space(
        name="z-ln-mel",
        family="mel",
        slope=1.0,
        formula="(ln(max(amplitude, 1e-5)) - mean) / std",
        used_by="Matcha-TTS (LJSpeech: std 2.116)",
        floor=1e-5,
        argument="amplitude",
        needs_std=True,
    ),
    Space(
        name="styletts2-mel",
        family="mel",
        slope=0.5,
        formula="(ln(1e-5 + power) + 4) / 4",
        used_by="StyleTTS2 and its descendants",
        floor=1e-5,
        argument="power",
    ),
    Space(
        name="linear-mel",
        family="mel",
        slope=0.0,
        formula="amplitude or power, no logarithm",
        used_by="vocoders",
    ),
    Space(
        name="ln1p-frames",
        family="frames",
        slope=1.0,
        formula="ln(1 + frames)",
        used_by="the guide's trainer, FastSpeech2",
    ),
    Space(
        name="ln-frames",
        family="frames",
        slope=0.0,
        formula="ln(frames + 1e-8)",
        used_by="VITS, Matcha-TTS",
    ),
    Space(name="frames", family="frames", slope=0.0, formula="frames"),
    Space(
        name="unit-pitch",
        family="pitch",
        slope=1.0,
        formula="F0 scaled to [0, 1]",
        used_by="the guide's trainer",
        width=1.0,
    ),
    Space(
        name="unit-energy",
        family="energy",
        slope=1.0,
        formula="energy scaled to [0, 1]",
        used_by="the guide's trainer",
        width=1.0,
    ),
    Space(
        name="z-pitch",
        family="pitch",
        slope=0.0,
        formula="(F0 - mean) / std",
        used_by="FastSpeech2 (ming024)",
    ),
    Space(
        name="z-energy",
        family="energy",
        slope=0.0,
        formula="(energy - mean) / std",
        used_by="FastSpeech2 (ming024)",
    ),
)
SPACES: Mapping[str, Space] = MappingProxyType({space.name: space for space in _ALL})
"""The known spaces by name."""

_ALIASES = {
    "styletts2": "styletts2-mel",
    "linear": "linear-mel",
    "db4-mel": "db-mel",
    "db-mel-01": "db01-mel",
    "log10-amp-mel": "log10-mel",
    "log-amp-mel": "ln-amp-mel",
    "log-power-mel": "ln-power-mel",
    "z-mel": "z-ln-mel",
    "ln(1+frames)": "ln1p-frames",
    "ln(frames+1)": "ln1p-frames",
    "log(frames+1)": "ln1p-frames",
    "log1p-frames": "ln1p-frames",
    "log-frames": "ln-frames",
    "ln-f0-in-[0,1]": "unit-pitch",
    "db-in-[0,1]": "unit-energy",
}


def space_name(text: str) -> str:
    """Return the canonical name of a space; one that is not known keeps its words.

    >>> space_name("LN_amp_mel"), space_name("ln(1+frames)"), space_name("bark")
    ('ln-amp-mel', 'ln1p-frames', 'bark')
    """
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    return _ALIASES.get(name, name)


def nearest_space(name: str) -> str:
    """Return the known space that is spelt most like a name, empty where none is near."""
    return nearest(name, SPACES)
