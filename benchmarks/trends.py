"""Which statistic tells a real change from noise: false alarms a run, faults found, delay, cost.

    python benchmarks/trends.py [--runs 400] [LOG ...]

Every candidate looks at a series after each epoch, as a rule does, and makes two claims, each held
for 2 epochs:

rise       the series rose over the window
no fall    a fall of 0.5 % over the window is excluded (what a plateau of spectral convergence is)

The critical value of each candidate is set so that it claims a rise in 5 % of runs of 60 looks at
a level series with heavy-tailed noise of autocorrelation 0.5. At that equal price it is then asked
for the rate under other noise and for what it finds: a series that falls by 1.5 % an epoch for 20
epochs and is then level, or rises by 0.5 or 1 % an epoch, with noise of 0.5 %, as real validations
have. LOGs are judged in the same way by validation spectral convergence.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthlint.readers import read
from healthlint.timeline.change import _theil_sen, past_noise

Floats = NDArray[np.float64]

LOOKS, TURN, LATEST = 60, 20, 15
EXCLUDED = 0.005
NOISE = 0.005


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statistic: change over the window and its standard error, each of shape ``(runs, n)``."""

    name: str
    measure: Callable[[Floats, int], tuple[Floats, Floats]]


def _windows(y: Floats, size: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(y, size, axis=1)


def _aligned(found: Floats, size: int) -> Floats:
    """Return values of windows at the epochs where they end, NaN before the first."""
    return np.concatenate([np.full((len(found), size - 1), np.nan), found], axis=1)


def _noise_before(y: Floats) -> Floats:
    noise = np.array([past_noise(row) for row in y])
    return np.concatenate([np.full((len(y), 1), np.nan), noise[:, :-1]], axis=1)


def _line(y: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """Return least squares: change over the window, scatter about the line, level."""
    x = np.arange(size) - (size - 1) / 2
    w = _windows(y, size)
    level = w.mean(-1)
    slope = (w * x).sum(-1) / (x * x).sum()
    residual = w - level[..., None] - slope[..., None] * x
    scatter = np.sqrt((residual**2).sum(-1) / (size - 2))
    return slope * (size - 1) / level, scatter / level, level


def _spread(size: int) -> float:
    x = np.arange(size) - (size - 1) / 2
    return (size - 1) / float(np.sqrt((x * x).sum()))


def least_squares(y: Floats, size: int) -> tuple[Floats, Floats]:
    """Least squares, noise from the scatter about the line."""
    change, scatter, _ = _line(y, size)
    return _aligned(change, size), _aligned(scatter * _spread(size), size)


def least_squares_past(y: Floats, size: int) -> tuple[Floats, Floats]:
    """Least squares, noise from the past of the series."""
    change, _, level = _line(y, size)
    return _aligned(change, size), _noise_before(y) / _aligned(level, size) * _spread(size)


def _sen(y: Floats, size: int) -> tuple[Floats, Floats]:
    w = _windows(y, size)
    x = np.tile(np.arange(1.0 - size, 1.0), (w.shape[0] * w.shape[1], 1))
    slope = _theil_sen(x, np.ascontiguousarray(w).reshape(-1, size)).reshape(w.shape[:2])
    level = np.median(w - slope[..., None] * x[0], -1)
    residual = w - level[..., None] - slope[..., None] * x[0]
    scatter = np.sqrt((residual**2).sum(-1) / (size - 2))
    start = level - slope * (size - 1)
    return slope * (size - 1) / start, scatter / start


def theil_sen_mann_kendall(y: Floats, size: int) -> tuple[Floats, Floats]:
    """Theil-Sen's change; its standard error so that the ratio is Mann-Kendall's Z."""
    w = _windows(y, size)
    i, j = np.triu_indices(size, 1)
    s = np.sign(w[..., j] - w[..., i]).sum(-1)
    deviation = np.sqrt(size * (size - 1) * (2 * size + 5) / 18)
    change, _ = _sen(y, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(s == 0, np.inf, np.abs(change) / (np.abs(s) / deviation))
    return _aligned(change, size), _aligned(error, size)


def thirds(y: Floats, size: int) -> tuple[Floats, Floats]:
    """Median of the last third against that of the first, noise from the past of the series."""
    w, part = _windows(y, size), max(1, size // 3)
    first, last = np.median(w[..., :part], -1), np.median(w[..., -part:], -1)
    error = _noise_before(y) * np.sqrt(2 / part) / _aligned(first, size)
    return _aligned((last - first) / first, size), error


def sen_geometric(y: Floats, size: int) -> tuple[Floats, Floats]:
    """Theil-Sen, noise the geometric mean of scatter and past noise (what `trend` does)."""
    change, scatter = _sen(y, size)
    level = _aligned(_windows(y, size).mean(-1), size)
    noise = np.sqrt(_aligned(scatter, size) * _noise_before(y) / level)
    return _aligned(change, size), noise * _spread(size)


MANN_KENDALL = Candidate("Theil-Sen, Mann-Kendall", theil_sen_mann_kendall)
CANDIDATES = (
    Candidate("least squares, scatter", least_squares),
    Candidate("least squares, past noise", least_squares_past),
    MANN_KENDALL,
    Candidate("medians of thirds, past noise", thirds),
    Candidate("Theil-Sen, geometric mean", sen_geometric),
)


def page(y: Floats, drift: float) -> Floats:
    """Return Page's CUSUM of the increments above a drift, in units of their past noise.

    Source: Page, E. S. (1954), Continuous inspection schemes. Allowance 0.5; starts at epoch 7.
    """
    noise = _noise_before(y) * np.sqrt(2)
    total, result = np.zeros(len(y)), np.full(y.shape, np.nan)
    for at in range(7, y.shape[1]):
        gained = (y[:, at] - y[:, at - 1] * (1 + drift)) / noise[:, at]
        total = np.maximum(0.0, total + gained - 0.5)
        result[:, at] = total
    return result


def scores(candidate: Candidate | None, y: Floats, size: int, offset: float) -> Floats:
    """Return how strongly each epoch speaks for a change above ``-offset``, held for 2 epochs."""
    if candidate is None:
        found = page(y, -offset / (size - 1))
    else:
        change, error = candidate.measure(y, size)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (change + offset) / error
    found = np.where(np.isfinite(found), found, -np.inf)
    held = np.full_like(found, -np.inf)
    held[:, 2:] = np.minimum(np.minimum(found[:, 2:], found[:, 1:-1]), found[:, :-2])
    return held


def drawn_noise(rng: np.random.Generator, runs: int, rho: float, *, heavy: bool = True) -> Floats:
    """Return unit noise, AR(1) of Student's t with 3 degrees of freedom or of normal values."""
    shape = (runs, LOOKS + 50)
    e = rng.standard_t(3, shape) / np.sqrt(3) if heavy else rng.standard_normal(shape)
    for at in range(1, shape[1]):
        e[:, at] = rho * e[:, at - 1] + np.sqrt(1 - rho**2) * e[:, at]
    return e[:, 50:]


def faulty(rng: np.random.Generator, runs: int, after: float) -> Floats:
    """Return series that fall by 1.5 % an epoch for 20 epochs and then go as ``after`` says."""
    t = np.arange(LOOKS)
    curve = np.exp(np.where(t < TURN, -0.015 * t, -0.015 * TURN + after * (t - TURN)))
    return curve * (1 + NOISE * drawn_noise(rng, runs, 0.5))


def found(held: Floats, critical: float) -> str:
    """Return the share found within 15 epochs of the turn and the median delay."""
    late = held[:, TURN : TURN + LATEST + 1] > critical
    hit = late.any(1)
    delay = np.median(late.argmax(1)[hit]) if hit.any() else np.nan
    return f"{hit.mean():.2f} ({delay:.0f})" if hit.any() else "0"


def real(candidate: Candidate | None, size: int, critical: float, logs: Sequence[str]) -> str:
    """Return the first epoch of a claimed rise of spectral convergence in each log."""
    told = []
    for path in logs:
        timeline = read(path, {}).runs[-1].timelines[-1]
        series = timeline.series["val/spectral_convergence"]
        held = scores(candidate, series.values[None], size, 0.0)[0]
        told.append(str(int(np.argmax(held > critical)) + 1) if (held > critical).any() else "-")
    return " ".join(told)


def main() -> None:
    """Print one row a candidate and window."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=400)
    options.add_argument("logs", nargs="*")
    args = options.parse_args()
    head = (
        "| statistic | window | critical | rises told at rho 0 / 0.5 / 0.8 | level: no fall "
        "| +0.5 %: rise | +1 %: rise | µs a look | real logs |"
    )
    print(head + "\n" + "|---" * 9 + "|")
    for candidate in (*CANDIDATES, None):
        for size in (6, 11):
            print(row(candidate, size, args.runs, args.logs))


def row(candidate: Candidate | None, size: int, runs: int, logs: Sequence[str]) -> str:
    """Return one row of the table."""
    rng = np.random.default_rng(7)
    tuned = scores(candidate, 1 + NOISE * drawn_noise(rng, runs, 0.5), size, 0.0).max(1)
    critical = float(np.quantile(tuned, 0.95))
    rates = []
    for rho in (0.0, 0.5, 0.8):
        level = 1 + NOISE * drawn_noise(rng, runs, rho)
        start = time.process_time()
        held = scores(candidate, level, size, 0.0)
        cost = (time.process_time() - start) / level.size * 1e6
        rates.append(f"{(held.max(1) > critical).mean():.2f}")
    level = scores(candidate, faulty(rng, runs, 0.0), size, EXCLUDED)
    cells = [found(level, critical) if candidate is not MANN_KENDALL else "no bounds"]
    cells += [
        found(scores(candidate, faulty(rng, runs, r), size, 0.0), critical) for r in (5e-3, 1e-2)
    ]
    name = candidate.name if candidate else "CUSUM of increments"
    told = real(candidate, size, critical, logs)
    return (
        f"| {name} | {size} | {critical:.1f} | {' / '.join(rates)} | "
        f"{' | '.join(cells)} | {cost:.1f} | {told} |"
    )


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
