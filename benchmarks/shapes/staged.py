"""Healthy trainings with an adversary, stages, likelihoods or a flow: parts of healthy.py.

Each function returns the text of a log.
"""

from __future__ import annotations

import numpy as np

from shapes.course import Course, pair, schedule, sizes
from shapes.dialects import MATCHA, STYLETTS2, VITS, VOCODERS
from shapes.draw import Draw, Floats
from shapes.models import adversarial, flow, put, vits, vocoder
from shapes.noise import train_noise
from shapes.writing import ABSENT, Edit, log


def negative_likelihood(draw: Draw) -> str:
    """A VITS: durations as a likelihood that falls below 0, losses of the game that drift up."""
    course = vits(draw, sizes(draw, (50, 1000), (20, 500), val_each=0))
    low = draw.between(-1.5, -0.2)
    course.train["duration_loss"] = pair(draw, course.sizes, draw.between(1, 3), 1.0)["train"]
    noises = train_noise(draw)
    shift = course.train["duration_loss"].min() - low

    def edit(split: str, _epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["duration_loss"] = values["duration_loss"] - shift
            values["total_loss"] = values["total_loss"] + values["duration_loss"]

    course.noises = noises, noises
    return log(course, VITS, edit)


def annealed_kl(draw: Draw) -> str:
    """A KL weight that is raised over the first part of the run: the total rises with it."""
    course = vits(draw, sizes(draw, (30, 300), (20, 500), val_each=0))
    until = draw.between(0.05, 0.3)
    ramp = np.clip(course.at_train / course.sizes.epochs / until, 0, 1)
    course.train["kl_loss"] = course.train["kl_loss"] * (0.02 + 0.98 * ramp)
    return log(course, VITS)


def late_discriminator(draw: Draw) -> str:
    """A vocoder whose discriminator starts late: 0 or nothing before, then mel jumps."""
    start = draw.between(0.1, 0.7)
    course = vocoder(draw, sizes(draw, (20, 400), (20, 2000), draw.pick([1, 1, 2, 5])), start)
    course.train |= adversarial(draw, len(course.at_train), draw.whole(1, 8))
    factor = draw.pick([1.0, 45.0])
    course.weights = {"mel_loss": factor, "gen_loss": 1.0, "feature_matching_loss": 2.0}
    before = draw.pick([0.0, ABSENT])

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            asleep = epochs <= start * course.sizes.epochs
            game = 1.0 * values["gen_loss"] + 2.0 * values["feature_matching_loss"]
            values["total_loss"] = np.where(
                asleep, values["total_loss"] - game, values["total_loss"]
            )
            for metric in ("gen_loss", "disc_loss", "feature_matching_loss"):
                values[metric] = np.where(asleep, before, values[metric])

    return log(course, draw.pick(VOCODERS), edit)


STAGED = {
    "mono_loss": (0.1, 0.02),
    "s2s_loss": (4.0, 0.5),
    "slm_loss": (3.0, 1.0),
    "dur_loss": (1.3, 0.7),
    "ce_loss": (0.2, 0.04),
    "norm_loss": (3.0, 0.7),
    "F0_loss": (4.2, 1.6),
}
"""Losses of StyleTTS 2 that rest at first: where each begins and ends once it is awake."""
SECOND = frozenset({"dur_loss", "ce_loss", "norm_loss", "F0_loss"})
"""Those of its second stage."""


def stages(draw: Draw) -> str:
    """A StyleTTS 2: losses at exactly 0 until their epoch, then a stage in which mel is higher."""
    course = Course(draw, sizes(draw, (40, 200), (20, 1000)))
    last, begin = course.sizes.epochs, draw.between(0.15, 0.5) * course.sizes.epochs
    second = draw.between(begin / last + 0.1, 0.85) * last
    course.lr = schedule(draw, course.sizes, "constant", 0.0)
    jump = draw.between(0.0, 0.7)
    mel = pair(draw, course.sizes, draw.between(2, 4), draw.between(0.5, 0.7), 0.1)
    for split, epochs in (("train", course.at_train), ("val", course.at_val)):
        again = np.where(epochs > second, jump * np.exp(-(epochs - second) / (0.1 * last)), 0.0)
        mel[split] = mel[split] * (1 + again)
    put(course, "mel_loss", mel)
    course.train |= adversarial(draw, len(course.at_train), 8)
    del course.train["feature_matching_loss"]
    late = {metric: second if metric in SECOND else begin for metric in STAGED}
    for metric, (high, low) in STAGED.items():
        age = np.maximum(course.at_train - late[metric], 0)
        course.train[metric] = low + (high - low) * np.exp(-age / (0.08 * last))
    if draw.chance(0.5):
        course.weights = {m: 1.0 for m in course.train if m.endswith("_loss") and m != "disc_loss"}
    return log(course, STYLETTS2, _asleep(late | {"gen_loss": begin, "disc_loss": begin}))


def _asleep(late: dict[str, float]) -> Edit:
    """Return what makes training losses rest at 0 up to an epoch each, in the total too."""

    def edit(_split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        for metric in [one for one in late if one in values]:
            rests = epochs <= late[metric]
            if "total_loss" in values and metric != "disc_loss":
                values["total_loss"] = values["total_loss"] - np.where(rests, values[metric], 0)
            values[metric] = np.where(rests, 0.0, values[metric])

    return edit


def flat_flow(draw: Draw) -> str:
    """A flow-matching model: the flow loss is flat and noisy, the prior a likelihood below 0."""
    course = flow(draw, sizes(draw, (20, 500), (20, 500)))
    shift = draw.pick([0.0, draw.between(1.5, 3.0)])

    def edit(_split: str, _epochs: Floats, values: dict[str, Floats]) -> None:
        values["prior_loss"] = values["prior_loss"] - shift
        values["total_loss"] = values["total_loss"] - shift

    return log(course, MATCHA, edit)
