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

from collections.abc import Callable
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
    crossings, weights, noise = _fit(x, y)
    tail = (1 - COVERAGE) / 2
    low, middle, high = (
        _quantile(crossings(bound * factor), weights, share)
        for factor, share in ((1 + noise, tail), (1.0, 0.5), (1 - noise, 1 - tail))
    )
    return Projection(middle, low, high)


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order[min(int(reached.searchsorted(share)), len(order) - 1)]])


def _fit(x: Floats, y: Floats) -> tuple[Callable[[float], Floats], Floats, float]:
    """Return what each family's curves through values come to.

    Every curve is ``offset + size x shape``, anchored at the mean of the last three values: 48
    shapes, each with every floor; ``k`` curves.

    Returns:
        A function of a bound: where each curve comes below it, infinite beyond eight times the
        axis, shape ``(k,)``. The weight of each curve, same shape. The noise as a share of the
        level.
    """
    unit = 2.0 ** np.floor(np.log2(y.max()))  # squares of enormous losses would overflow
    y = y / unit
    floors = _FLOORS * y.min()
    powers, rates = _POWERS[:, None], _RATES[:, None] / (x[-1] - x[0] + 1)
    shapes = np.concatenate([(x / x[-1]) ** -powers, np.exp((x[-1] - x) * rates)])  # 1 at the last
    target = y - floors[:, None]
    recent = np.linspace(0.3, 1.0, len(x))  # the latest values say most about what comes
    both, squares = (recent * shapes) @ target.T, ((recent * shapes**2).sum(1))[:, None]
    size = both / squares
    error = ((recent * target**2).sum(1) - 2 * size * both + size**2 * squares) / recent.sum()
    noise = max(float(error.min()), (FLOOR_NOISE * float(y[-1])) ** 2)
    # neighbouring values err together, and together with the family: several count as one
    weights = np.exp(-0.5 * (error - error.min()) / noise * max(1.0, len(x) / 6.0))
    offset = y[-3:].mean() - size * shapes[:, -3:].mean(1)[:, None]
    noise = float(np.sqrt(noise) / y[-1])
    offset, size, last = offset * unit, size * unit, float(x[-1])

    def crossings(bound: float) -> Floats:
        with np.errstate(all="ignore"):
            shape = (bound - offset) / size
            half = len(powers)
            of_powers = last * shape[:half] ** (-1 / powers)
            at = np.concatenate([of_powers, last - np.log(shape[half:]) / rates])
            is_below = offset + size < bound
        comes = (size > 0) & (shape > 0) & (at <= last * _FURTHEST)
        return np.where(is_below, last, np.where(comes, at, np.inf)).ravel()

    return crossings, weights.ravel(), noise
