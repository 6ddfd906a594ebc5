"""Checkpoints: tensors and plain types only, so ``torch.load(weights_only=True)`` reads them.

``checkpoints/last.pt`` is what a resume reads; it is replaced whole, never written in place.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import torch

from healthlint.trainer.errors import TrainerError

SCHEMA = "healthlint.checkpoint/1"


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        torch.save({"schema": SCHEMA, **content}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def keep(last: Path, name: str) -> tuple[Path, str]:
    """Keep the newest checkpoint under a name of its own.

    Returns:
        The kept file and its SHA-256.
    """
    kept = last.with_name(name)
    part = kept.with_suffix(f".{os.getpid()}.part")
    shutil.copyfile(last, part)
    part.replace(kept)
    return kept, hashlib.sha256(kept.read_bytes()).hexdigest()


def require(path: Path) -> None:
    """Refuse to go on where there is no checkpoint.

    Raises:
        TrainerError: it is missing.
    """
    if not path.exists():
        raise TrainerError(f"{path}: no checkpoint to resume from; start anew with another --out")


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint of this trainer.

    Raises:
        TrainerError: it is missing, damaged, or not this trainer's.
    """
    require(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise TrainerError(f"{path}: not a readable checkpoint ({error})") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise TrainerError(f"{path}: not a checkpoint of this trainer (no schema {SCHEMA!r})")
    return content
