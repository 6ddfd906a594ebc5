"""The installed command, and the logs that its tests are about."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

SCRIPT = Path(sys.executable).parent / "healthlint"

Rows = list[dict[str, object]]
Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def rows(epochs: int = 30) -> Rows:
    """Return the records of a run that learns: one an epoch, every loss falling."""
    return [
        {
            "step": 50 * epoch,
            "epoch": epoch,
            "train/total_loss": 2.9 * 0.94**epoch + 0.5,
            "train/mel_loss": 1.8 * 0.93**epoch + 0.2,
            "val/mel_loss": 1.8 * 0.93**epoch + 0.25 + 0.002 * math.sin(7 * epoch),
            "val/spectral_convergence": 0.5 * 0.95**epoch + 0.1,
            "val/duration_loss": 1.2 * 0.8**epoch + 0.1,
            "val/energy_loss": 0.9 * 0.85**epoch + 0.1,
        }
        for epoch in range(1, epochs + 1)
    ]


def write_rows(path: Path, records: Iterable[Mapping[str, object]]) -> Path:
    """Write records as JSONL, NaN as Python spells it."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
