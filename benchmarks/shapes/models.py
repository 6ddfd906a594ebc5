"""Trainings of the usual models, all in health; shapes and faults are made from them."""

from __future__ import annotations

import numpy as np

from shapes.course import Course, Sizes, eased, pair, schedule, weighted
from shapes.draw import Draw, Floats

HEADS = (3.0, 25.0)
"""Steps after which durations, pitch, energy and stop have come half of their way."""


def put(course: Course, metric: str, curves: dict[str, Floats]) -> None:
    """Add a loss to both splits of a course."""
    course.train[metric], course.val[metric] = curves["train"], curves["val"]


def acoustic(draw: Draw, sizes: Sizes, kind: str = "", *, is_fresh: bool = True) -> Course:
    """Return a FastSpeech 2 on the guide's losses: mel, durations, pitch, energy, stop.

    Args:
        draw: Where random numbers come from.
        sizes: Its sizes.
        kind: Schedule of its learning rate, drawn where empty.
        is_fresh: False where it goes on from trained weights: its losses begin near their floors.
    """
    course = Course(draw, sizes, lr=schedule(draw, sizes, kind))
    floor = draw.between(0.45, 1.4)
    start = draw.between(3.0, 4.6) if is_fresh else floor * draw.between(1.03, 1.4)
    tail = (0.02, 0.12) if is_fresh else (0.0, 0.02)
    mel = pair(draw, sizes, start, floor, draw.between(0, 0.2), tail=tail)
    gain = draw.between(0, 0.08)
    at_val = np.interp(sizes.val_steps, sizes.train_steps, course.lr)
    mel = {"train": eased(mel["train"], course.lr, gain), "val": eased(mel["val"], at_val, gain)}
    put(course, "mel_loss", mel)
    if draw.chance(0.8):
        high, power = draw.between(0.7, 0.95), draw.between(0.8, 1.05)
        top = 4.0 if is_fresh else 4.0 * draw.between(0.5, 1.2)
        put(
            course,
            "spectral_convergence",
            {s: high * (curve / top) ** power for s, curve in mel.items()},
        )
    course.facts = corpus(draw, sizes.epochs)
    _heads(draw, course, 1.0 if is_fresh else 0.02)
    course.train["grad_norm"] = pair(draw, sizes, draw.between(2, 9), draw.between(0.2, 0.8))[
        "train"
    ]
    course.weights = weighted(course.train)
    return course


def corpus(draw: Draw, epochs: int) -> dict[str, object]:
    """Return how many utterances a run has whose epochs lie within one and a half times its budget.

    The guide gives 50 epochs to 2,200 utterances, and at most four times as many to few. Longer
    runs do not say it.
    """
    most = 20_000 if epochs <= 18 else min(8_800, 165_000 // epochs)
    return {"utterances": draw.size(50, most)} if epochs <= 300 else {}


def _heads(draw: Draw, course: Course, left: float) -> None:
    """Add duration, pitch, energy and mostly a stop head; ``left``: what is left to be learned."""
    ends = {
        "duration_loss": (draw.between(0.45, 0.85), draw.scale(0.008, 0.1), draw.between(0, 2)),
        "pitch_loss": (draw.between(0.015, 0.035), draw.scale(0.002, 0.006), draw.between(0, 0.5)),
        "energy_loss": (draw.between(0.02, 0.045), draw.scale(0.0004, 0.006), draw.between(0, 0.5)),
    }
    if draw.chance(0.6):
        ends["stop_loss"] = (draw.between(0.25, 1.0), draw.scale(2e-4, 0.3), draw.between(0, 1))
    tail = (0.05, 0.3) if left == 1.0 else (0.0, 0.05)
    for metric, (start, floor, gap) in ends.items():
        begin = floor + left * (start - floor)
        put(course, metric, pair(draw, course.sizes, begin, floor, gap, HEADS, tail))


def adversarial(draw: Draw, count: int, discriminators: int) -> dict[str, Floats]:
    """Return losses of a least-squares game at training rows: they drift and settle nowhere."""
    x = np.linspace(0, 1, max(count, 2))[:count]

    def drifting(low: float, high: float, by: float) -> Floats:
        slow = 0.08 * np.sin(2 * np.pi * (draw.between(0.2, 3) * x + draw.between(0, 1)))
        return draw.between(low, high) * (1 + by * x + slow)

    n = discriminators
    return {
        "gen_loss": drifting(0.3 * n, 0.45 * n, draw.between(-0.1, 0.6)),
        "disc_loss": drifting(0.4 * n, 0.55 * n, draw.between(-0.3, 0.1)),
        "feature_matching_loss": drifting(2.0, 4.0, draw.between(0.0, 1.0)),
    }


def vits(draw: Draw, sizes: Sizes) -> Course:
    """Return a VITS: 45 times mel, KL, adversarial losses; it logs no validation losses."""
    course = Course(draw, sizes, lr=schedule(draw, sizes, "exponential", 0.0))
    floor = draw.between(12, 18)
    course.train["mel_loss"] = pair(draw, sizes, draw.between(70, 110), floor)["train"]
    course.train["kl_loss"] = pair(draw, sizes, draw.between(4, 60), draw.between(1.2, 2.6))[
        "train"
    ]
    course.train |= adversarial(draw, len(sizes.train_steps), 6)
    course.weights = dict.fromkeys(
        ("mel_loss", "kl_loss", "gen_loss", "feature_matching_loss"), 1.0
    )
    course.train["grad_norm"] = pair(draw, sizes, draw.scale(50, 900), draw.scale(5, 60))["train"]
    return course


def playing(draw: Draw, sizes: Sizes, discriminators: int) -> Course:
    """Return a run with an adversary from its first step; six discriminators are those of VITS.

    The discriminator loss begins at about its number and comes to rest at about half of it.
    """
    if discriminators == 6:
        course = vits(draw, sizes)
    else:
        course = Course(draw, sizes, lr=schedule(draw, sizes, "exponential", 0.0))
        mel = pair(draw, sizes, draw.between(1.5, 4), draw.between(0.25, 0.7))
        course.train["mel_loss"] = mel["train"]
        course.train |= adversarial(draw, len(sizes.train_steps), discriminators)
        course.weights = {"mel_loss": draw.pick([1.0, 45.0]), "gen_loss": 1.0}
    begun = draw.between(0.0, 1.2) * np.exp(-course.at_train / draw.between(0.05, 2))
    course.train["disc_loss"] = course.train["disc_loss"] * (1 + begun)
    return course


def vocoder(draw: Draw, sizes: Sizes, start: float) -> Course:
    """Return a vocoder whose discriminator starts after a share of the run.

    The mel loss and the spectral convergence jump when it does and come down again.
    """
    course = Course(draw, sizes, lr=schedule(draw, sizes, draw.pick(["exponential", "steps"]), 0.0))
    shock, tail = draw.between(0.02, 0.35), draw.between(0.02, 0.15)
    for metric, high, low in (
        ("mel_loss", draw.between(1.5, 3.0), draw.between(0.2, 0.5)),
        ("spectral_convergence", draw.between(0.8, 1.0), draw.between(0.2, 0.5)),
    ):
        curves = pair(draw, sizes, high, low, draw.between(0, 0.15))
        for split, steps in (("train", sizes.train_steps), ("val", sizes.val_steps)):
            after = steps / sizes.steps - start
            bump = np.where(after > 0, shock * np.exp(-np.maximum(after, 0) / tail), 0.0)
            curves[split] = curves[split] * (1 + bump)
        put(course, metric, curves)
    return course


def tacotron(draw: Draw, sizes: Sizes) -> Course:
    """Return an autoregressive model: mel, gate and an alignment that is found at some step."""
    course = Course(draw, sizes, lr=schedule(draw, sizes))
    put(course, "mel_loss", pair(draw, sizes, draw.between(3, 6), draw.between(0.25, 0.5), 0.1))
    put(course, "stop_loss", pair(draw, sizes, draw.between(0.3, 0.8), draw.scale(2e-3, 0.05), 0.5))
    found = min(draw.scale(1500, 30_000), 0.5 * sizes.steps)
    score = {
        split: 0.08 + 0.7 / (1 + np.exp(-(steps - found) / (0.15 * found)))
        for split, steps in (("train", sizes.train_steps), ("val", sizes.val_steps))
    }
    put(course, "alignment_score", score)
    course.train["grad_norm"] = pair(draw, sizes, draw.between(1, 8), draw.between(0.1, 0.8))[
        "train"
    ]
    course.weights = weighted(course.train)
    return course


def flow(draw: Draw, sizes: Sizes) -> Course:
    """Return a flow-matching model: a flow loss that is flat and noisy, a prior, durations.

    It logs no mel loss; the prior may be a likelihood below 0.
    """
    course = Course(draw, sizes, lr=schedule(draw, sizes, "constant"))
    put(course, "diff_loss", pair(draw, sizes, draw.between(1.5, 2.5), draw.between(1.0, 1.3)))
    put(course, "prior_loss", pair(draw, sizes, draw.between(1.4, 1.9), draw.between(0.95, 1.05)))
    put(course, "duration_loss", pair(draw, sizes, draw.between(0.8, 2.5), draw.between(0.25, 0.5)))
    course.train["grad_norm"] = pair(draw, sizes, draw.between(2, 9), draw.between(0.3, 1.5))[
        "train"
    ]
    course.weights = dict.fromkeys(("diff_loss", "prior_loss", "duration_loss"), 1.0)
    return course
