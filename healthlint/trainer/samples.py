"""Fixed validation clips, predicted every few epochs: arrays for judges, sound for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from healthlint.trainer.batches import Example, collate
from healthlint.trainer.data import Data
from healthlint.trainer.mel import HOP_LENGTH
from healthlint.trainer.model import AcousticModel
from healthlint.trainer.synthesis import griffin_lim, write_wav

COUNT = 2
_LEAST_FRAMES = 8


def write(
    folder: Path, name: str, model: AcousticModel, data: Data, sample_rate: int
) -> Iterator[dict[str, Any]]:
    """Write samples and yield the fields of their events, paths relative to ``folder``.

    For the arrays the model is given the true durations, so that prediction and recording can be
    laid over each other frame by frame; pitch and energy are its own. They hold ``mel`` of shape
    (frames, 80), ln-power, beside ``sample_rate`` and ``hop_length``. The sound is what the model
    makes of the text alone, its own durations included; where that is not finite, or shorter than
    a few windows, there is none.
    """
    device = next(model.parameters()).device
    for number, clip in enumerate(data.clips["val"][:COUNT]):
        batch = collate([Example(clip, clip)], data.symbols).to(device)
        with torch.no_grad():
            mel = model(batch.phones, batch.durations).mel[0].cpu()
            spoken = model(batch.phones, model.predict_durations(batch.phones)).mel[0].cpu()
        paths = {
            "mel": f"samples/{name}_{number}.npz",
            "target_mel": f"samples/target_{number}.npz",
        }
        _write_mel(folder / paths["mel"], mel.numpy(), sample_rate)
        _write_mel(folder / paths["target_mel"], clip.mel, sample_rate)
        if len(spoken) >= _LEAST_FRAMES and bool(torch.isfinite(spoken).all()):
            paths["wav"] = f"samples/{name}_{number}.wav"
            write_wav(folder / paths["wav"], griffin_lim(spoken, sample_rate), sample_rate)
        yield {"clip": clip.id, "text": clip.text, **paths}


def _write_mel(path: Path, mel: Any, sample_rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, mel=mel, sample_rate=sample_rate, hop_length=HOP_LENGTH)
