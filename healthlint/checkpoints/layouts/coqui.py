"""Coqui: ``model``, ``model_loss``, ``step`` and ``epoch``, counted from 0."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.content import floats, losses, number
from healthlint.checkpoints.layouts._parts import Parts, one_later

RANK = 3


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if "model" not in content or "model_loss" not in content:
        return None
    best = losses(content) | floats(content["model_loss"])
    epoch = one_later(number(content, "epoch"))
    return Parts(
        name="Coqui", weights=("model",), step=number(content, "step"), epoch=epoch, metrics=best
    )
