"""PyTorch Lightning: ``state_dict`` beside its version; epochs count from 0."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.layouts._parts import Parts, from_zero

RANK = 3


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if "state_dict" not in content or "pytorch-lightning_version" not in content:
        return None
    return from_zero(content, "Lightning", ("state_dict",), "global_step")
