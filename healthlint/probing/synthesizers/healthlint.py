"""This project's own trainer: text to phones, mel, Griffin-Lim."""

from __future__ import annotations

import zipfile
from pathlib import Path

COMMAND = (
    "{python} -m healthlint.trainer.speak "
    "--checkpoint={checkpoint} --text={text} --output={output} --device={device}"
)
NEEDS = ("torch", "espeakng_loader")
INSTALL = "pip install 'healthlint[train]'"
_MARK, _MOST_BYTES = b"healthlint.checkpoint/", 1 << 22


def knows(checkpoint: Path) -> bool:
    """Return whether a checkpoint names this trainer's schema; nothing is unpacked."""
    if not checkpoint.is_file() or not zipfile.is_zipfile(checkpoint):
        return False
    try:
        with zipfile.ZipFile(checkpoint) as packed:
            name = next((n for n in packed.namelist() if n.endswith("/data.pkl")), "")
            if not name:
                return False
            with packed.open(name) as file:
                return _MARK in file.read(_MOST_BYTES)
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        return False
