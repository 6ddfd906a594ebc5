"""Faults of an adversarial game and of latents, in logs of VITS, StyleTTS 2 and vocoders."""

from __future__ import annotations

import numpy as np

from shapes.course import Course, sizes
from shapes.dialects import STYLETTS2, VITS, VOCODERS, Dialect
from shapes.draw import Draw, Floats
from shapes.faulty import Fault, Faulty, by_name, fault
from shapes.models import playing, vits
from shapes.writing import log

SIDES: tuple[tuple[Dialect, int], ...] = ((VITS, 6), (STYLETTS2, 8), (VOCODERS[1], 8))
"""Who logs both sides of the game, with how many discriminators."""


def game(draw: Draw) -> tuple[Course, Dialect, int]:
    """Return a healthy run with an adversary, its trainer, and its number of discriminators."""
    dialect, n = draw.pick(SIDES)
    return playing(draw, sizes(draw, (30, 120), (20, 500), val_each=0), n), dialect, n


def _turned(course: Course, metric: str, onset: float, pace: float, end: float) -> None:
    """Let a loss go from where it is at the onset to an end within some epochs."""
    gone = 1 - np.exp(-np.maximum(course.at_train - onset, 0) / pace)
    course.train[metric] = course.train[metric] + gone * (end - course.train[metric])


def discriminator_wins(draw: Draw) -> Faulty:
    """The discriminator loss falls to a tenth of chance or below, the generator's climbs to N."""
    (course, dialect, n), onset, pace = game(draw), draw.between(4, 12), draw.between(0.5, 4)
    _turned(course, "disc_loss", onset, pace, draw.between(0.01, 0.05) * n)
    _turned(course, "gen_loss", onset, pace, draw.between(0.85, 1.1) * n)
    return Faulty(log(course, dialect), int(onset) + 1, course.sizes.per_epoch)


def mel_is_given_up(draw: Draw) -> Faulty:
    """Mel climbs to 1.5-3 times its best within a few epochs and stays there."""
    (course, dialect, _), onset = game(draw), draw.between(5, 14)
    best = np.interp(onset, course.at_train, course.train["mel_loss"])
    _turned(course, "mel_loss", onset, draw.between(0.3, 3), draw.between(1.5, 3) * best)
    return Faulty(log(course, dialect), int(onset) + 1, course.sizes.per_epoch)


def discriminator_freezes(draw: Draw) -> Faulty:
    """The discriminator's optimizer no longer steps: its logged loss repeats to the last digit."""
    (course, dialect, _), onset = game(draw), draw.between(5, 14)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            disc = values["disc_loss"]
            values["disc_loss"] = np.where(
                epochs > onset, disc[int(np.argmax(epochs > onset))], disc
            )

    return Faulty(log(course, dialect, edit), int(onset) + 1, course.sizes.per_epoch)


def generator_runs_away(draw: Draw) -> Faulty:
    """The generator loss climbs to 1.2-2.5 times what its discriminators can give."""
    (course, dialect, _), onset = game(draw), draw.between(5, 14)
    _turned(course, "gen_loss", onset, draw.between(0.5, 5), 8 * draw.between(1.2, 2.5))
    return Faulty(log(course, dialect), int(onset) + 1, course.sizes.per_epoch)


def latent_collapses(draw: Draw) -> Faulty:
    """The KL divergence of a VITS dies away to 0.0005-0.015 nats."""
    course = vits(draw, sizes(draw, (30, 200), (20, 500), val_each=0))
    onset, low, pace = draw.between(1, 10), draw.scale(5e-4, 0.015), draw.between(0.3, 2)
    epochs, curve = course.at_train, course.train["kl_loss"]
    before = np.interp(np.minimum(epochs, onset), epochs, curve)
    course.train["kl_loss"] = low + (before - low) * np.exp(-np.maximum(epochs - onset, 0) / pace)
    return Faulty(log(course, VITS), int(onset) + 1, course.sizes.per_epoch)


def divergence_climbs(draw: Draw) -> Faulty:
    """The KL divergence of a VITS climbs by 3-10 % of its best every epoch."""
    course = vits(draw, sizes(draw, (60, 120), (20, 500), val_each=0))
    onset, pace = draw.between(8, 20), draw.between(0.03, 0.1)
    epochs, curve = course.at_train, course.train["kl_loss"]
    before = np.interp(np.minimum(epochs, onset), epochs, curve)
    course.train["kl_loss"] = before * (1 + pace * np.maximum(epochs - onset, 0))
    return Faulty(log(course, VITS), int(onset) + 1, course.sizes.per_epoch)


PLAYERS: dict[str, Fault] = by_name(
    fault(discriminator_wins, "gan/disc-wins gan/gen-helpless", "core/divergence"),
    fault(mel_is_given_up, "gan/mel-lost", "core/divergence core/loss-spike"),
    fault(discriminator_freezes, "gan/game-frozen", "core/clamped"),
    fault(generator_runs_away, "gan/gen-runaway", "core/divergence", "all"),
    fault(latent_collapses, "vae/posterior-collapse"),
    fault(divergence_climbs, "vae/kl-climbs", "core/divergence core/setback", "all"),
)
"""The faults by name."""
