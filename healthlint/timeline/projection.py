"""When a falling series will come below a bound, as an interval.

Two families of learning curves are laid through the latest values: power laws ``c + a x^-p`` and
exponentials ``c + a exp(-x/t)``, each over a grid of floors and shapes. Every curve is weighed by
its likelihood; the crossing is read off the weighed curves as an 80 % interval. Floors above the
bound count as "never". The noise is never taken for smaller than ``FLOOR_NOISE`` of the level,
because no family is the truth (coverage on real runs: ``docs/decisions.md``).

Source of the families: Hestness et al. (2017), Deep learning scaling is predictable, empirically;
Domhan et al. (2015), Speeding up automatic hyperparameter optimization by extrapolation of learning
curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats

FEWEST = 5
"""Fewest values that a projection is made from."""
COVERAGE = 0.8
"""Share of crossings that should lie in the interval."""
FLOOR_NOISE = 0.01
"""Least noise, as a share of the level."""
_LATEST = 60
_FURTHEST = 8.0
_POWERS = np.linspace(0.1, 2.0, 24)
_RATES = np.geomspace(0.25, 8.0, 24)  # coarser ones miss even an exact exponential
_FLOORS = np.linspace(0.0, 0.99, 34)
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a series is expected to come below a bound.

    Attributes:
        middle: Median crossing, in the unit of the axis; infinite where it is likelier never to.
        low: Early end of the interval.
        high: Late end of the interval; infinite where it may never get there.
    """

    middle: float
    low: float
    high: float


def project(axis: Floats, values: Floats, bound: float) -> Projection | None:
    """Return when the values come below a bound that they are still above.

    Args:
        axis: Positions, rising, shape ``(n,)``.
        values: Values, shape ``(n,)``; what is not finite is left out.
        bound: The bound, below the latest value.

    Returns:
        The projection; None with fewer than five values, or where the bound is already passed.
    """
    is_kept = np.isfinite(values) & np.isfinite(axis) & (axis > 0)
    x, y = axis[is_kept][-_LATEST:], values[is_kept][-_LATEST:]
    if len(x) < FEWEST or y[-1] < bound or bound <= 0:
        return None
    ahead = np.linspace(x[-1], x[-1] * _FURTHEST, _STEPS)
    curves, weights, noise = _curves(x, y, ahead)
    tail = (1 - COVERAGE) / 2
    low, middle, high = (
        _quantile(_crossings(curves, ahead, bound * factor), weights, share)
        for factor, share in ((1 + noise, tail), (1.0, 0.5), (1 - noise, 1 - tail))
    )
    return Projection(middle, low, high)


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order[min(int(np.searchsorted(reached, share)), len(order) - 1)]])


def _curves(x: Floats, y: Floats, ahead: Floats) -> tuple[Floats, Floats, float]:
    """Return each family's curves over the axis ahead, their weights, and the relative noise."""
    unit = 2.0 ** np.floor(np.log2(y.max()))  # squares of enormous losses would overflow
    y = y / unit
    floors = _FLOORS * y.min()
    shapes = [(x[:, None] ** -_POWERS, ahead[:, None] ** -_POWERS)]
    rates = _RATES / (x[-1] - x[0] + 1)
    shapes.append((np.exp(-x[:, None] * rates), np.exp(-ahead[:, None] * rates)))
    past = np.concatenate([p for p, _ in shapes], axis=1).T[:, None, :]
    future = np.concatenate([f for _, f in shapes], axis=1).T[:, None, :]
    target = y[None, None, :] - floors[None, :, None]
    recent = np.linspace(0.3, 1.0, len(x))  # the latest values say most about what comes
    size = (recent * past * target).sum(-1) / (recent * past * past).sum(-1)
    error = (recent * (target - size[:, :, None] * past) ** 2).sum(-1) / recent.sum()
    noise = max(float(error.min()), (FLOOR_NOISE * float(y[-1])) ** 2)
    # neighbouring values err together, and together with the family: several count as one
    weights = np.exp(-0.5 * (error - error.min()) / noise * _effective(len(x)))
    ahead_values = floors[None, :, None] + size[:, :, None] * future
    offset = y[-3:].mean() - (floors[None, :] + size * past[:, :, -3:].mean(-1))
    curves = ahead_values + offset[:, :, None]
    relative = float(np.sqrt(noise) / y[-1])
    return curves.reshape(-1, len(ahead)) * unit, weights.reshape(-1), relative


def _effective(count: int) -> float:
    return max(1.0, count / 6.0)


def _crossings(curves: Floats, ahead: Floats, bound: float) -> Floats:
    """Return where each curve first lies below the bound, infinite where it does not."""
    is_below = curves < bound
    first = np.argmax(is_below, axis=1)
    before = np.maximum(first - 1, 0)
    rows = np.arange(len(curves))
    fall = curves[rows, before] - curves[rows, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(fall > 0, (curves[rows, before] - bound) / fall, 0.0)
    at = ahead[before] + np.clip(part, 0, 1) * (ahead[first] - ahead[before])
    return np.where(is_below.any(axis=1), at, np.inf)
