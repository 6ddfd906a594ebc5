"""How noisy the logs of a run are, drawn from what real logs show.

The ranges are those of the real runs that ``scripts/measure_noise.py`` measures (docs/alarms.md has
the table), each widened on both sides. They are standard deviations of the logarithm of a value
about its own smooth curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shapes.draw import Draw, Floats

TRAIN: Mapping[str, tuple[float, float]] = {
    "mel_loss": (0.004, 0.02),
    "spectral_convergence": (0.007, 0.025),
    "duration_loss": (0.02, 0.25),
    "pitch_loss": (0.015, 0.12),
    "energy_loss": (0.015, 0.08),
    "stop_loss": (0.04, 0.14),
    "grad_norm": (0.03, 0.35),
}
"""Of training values, as logged: means of ten steps, or single batches."""
VAL: Mapping[str, tuple[float, float]] = {
    "mel_loss": (0.0007, 0.006),
    "spectral_convergence": (0.0007, 0.006),
    "duration_loss": (0.003, 0.03),
    "pitch_loss": (0.001, 0.025),
    "energy_loss": (0.001, 0.03),
    "stop_loss": (0.002, 0.12),
}
"""Of validation values."""
OTHERS = (0.01, 0.08)
"""Of losses that the real logs do not have (adversarial, flow, alignment)."""
MEASURED_AUTOCORRELATION = 0.3
"""Largest autocorrelation at lag 1 about the smooth curves of real logs."""


@dataclass(frozen=True)
class Noise:
    """Noise of one split of one run.

    Attributes:
        ranges: Standard deviation by metric, as drawn ranges.
        size: What all standard deviations are multiplied by.
        autocorrelation: At lag 1.
        shared: Share of the variance that all heads have in common: the same utterances, the same
            weights. Mel and spectral convergence share more than others.
        is_heavy: Whether its tails are heavy.
    """

    ranges: Mapping[str, tuple[float, float]]
    size: float
    autocorrelation: float
    shared: float
    is_heavy: bool

    def onto(self, draw: Draw, values: Mapping[str, Floats], ease: Floats) -> dict[str, Floats]:
        """Return the values as they are logged.

        Args:
            draw: Where random numbers come from.
            values: True values by metric, each of shape ``(n,)``.
            ease: What the noise is multiplied by at each point (it falls with the learning rate).
        """
        common = draw.noise(len(ease), self.autocorrelation, is_heavy=self.is_heavy)
        found = {}
        for metric, curve in values.items():
            own = draw.noise(len(ease), self.autocorrelation, is_heavy=self.is_heavy)
            near = metric in ("mel_loss", "spectral_convergence")
            shared = self.shared if near else 0.3 * self.shared
            mixed = np.sqrt(shared) * common + np.sqrt(1 - shared) * own
            found[metric] = curve * np.exp(self._size(draw, metric) * mixed * ease)
        return found

    def _size(self, draw: Draw, metric: str) -> float:
        return self.size * draw.scale(*self.ranges.get(metric, OTHERS))


def train_noise(draw: Draw, size: float = 1.0) -> Noise:
    """Return the noise of training rows."""
    rho = draw.pick([0.0, 0.0, draw.between(0, MEASURED_AUTOCORRELATION)])
    return Noise(TRAIN, size, rho, draw.between(0.1, 0.9), draw.chance(0.5))


def val_noise(draw: Draw, size: float = 1.0) -> Noise:
    """Return the noise of validation rows: the utterances are the same each time."""
    rho = draw.pick([0.0, draw.between(0, MEASURED_AUTOCORRELATION), draw.between(0, 0.5)])
    return Noise(VAL, size, rho, draw.between(0.5, 0.98), draw.chance(0.5))
