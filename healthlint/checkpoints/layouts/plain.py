"""Home-made: weights under a usual name, or nothing but weights."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.content import losses, number
from healthlint.checkpoints.layouts._parts import Parts
from healthlint.checkpoints.model import Tensor

RANK = 0
_NAMES = ("model_state_dict", "state_dict", "model", "net", "module", "params", "weights")


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's.

    Whether an epoch of an unknown trainer counts from 0 or 1 is not known: it is left out.
    """
    if content and all(isinstance(value, Tensor) for value in content.values()):
        return Parts(name="plain weights")
    step = number(content, "global_step", "step", "steps", "iteration")
    metrics = losses(content)
    for name in _NAMES:
        if isinstance(content.get(name), dict):
            told = f"weights in {name}"
            return Parts(name=told, weights=(name,), step=step, metrics=metrics)
    if any(isinstance(value, Tensor) for value in content.values()):
        return Parts(name="plain weights", step=step, metrics=metrics)
    return None
