"""HiFi-GAN and its kin: ``generator`` alone, or discriminators with ``steps`` and ``epoch``."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.layouts._parts import Parts, from_zero

RANK = 2
_PARTS = ("generator", "mpd", "msd", "mrd", "cqtd")


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    names = tuple(name for name in _PARTS if isinstance(content.get(name), dict))
    return from_zero(content, "HiFi-GAN", names, "steps", "step") if names else None
