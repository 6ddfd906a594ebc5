"""``healthlint train``: a schema, and the epoch that comes next beside the batches done of it."""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.checkpoints.content import floats, number
from healthlint.checkpoints.layouts._parts import Parts

RANK = 4


def claim(content: Mapping[str, object]) -> Parts | None:
    """Return what is what, None where it is another trainer's."""
    if not str(content.get("schema", "")).startswith("healthlint.checkpoint/"):
        return None
    epoch = number(content, "epoch")
    if epoch is not None:  # the one that comes next, or the one in progress: that closes none
        epoch = None if number(content, "batch") else epoch - 1
    step, values = number(content, "step"), floats(content.get("losses"))
    return Parts(
        name="healthlint train", weights=("model",), step=step, epoch=epoch, metrics=values
    )
