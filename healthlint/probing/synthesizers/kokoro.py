"""The pipeline of the package kokoro (Kokoro-82M); `{checkpoint}` is its .pth, voice af_heart."""

from __future__ import annotations

import json
from pathlib import Path

COMMAND = (
    "{python} -m healthlint.probing.kokoro_pipeline "
    "--checkpoint={checkpoint} --text={text} --output={output} --device={device}"
)
NEEDS = ("kokoro.pipeline", "torch", "soundfile")
INSTALL = "pip install kokoro soundfile (another package named kokoro is no such pipeline)"


def knows(checkpoint: Path) -> bool:
    """Return whether the config beside a checkpoint is that of Kokoro-82M."""
    place = checkpoint / "config.json" if checkpoint.is_dir() else checkpoint.parent / "config.json"
    try:
        said = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and {"istftnet", "plbert", "vocab"} <= said.keys()
