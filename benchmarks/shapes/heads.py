"""Faults of single heads: durations, pitch, energy, lengths, attention, samples."""

from __future__ import annotations

import numpy as np

from shapes.course import held, sizes
from shapes.dialects import TOLD
from shapes.draw import Draw, Floats
from shapes.faulty import Fault, Faulty, by_name, fault, small, told
from shapes.models import acoustic, tacotron
from shapes.writing import log

PLAIN = TOLD[1]
"""A trainer that says nothing of its corpus, so that the guide's epochs hold."""


def durations_diverge(draw: Draw) -> Faulty:
    """Durations climb to 2-6 times their best within a few epochs, nothing else does."""
    course, onset = acoustic(draw, small(draw, (30, 60))), draw.between(6, 14)
    factor, pace = draw.scale(2, 6), draw.between(0.3, 3)
    for values, epochs in course.both():
        gone = 1 - np.exp(-np.maximum(epochs - onset, 0) / pace)
        before = held(values["duration_loss"], epochs, onset)
        values["duration_loss"] = before * (1 + (factor - 1) * gone)
    course.weights["duration_loss"] = 0.1
    return told(course, onset)


def _raw(draw: Draw, metric: str, low: float, high: float) -> Faulty:
    """Return a log in which a head fits raw values: its loss ends at 1.1-3 times a bound."""
    course = acoustic(draw, sizes(draw, (15, 50), (60, 500)))
    scale = draw.scale(low, high) / course.train[metric][-1]
    for values, _ in course.both():
        values[metric] = values[metric] * scale
    return told(course, 1000 / course.sizes.per_epoch)


def pitch_in_hertz(draw: Draw) -> Faulty:
    """Pitch was not normalised: its loss ends at 13-60."""
    return _raw(draw, "pitch_loss", 13, 60)


def energy_raw(draw: Draw) -> Faulty:
    """Energy was not normalised: its loss ends at 6.5-40."""
    return _raw(draw, "energy_loss", 6.5, 40)


def lengths_off(draw: Draw) -> Faulty:
    """Predicted clips settle at 0.4-0.7 or 1.4-2 times the true length."""
    course = acoustic(draw, small(draw, (30, 60)))
    end = draw.pick([draw.between(0.4, 0.7), draw.between(1.4, 2)])
    course.val["length_ratio"] = end + (0.2 - end) * np.exp(-course.at_val / draw.between(0.5, 4))
    return Faulty(log(course, PLAIN), 21, course.sizes.per_epoch)


def attention_never(draw: Draw) -> Faulty:
    """An autoregressive model that copies the frame before: mel falls, no alignment is found."""
    course = tacotron(draw, sizes(draw, (30, 80), (1200, 3000)))
    level = draw.between(0.03, 0.16)
    for values, epochs in course.both():
        values["alignment_score"] = np.full(len(epochs), level)
    onset = 40_000 / course.sizes.per_epoch
    return told(course, onset)


def attention_lost(draw: Draw) -> Faulty:
    """An alignment that was found is lost within a few epochs."""
    course = tacotron(draw, sizes(draw, (40, 80), (500, 2000)))
    onset, left, pace = draw.between(15, 28), draw.between(0.2, 0.6), draw.between(0.5, 3)
    for values, epochs in course.both():
        gone = 1 - np.exp(-np.maximum(epochs - onset, 0) / pace)
        values["alignment_score"] = 0.8 * (1 - np.exp(-epochs / 3)) * (1 - (1 - left) * gone)
    return told(course, onset)


def pitch_error_stuck(draw: Draw) -> Faulty:
    """The error of pitch on validation clips does not move while mel falls."""
    course, level = acoustic(draw, small(draw, (30, 60))), draw.between(15, 60)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val":
            noise = 1 + 2e-4 * draw.rng.standard_normal(len(epochs))
            values["f0_rmse"] = level * noise

    return told(course, 0.0, edit)


def samples_blur(draw: Draw) -> Faulty:
    """Samples lose 3-8 % of their sharpness an epoch while mel goes on falling."""
    course, onset = acoustic(draw, small(draw, (30, 60))), draw.between(6, 10)
    pace = draw.between(0.03, 0.08)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val":
            noise = 1 + 0.005 * draw.rng.standard_normal(len(epochs))
            past = np.maximum(epochs - onset, 0)
            values["sharpness"] = (0.75 - 0.3 * np.exp(-epochs / 3)) * np.exp(-pace * past) * noise
            mel = values["mel_loss"]
            values["mel_loss"] = mel * np.exp(-0.01 * past)

    return told(course, onset, edit)


def weights_missing(draw: Draw) -> Faulty:
    """A fine-tuning whose weights were not loaded: mel begins at 2.4 or above."""
    course = acoustic(draw, sizes(draw, (15, 50), (60, 500)))
    course.sizes.every = max(1, min(course.sizes.every, course.sizes.per_epoch // 10))
    course = acoustic(draw, course.sizes)
    lift = np.maximum(2.4 * np.exp(-course.at_train / 6), 0)
    course.train["mel_loss"] = course.train["mel_loss"] + lift
    course.facts["fine_tuned_from"] = "base.pt"
    return Faulty(log(course, TOLD[0]), 1, course.sizes.per_epoch)


HEADS: dict[str, Fault] = by_name(
    fault(durations_diverge, "tts/duration-diverges", "core/divergence core/loss-spike", "all"),
    fault(pitch_in_hertz, "tts/pitch-unnormalised"),
    fault(energy_raw, "tts/energy-unnormalised"),
    fault(lengths_off, "tts/length-far-off"),
    fault(attention_never, "tts/alignment-none"),
    fault(attention_lost, "tts/alignment-lost", "tts/alignment-none", "all"),
    fault(pitch_error_stuck, "tts/f0-frozen", "", "all"),
    fault(samples_blur, "tts/sharpness-falls", "", "all"),
    fault(weights_missing, "finetune/weights-not-loaded", "", "all"),
)
"""The faults by name."""
