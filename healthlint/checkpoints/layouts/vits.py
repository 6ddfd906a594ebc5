"""VITS and its kin: ``model``, ``iteration`` (an epoch, from 1) and ``learning_rate``."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.content import losses, number
from healthlint.checkpoints.layouts._parts import Parts

RANK = 3


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if not {"model", "iteration", "learning_rate"} <= content.keys():
        return None
    epoch, values = number(content, "iteration"), losses(content)
    return Parts(name="VITS", weights=("model",), epoch=epoch, metrics=values)
