"""The command of the training guide, `python -m kokoro.inference.inference`."""

from __future__ import annotations

from pathlib import Path

COMMAND = (
    "python -m kokoro.inference.inference "
    "--model {model} --text {text} --output {output} --device {device}"
)
NEEDS: tuple[str, ...] = ()
"""``python`` is that of the user's environment; what it has is told when it runs."""
INSTALL = ""


def knows(checkpoint: Path) -> bool:  # noqa: ARG001 - what no other knows
    """Return whether it is a model of the guide's trainer; taken where no other knows it."""
    return False
