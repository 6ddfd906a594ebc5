"""Presets: the scales of well-known trainers, by the fact ``trainer``.

They are data of each family (``rules/trainers``). Where a trainer's configuration decides (Coqui's
audio settings) or a corpus does (the std of a z-scored mel), the file leaves it open rather than
guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from healthlint.logs.families import Family, Standing, families, find_family
from healthlint.logs.scales.declaration import Scale


class Preset(NamedTuple):
    """The scales of one trainer.

    Attributes:
        name: Its name as the fact ``trainer`` gives it.
        metrics: Scale by canonical metric, of what it logs.
        aliases: Other names of it.
        note: What a reader of the table has to know.
        standing: What the guide's phases are worth for its losses.
    """

    name: str
    metrics: Mapping[str, Scale]
    aliases: tuple[str, ...] = ()
    note: str = ""
    standing: Standing = "none"


def preset_of(family: Family) -> Preset:
    """Return the scales of a family."""
    metrics = {metric: Scale.parse(scale) for metric, scale in family.scales.items()}
    return Preset(
        name=family.name,
        metrics=MappingProxyType(metrics),
        aliases=family.aliases,
        note=family.note,
        standing=family.standing,
    )


def find_preset(trainer: object) -> Preset | None:
    """Return the preset that a fact ``trainer`` names, None where there is none.

    Case, separators and a model in brackets do not matter.

    >>> find_preset("FastSpeech2 (ming024)").name
    'fastspeech2-ming024'
    """
    family = find_family(trainer)
    return None if family is None else _kept(family.name, id(family))


@lru_cache(maxsize=64)
def _kept(name: str, _: int) -> Preset:
    return preset_of(families()[name])


def presets() -> Mapping[str, Preset]:
    """Return all presets by name."""
    return {name: preset_of(family) for name, family in families().items()}


GUIDE: Mapping[str, Scale] = preset_of(families()["kokoro-ruslan"]).metrics
"""The scale of each metric for which the guide gives numbers or directions."""
