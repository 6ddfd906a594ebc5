"""kokoro-ruslan: ``model_state_dict`` beside its losses; ``epoch`` counts from 0.

Its final model has neither: weights and config alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from healthlint.checkpoints.layouts._parts import Parts, from_zero
from healthlint.checkpoints.model import Opaque

RANK = 3
_CLASSES = ("kokoro.training.config.TrainingConfig",)


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if "model_state_dict" not in content:
        return None
    config = content.get("config")
    is_own = isinstance(config, Opaque) and config.name in _CLASSES
    if not is_own and "val_mel_loss" not in content:
        return None
    steps = ("current_optimizer_step", "global_step", "step")
    parts = from_zero(content, "kokoro-ruslan", ("model_state_dict",), *steps)
    return replace(parts, classes=_CLASSES)
