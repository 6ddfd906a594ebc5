"""Checkpoints read without running them: what they hold, and whether their numbers are finite.

``files`` opens a kind of file, ``pickles`` reads a pickle as data (it has no way to call
anything), ``layouts`` says what of a trainer's checkpoint are weights, step, epoch and metrics,
``scanning`` looks at every number in flat memory. Nothing here imports torch.
"""

from __future__ import annotations

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import Checkpoint, Storage, Tensor
from healthlint.checkpoints.reading import read
from healthlint.checkpoints.scanning import Scan, scan

__all__ = ["Checkpoint", "CheckpointError", "Scan", "Storage", "Tensor", "read", "scan"]
