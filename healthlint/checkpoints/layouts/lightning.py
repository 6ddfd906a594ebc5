"""PyTorch Lightning: ``state_dict`` beside its version; epochs count from 0."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.content import losses, number
from healthlint.checkpoints.layouts._parts import Parts, one_later

RANK = 3


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if "state_dict" not in content or "pytorch-lightning_version" not in content:
        return None
    epoch = one_later(number(content, "epoch"))
    step = number(content, "global_step")
    return Parts(
        name="Lightning", weights=("state_dict",), step=step, epoch=epoch, metrics=losses(content)
    )
