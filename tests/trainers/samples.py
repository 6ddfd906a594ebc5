"""Samples of trainers' files, through the real readers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from healthlint.logs import Run
from healthlint.readers import read


def first_values(sample: Mapping[str, Any], folder: Path) -> dict[str, float]:
    """Return the first step and epoch of a sample, and the first value of each series by key."""
    run = read_sample(sample, folder)
    found = {key: float(one.values[0]) for key, one in run.series.items()}
    for axis in ("steps", "epochs"):
        known = [getattr(one, axis) for one in run.series.values()]
        numbers = [float(x) for array in known for x in array if math.isfinite(x)]
        found |= {axis[:-1]: min(numbers)} if numbers else {}
    return found


def read_sample(sample: Mapping[str, Any], folder: Path) -> Run:
    """Return the run that a sample holds."""
    path = folder / sample.get("file", "train.log")
    path.write_text(sample["line"], encoding="utf-8")
    log = read(str(path))
    assert log.runs, [problem.message for problem in log.problems]
    return log.runs[0]
