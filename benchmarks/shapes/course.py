"""A training as it truly goes: its sizes, its learning rate and the true value of each loss.

A loss of a healthy run falls as a power of the steps towards a floor, a little faster while the
learning rate is lowered, as the real runs that ship do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from shapes.draw import Draw, Floats
from shapes.noise import Noise, train_noise, val_noise

MOST_ROWS = 1200
SCHEDULES = ("constant", "cosine", "exponential", "inverse-root", "steps", "linear")


@dataclass
class Sizes:
    """How long a run is and how often it logs.

    Attributes:
        epochs: Epochs it runs.
        per_epoch: Steps of an epoch.
        every: Steps from one training row to the next.
        val_each: Epochs from one validation to the next, 0 for none.
    """

    epochs: int
    per_epoch: int
    every: int
    val_each: int = 1

    @property
    def steps(self) -> int:
        """Return the last step."""
        return self.epochs * self.per_epoch

    @property
    def train_steps(self) -> Floats:
        """Return the steps of the training rows."""
        return np.arange(self.every, self.steps + 1, self.every, dtype=np.float64)

    @property
    def val_steps(self) -> Floats:
        """Return the steps of the validation rows."""
        if not self.val_each:
            return np.zeros(0)
        ends = np.arange(self.val_each, self.epochs + 1, self.val_each, dtype=np.float64)
        return ends * self.per_epoch


def sizes(
    draw: Draw,
    epochs: tuple[int, int] = (15, 300),
    per_epoch: tuple[int, int] = (5, 3000),
    val_each: int = 1,
) -> Sizes:
    """Return drawn sizes; a training row every 1, 5, 10, 50, 100, 200 steps or a few an epoch."""
    count, each = draw.size(*epochs), draw.size(*per_epoch)
    usual = [n for n in (1, 5, 10, 20, 50, 100, 200, 500) if n <= each]
    every = draw.pick(usual)
    while count * each / every > MOST_ROWS:
        every *= 2
    return Sizes(count, each, min(every, each), val_each)


@dataclass
class Course:
    """A run before it is logged.

    Attributes:
        draw: Where its random numbers come from.
        sizes: Its sizes.
        train: True value of each loss at the training rows.
        val: True value of each loss at the validation rows.
        lr: Learning rate at the training rows, empty where it is not logged.
        weights: Weight of each loss in the total, empty where no total is logged.
        noises: Noise of the training and the validation rows.
        facts: What a header says of it.
    """

    draw: Draw
    sizes: Sizes
    train: dict[str, Floats] = field(default_factory=dict)
    val: dict[str, Floats] = field(default_factory=dict)
    lr: Floats = field(default_factory=lambda: np.zeros(0))
    weights: dict[str, float] = field(default_factory=dict)
    noises: tuple[Noise, Noise] | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @cached_property
    def digits(self) -> int | None:
        """Return to how many decimals its trainer rounds, None where it does not."""
        return self.draw.pick([None, None, 6, 5])

    @property
    def at_train(self) -> Floats:
        """Return the epochs passed at the training rows."""
        return self.sizes.train_steps / self.sizes.per_epoch

    @property
    def at_val(self) -> Floats:
        """Return the epochs passed at the validation rows."""
        return self.sizes.val_steps / self.sizes.per_epoch

    def both(self) -> tuple[tuple[dict[str, Floats], Floats], tuple[dict[str, Floats], Floats]]:
        """Return values and epochs of training and validation."""
        return (self.train, self.at_train), (self.val, self.at_val)

    def logged(self) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Return training and validation values with noise, totals and the learning rate."""
        noises = self.noises or (train_noise(self.draw), val_noise(self.draw))
        ease = self._ease()
        at = np.interp(self.sizes.val_steps, self.sizes.train_steps, ease)
        train = noises[0].onto(self.draw, self.train, ease)
        val = noises[1].onto(self.draw, self.val, at)
        for split in (train, val):
            parts = [self.weights[m] * split[m] for m in self.weights if m in split]
            if parts:
                split["total_loss"] = np.sum(parts, axis=0)
        if len(self.lr):
            train["lr"] = self.lr
        return train, val

    def _ease(self) -> Floats:
        """Return how much of the noise is left as the learning rate falls."""
        if not len(self.lr) or not self.draw.chance(0.5):
            return np.ones(len(self.sizes.train_steps))
        return 0.4 + 0.6 * np.clip(self.lr / self.lr.max(), 0, 1)


def schedule(draw: Draw, sizes: Sizes, kind: str = "", warm: float | None = None) -> Floats:
    """Return the learning rate at the training rows, warmed up over a share of the run."""
    kind = kind or draw.pick(SCHEDULES)
    x = sizes.train_steps / sizes.steps
    warm = draw.pick([0.0, draw.between(0.005, 0.1)]) if warm is None else warm
    after = np.clip((x - warm) / (1 - warm), 0, 1)
    peak, end = draw.scale(1e-4, 3e-3), draw.scale(1e-3, 0.2)
    curve = {
        "constant": np.ones_like(x),
        "cosine": end + (1 - end) * 0.5 * (1 + np.cos(np.pi * after)),
        "exponential": end**after,
        "inverse-root": 1 / np.sqrt(1 + after * draw.between(5, 100)),
        "steps": 0.3 ** np.floor(after * draw.whole(2, 4)),
        "linear": 1 - (1 - end) * after,
    }[kind]
    return peak * curve * (np.clip(x / warm, 0.01, 1) if warm else 1.0)


def eased(curve: Floats, lr: Floats, share: float) -> Floats:
    """Return a loss that is lower by a share of itself where the learning rate is low."""
    return curve * (1 + share * (lr / lr.max())) if len(lr) else curve


def pair(
    draw: Draw,
    sizes: Sizes,
    start: float,
    floor: float,
    gap: float = 0.0,
    pace: tuple[float, float] = (15, 80),
    tail: tuple[float, float] = (0.02, 0.12),
) -> dict[str, Floats]:
    """Return a loss at training and validation rows, the latter by ``gap`` higher in the end.

    It falls from ``start`` to ``floor`` as a power of the steps; after ``pace`` steps (a drawn
    range) it has come about half of the way. The floor itself goes on falling slowly, as a power
    ``tail`` of the steps: no loss of the real runs comes to rest, but for its overfitting.
    """
    half, power, slow = draw.scale(*pace), draw.between(0.55, 0.95), draw.between(*tail)
    at = {"train": sizes.train_steps, "val": sizes.val_steps}
    lift = {"train": 0.0, "val": gap}
    return {
        split: (floor * (1 + lift[split]) + (start - floor) * (1 + steps / half) ** -power)
        * (1 + steps / half) ** -slow
        for split, steps in at.items()
    }


def held(curve: Floats, epochs: Floats, onset: float) -> Floats:
    """Return a curve that keeps, after the onset, the value it had there."""
    return np.interp(np.minimum(epochs, onset), epochs, curve)


def weighted(metrics: Mapping[str, Floats]) -> dict[str, float]:
    """Return weight 1 for every loss: the total is their plain sum."""
    return {m: 1.0 for m in metrics if m.endswith("_loss")}
