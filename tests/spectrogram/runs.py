"""A run with samples beside its log."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from spectrogram.voices import voice

from healthlint.spectrogram import Front, log_mel


def log(folder: Path, targets: bool, last: int = 10) -> Path:
    """Write a run whose samples grow sharp until epoch 6 and are blurred from epoch 9 on."""
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
    for epoch in range(1, last + 1):
        width = 1.2 + 0.4 * (epoch - 9) if epoch > 8 else max(0.0, 0.4 * (6 - epoch))
        soft = ndimage.gaussian_filter(mel, width) if width else mel
        np.savez(folder / f"{epoch}.npz", mel=2 * soft.T)
        lines.append({"step": 10 * epoch, "epoch": epoch, "val/mel_loss": 1 / epoch})
        sample = {"_type": "event", "event": "sample", "step": 10 * epoch, "epoch": epoch}
        sample |= {"clip": "a", "mel": f"{epoch}.npz"}
        lines.append(sample | ({"target_mel": "target.npz"} if targets else {}))
    path = folder / "logs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
