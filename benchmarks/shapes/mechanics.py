"""Faults of what moves the weights, and of the machine: gradients, loss scale, rate, time, memory.

Sizes go down to what a person would still act on; the log is that of a healthy acoustic model else.
"""

from __future__ import annotations

import numpy as np

from shapes.course import held
from shapes.dialects import TOLD
from shapes.draw import Draw, Floats
from shapes.faulty import Fault, Faulty, by_name, fault, small, told
from shapes.models import acoustic
from shapes.writing import log


def gradient_turns_nan(draw: Draw) -> Faulty:
    """The gradient norm is NaN from one step on while every loss stays finite."""
    course = acoustic(draw, small(draw, (30, 60)))
    onset = max(draw.between(0.5, 9), 201 / course.sizes.per_epoch)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["grad_norm"] = np.where(epochs > onset, np.nan, values["grad_norm"])

    return told(course, onset, edit)


def scale_collapses(draw: Draw) -> Faulty:
    """The loss scale is halved at every row from one on, down to 1 or far below."""
    course = acoustic(draw, small(draw, (20, 60)))
    course.sizes.every = max(1, min(course.sizes.every, course.sizes.per_epoch // 2))
    course = acoustic(draw, course.sizes)
    onset, low = draw.between(1, 6), draw.pick([0, -8, -14])
    rows = len(course.at_train)
    first = int(np.argmax(course.at_train > onset))
    power = np.clip(16.0 - np.maximum(np.arange(rows) - first, 0), low, 16.0)
    reached = course.at_train[int(np.argmax(power <= 0))]

    def edit(split: str, _epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["amp_scale"] = 2.0**power

    return told(course, float(np.ceil(reached - 1e-9)) - 1, edit)


def sets_back(draw: Draw) -> Faulty:
    """Every training loss lies 27-45 % above its best from one epoch on."""
    course, onset = acoustic(draw, small(draw, (30, 60))), draw.between(6, 14)
    lift = draw.between(0.27, 0.45)
    for values, epochs in course.both():
        for metric in sorted(values.keys() - {"grad_norm", "spectral_convergence"}):
            lifted = np.where(epochs > onset, 1 + lift, 1.0)
            values[metric] = held(values[metric], epochs, onset) * lifted
    return told(course, onset)


def gradient_explodes(draw: Draw) -> Faulty:
    """The gradient norm stands at 25 to 500 times its size for ten to twenty rows."""
    course = acoustic(draw, small(draw, (30, 60)))
    first = int(draw.between(0.3, 0.8) * len(course.at_train))
    first = max(first, 25)
    norm = course.train["grad_norm"]
    norm[first : first + draw.whole(10, 20)] *= draw.scale(25, 500)
    return told(course, float(np.ceil(course.at_train[first] - 1e-9)) - 1)


def rate_dies(draw: Draw) -> Faulty:
    """A schedule made for a part of the plan: the rate rests at 0 or a thousandth, losses too."""
    course = acoustic(draw, small(draw, (50, 80)), "constant")
    onset = draw.between(0.15, 0.4) * course.sizes.epochs
    course.lr = np.where(course.at_train > onset, draw.pick([0.0, 1e-3]), 1.0) * course.lr.max()
    for values, epochs in course.both():
        for metric, curve in values.items():
            values[metric] = held(curve, epochs, onset)
    return Faulty(log(course, TOLD[0]), int(onset) + 1, course.sizes.per_epoch)


def slows_down(draw: Draw) -> Faulty:
    """A step takes 1.6 to 4 times as long from one epoch on."""
    course, onset = acoustic(draw, small(draw, (20, 50))), draw.between(6, 12)
    usual, factor = draw.scale(0.05, 2), draw.scale(1.6, 4)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            noise = np.exp(0.05 * draw.rng.standard_normal(len(epochs)))
            values["step_time"] = usual * np.where(epochs > onset, factor, 1.0) * noise

    return told(course, onset, edit)


def memory_leaks(draw: Draw) -> Faulty:
    """Memory grows by 1.5 to 6 % of its size every epoch."""
    course, pace = acoustic(draw, small(draw, (20, 50))), draw.between(0.015, 0.06)
    usual = draw.between(2, 40)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["gpu_memory"] = usual * (1 + pace * epochs)

    return told(course, 0.0, edit)


def weights_run_away(draw: Draw) -> Faulty:
    """A weight norm grows to 3.5 to 10 times its first value."""
    course, factor = acoustic(draw, small(draw, (20, 50))), draw.between(3.5, 10)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["weight_norm"] = 30.0 * (1 + (factor - 1) * epochs / epochs[-1])

    return told(course, 0.0, edit)


def clips_everything(draw: Draw) -> Faulty:
    """The share of clipped steps climbs to 45-100 %."""
    course, onset = acoustic(draw, small(draw, (20, 50))), draw.between(4, 10)
    share = draw.between(0.5, 1.0)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            noise = 0.04 * draw.rng.standard_normal(len(epochs))
            values["clip_fraction"] = np.clip(np.where(epochs > onset, share, 0.05) + noise, 0, 1)

    return told(course, onset, edit)


MECHANICS: dict[str, Fault] = by_name(
    fault(gradient_turns_nan, "core/non-finite-gradient"),
    fault(scale_collapses, "core/loss-scale-collapse"),
    fault(sets_back, "core/setback", "core/loss-spike core/divergence core/overfit", "all"),
    fault(gradient_explodes, "core/gradient-explosion", "", "all"),
    fault(rate_dies, "core/lr-dead", "tts/no-learning", "all"),
    fault(slows_down, "core/slowdown", "", "all"),
    fault(memory_leaks, "core/memory-growth", "", "all"),
    fault(weights_run_away, "core/weights-run-away", "", "all"),
    fault(clips_everything, "core/clip-saturated", "", "all"),
)
"""The faults by name."""
