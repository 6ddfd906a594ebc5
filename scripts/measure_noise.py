"""Print how noisy the real runs that ship are: the figures that the drawn logs take theirs from.

    python scripts/measure_noise.py [LOG...]

Noise is what is left of the logarithm of a series about its own smooth curve: its size by third
differences (median absolute deviation, blind to the curve), its autocorrelation and kurtosis about
a parabola through the seven values on either side, the first fifth of the run left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from healthlint.readers import read

Floats = NDArray[np.float64]
RUNS = Path(__file__).parents[1] / "fixtures" / "runs"
NAMES = ("healthy-espeak", "healthy-festvox", "killed-and-resumed", "misaligned", "overfit")
SIDE, FEWEST = 7, 20


def size(values: Floats) -> float:
    """Return the standard deviation of the noise of positive values, as a fraction."""
    differences = np.abs(np.diff(np.log(values), 3))
    return float(1.4826 * np.median(differences) / np.sqrt(20))


def residual(values: Floats) -> Floats:
    """Return the logarithm of positive values about parabolas through their neighbours."""
    logs, found = np.log(values), []
    for i in range(len(logs)):
        near = np.arange(max(0, i - SIDE), min(len(logs), i + SIDE + 1))
        found.append(logs[i] - np.polyval(np.polyfit(near - i, logs[near], 2), 0))
    return np.array(found)


def line(key: str, values: Floats) -> str:
    """Return the row of a table for one series."""
    rest = residual(values)[len(values) // 5 :]
    rest = rest - rest.mean()
    rho = float((rest[1:] * rest[:-1]).sum() / (rest**2).sum())
    kurtosis = float((rest**4).mean() / (rest**2).mean() ** 2)
    noise = size(values[len(values) // 5 :])
    return f"| {key} | {len(values)} | {noise:.2%} | {rho:+.2f} | {kurtosis:.1f} |"


def main() -> None:
    """Print one table a run."""
    paths = sys.argv[1:] or [str(RUNS / name / "logs.jsonl") for name in NAMES]
    for path in paths:
        print(f"\n{Path(path).parent.name}\n")
        print("| series | values | noise | autocorrelation | kurtosis |\n|---|---|---|---|---|")
        for key, series in read(path).runs[-1].series.items():
            if len(series) >= FEWEST and (series.values > 0).all() and "lr" not in key:
                print(line(key, series.values))


if __name__ == "__main__":
    main()
