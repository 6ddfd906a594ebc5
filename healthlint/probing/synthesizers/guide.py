"""The command of the training guide, `python -m kokoro.inference.inference`."""

from __future__ import annotations

COMMAND = (
    "python -m kokoro.inference.inference "
    "--model {model} --text {text} --output {output} --device {device}"
)
NEEDS: tuple[str, ...] = ()
"""``python`` is that of the user's environment; what it has is told when it runs."""
INSTALL = ""
