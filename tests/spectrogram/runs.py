"""A run with samples beside its log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from spectrogram.voices import voice

from healthlint.spectrogram import Front, log_mel

SUDDEN = (2.0, 1.6, 1.2, 0.8, 0.4, 0.0, 0.0, 0.0, 1.2, 1.6)
"""Sharp from epoch 6 on and blurred from epoch 9 on: width of the blur at each epoch."""
GENTLE = tuple(0.5 + 0.1 * abs(7 - at) for at in range(13))
"""Slowly sharper until epoch 8, slowly blurred from there: a trend, not a step."""


def log(folder: Path, targets: bool, widths: Sequence[float] = SUDDEN) -> Path:
    """Write a run with a sample of some blur at each epoch and return its log."""
    from scipy import ndimage

    header = {
        "_type": "run",
        "_schema": "healthlint.log/1",
        "run": "x",
        "attempt": 0,
        "step": 0,
        "meta": {
            "metrics": {"mel_loss": {"kind": "l1", "space": "ln-power-mel"}},
            "hop_length": 256,
        },
    }
    lines: list[dict[str, object]] = [header]
    mel = log_mel(voice(8), Front())
    np.savez(folder / "target.npz", mel=2 * mel.T)
    for epoch, width in enumerate(widths, 1):
        soft = ndimage.gaussian_filter(mel, width) if width else mel
        np.savez(folder / f"{epoch}.npz", mel=2 * soft.T)
        lines.append({"step": 10 * epoch, "epoch": epoch, "val/mel_loss": 1 / epoch})
        sample = {"_type": "event", "event": "sample", "step": 10 * epoch, "epoch": epoch}
        sample |= {"clip": "a", "mel": f"{epoch}.npz"}
        lines.append(sample | ({"target_mel": "target.npz"} if targets else {}))
    path = folder / "logs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
