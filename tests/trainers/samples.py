"""Samples of trainers' files, through the real readers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from healthlint.logs import Run
from healthlint.readers import read


def run_of(sample: Mapping[str, Any], folder: Path) -> Run:
    """Return the run that a sample holds."""
    path = folder / sample.get("file", "train.log")
    path.write_text(sample["line"], encoding="utf-8")
    log = read(str(path))
    assert log.runs, [problem.message for problem in log.problems]
    return log.runs[0]


def first_values(run: Run) -> dict[str, float]:
    """Return the first step and epoch of a run, and the first value of each series by key."""
    found = {key: float(one.values[0]) for key, one in run.series.items()}
    for axis in ("steps", "epochs"):
        columns = [getattr(one, axis).tolist() for one in run.series.values()]
        numbers = [number for column in columns for number in column if math.isfinite(number)]
        found |= {axis.removesuffix("s"): min(numbers)} if numbers else {}
    return found
