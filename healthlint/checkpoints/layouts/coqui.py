"""Coqui: ``model``, ``model_loss``, ``step`` and ``epoch``, counted from 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from healthlint.checkpoints.content import floats
from healthlint.checkpoints.layouts._parts import Parts, from_zero

RANK = 3


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if "model" not in content or "model_loss" not in content:
        return None
    parts = from_zero(content, "Coqui", ("model",), "step")
    return replace(parts, metrics={**parts.metrics, **floats(content["model_loss"])})
