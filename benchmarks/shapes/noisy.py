"""Healthy trainings among much noise, and logs of every length: what smooth curves do not test.

Validation on a few items scatters by 5 to 35 % of its level, stays high or low for a while where
the weights are averaged or the order of the items is kept, and has outliers both ways.
"""

from __future__ import annotations

import json

import numpy as np

from shapes.course import sizes
from shapes.dialects import ACOUSTIC, TOLD
from shapes.draw import Draw, Floats
from shapes.models import acoustic
from shapes.noise import Noise, train_noise, val_noise
from shapes.writing import log

LEAST, MOST = 0.05, 0.35
"""Standard deviations of the logarithm of a validation value."""


def even(size: float, autocorrelation: float = 0.0, *, is_heavy: bool = False) -> Noise:
    """Return noise of one size on every loss."""
    names = ("mel", "duration", "pitch", "energy", "stop", "total")
    ranges = {f"{name}_loss": (size, size) for name in names}
    ranges |= {"spectral_convergence": (size, size), "grad_norm": (0.1, 0.35)}
    return Noise(ranges, 1.0, autocorrelation, 0.7, is_heavy)


def scattered_validation(draw: Draw) -> str:
    """Validation that scatters by 5 to 35 % about its curve."""
    course = acoustic(draw, sizes(draw, (20, 300)))
    course.noises = train_noise(draw), even(draw.scale(LEAST, MOST), is_heavy=draw.chance(0.3))
    return log(course, draw.pick(ACOUSTIC))


def wandering_validation(draw: Draw) -> str:
    """Validation that scatters and stays high or low for some looks."""
    course = acoustic(draw, sizes(draw, (20, 300)))
    rho = draw.between(0.3, 0.7)
    course.noises = train_noise(draw), even(draw.scale(LEAST, MOST), rho)
    return log(course, draw.pick(ACOUSTIC))


def outlying_validation(draw: Draw) -> str:
    """Validation with outliers both ways, alone or two in a row, up to a factor of four."""
    course, share = acoustic(draw, sizes(draw, (20, 300))), draw.between(0.01, 0.1)
    course.noises = train_noise(draw), val_noise(draw, draw.scale(1, 6))

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val":
            hit = draw.rng.random(len(epochs)) < share
            hit |= np.append(False, hit[:-1]) & (draw.rng.random(len(epochs)) < 0.3)
            hit[2:] &= ~(hit[1:-1] & hit[:-2])  # a third in a row is a level
            off = np.where(hit, draw.rng.uniform(-1.4, 1.4, len(epochs)), 0.0)
            for metric in values:
                values[metric] = values[metric] * np.exp(off)

    return log(course, draw.pick(ACOUSTIC), edit)


def flat_and_noisy(draw: Draw) -> str:
    """A run that has learned what it can: flat from its first record on, among noise."""
    course = acoustic(draw, sizes(draw, (20, 300)), is_fresh=False)
    for values, _ in course.both():
        for metric, curve in values.items():
            values[metric] = np.full_like(curve, curve[-1] if len(curve) else 1.0)
    course.facts["fine_tuned_from"] = "base.pt"
    course.noises = even(draw.scale(LEAST, MOST)), even(draw.scale(LEAST, MOST))
    return log(course, draw.pick(ACOUSTIC))


def scattered_training(draw: Draw) -> str:
    """Single batches: training rows that scatter by 5 to 35 %, by steps alone."""
    course = acoustic(draw, sizes(draw, (20, 100), (20, 2000)))
    course.noises = even(draw.scale(LEAST, MOST), is_heavy=draw.chance(0.3)), val_noise(draw)
    return log(course, ACOUSTIC[3])


def short_log(draw: Draw) -> str:
    """A dozen to sixty records, some of them of validation."""
    size = sizes(draw, (3, 15), (4, 40))
    size.every = max(1, size.steps // draw.whole(12, 50))
    course = acoustic(draw, size)
    course.noises = train_noise(draw), val_noise(draw, draw.scale(1, 20))
    return log(course, draw.pick(ACOUSTIC))


def long_log(draw: Draw) -> str:
    """Some thousand records of a run by steps."""
    size = sizes(draw, (30, 100), (200, 2000))
    size.every = max(1, size.steps // draw.whole(3000, 6000))
    course = acoustic(draw, size)
    course.noises = even(draw.scale(0.01, 0.2)), val_noise(draw, draw.scale(1, 12))
    return log(course, ACOUSTIC[3])


def head_wakes(draw: Draw) -> str:
    """A head that reads 0 until its stage begins, then learns; the total climbs by its loss."""
    course = acoustic(draw, sizes(draw, (20, 200)))
    onset = draw.between(0.1, 0.6) * course.sizes.epochs
    size, pace = draw.between(0.2, 2.0), draw.between(0.02, 0.2) * course.sizes.epochs
    for values, epochs in course.both():
        past = epochs - onset
        awake = size * (0.4 + 0.6 * np.exp(-np.maximum(past, 0) / pace))
        values["ssim_loss"] = np.where(past > 0, awake, 0.0)
    course.weights["ssim_loss"] = 1.0
    return log(course, draw.pick(TOLD))


def steep_restarts(draw: Draw) -> str:
    """Warm restarts that lift every loss by 10 to 35 %, each for less than the last."""
    course = acoustic(draw, sizes(draw, (30, 300)), "constant")
    rounds, jump = draw.whole(2, 6), draw.between(0.1, 0.35)
    turn = course.at_train / course.sizes.epochs * rounds
    course.lr = course.lr.max() * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * (turn % 1))))
    for values, epochs in course.both():
        turn = epochs / course.sizes.epochs * rounds
        lift = np.where(turn < 1, 0.0, jump * 0.8 ** np.floor(turn) * np.exp(-4 * (turn % 1)))
        for metric in sorted(values.keys() - {"grad_norm"}):
            values[metric] = values[metric] * (1 + lift)
    return log(course, draw.pick(ACOUSTIC))


def one_loss(draw: Draw) -> str:
    """A generic trainer: ``loss`` by steps, ``eval_loss`` now and then, noisy both."""
    count, each = draw.size(40, 1000), draw.whole(2, 25)
    steps = np.arange(1, count + 1) * draw.pick([1, 10, 50, 500])
    x = np.arange(count) / draw.between(5, 100)
    curve = draw.scale(0.05, 5) * (draw.between(0.2, 0.9) + (1 + x) ** -draw.between(0.4, 1.0))
    train = curve * np.exp(draw.scale(0.01, 0.3) * draw.noise(count, 0.0, is_heavy=True))
    rho = draw.pick([0.0, 0.0, draw.between(0, 0.5)])
    shift = draw.scale(0.005, 0.2) * draw.noise(count, rho, is_heavy=draw.chance(0.3))
    val = curve * (1 + draw.between(0, 0.3)) * np.exp(shift)
    rows: list[dict[str, float]] = []
    for i, step in enumerate(steps.tolist()):
        rows.append({"step": step, "loss": train[i], "learning_rate": 1e-4})
        if i % each == each - 1:
            rows.append({"step": step, "eval_loss": val[i]})
    return "".join(json.dumps(row) + "\n" for row in rows)


NOISY = (
    scattered_validation,
    wandering_validation,
    outlying_validation,
    flat_and_noisy,
    scattered_training,
    short_log,
    long_log,
    head_wakes,
    steep_restarts,
    one_loss,
)
