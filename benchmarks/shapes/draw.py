"""Random numbers of one log, and noise as real logs have it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
T = TypeVar("T")

TAIL = 5
"""Degrees of freedom of the heavy-tailed noise (Student's t): a kurtosis near 9."""
FARTHEST = 6.0
"""Largest noise, in standard deviations: beyond it a value is an event, not noise."""


class Draw:
    """Draws the sizes, curves and noise of one log.

    Args:
        name: Name of the shape; shapes of one seed have nothing in common.
        seed: Seed, at least 0.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.rng = np.random.default_rng([zlib.crc32(name.encode()), seed])

    def between(self, low: float, high: float) -> float:
        """Return a number between two bounds, all alike."""
        return float(self.rng.uniform(low, high))

    def scale(self, low: float, high: float) -> float:
        """Return a number between two positive bounds, all orders of size alike."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def whole(self, low: int, high: int) -> int:
        """Return an integer between two bounds, both included."""
        return int(self.rng.integers(low, high + 1))

    def size(self, low: int, high: int) -> int:
        """Return an integer between two bounds, all orders of size alike."""
        return round(self.scale(low, high))

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several."""
        return choices[self.whole(0, len(choices) - 1)]

    def chance(self, share: float) -> bool:
        """Return true in a share of all draws."""
        return bool(self.rng.random() < share)

    def noise(self, count: int, autocorrelation: float, *, is_heavy: bool) -> Floats:
        """Return noise of variance 1, autoregressive of order 1, shape ``(count,)``."""
        if is_heavy:
            shocks = self.rng.standard_t(TAIL, count) / np.sqrt(TAIL / (TAIL - 2))
        else:
            shocks = self.rng.standard_normal(count)
        shocks = np.clip(shocks, -FARTHEST, FARTHEST)
        if not autocorrelation or not count:
            return shocks
        kept, fresh = autocorrelation, float(np.sqrt(1 - autocorrelation**2))
        state, values = float(shocks[0]), [float(shocks[0])]
        for shock in shocks[1:].tolist():
            state = kept * state + fresh * shock
            values.append(state)
        return np.array(values)
