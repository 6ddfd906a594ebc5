"""Trainings that went wrong: a function a fault, with what counts as naming its cause.

Sizes are those of real faults where there are any (the runs that ship, the issues of trainers), and
smaller ones down to what a person would still act on.
"""

from __future__ import annotations

import numpy as np

from shapes.course import held, sizes
from shapes.dialects import TOLD
from shapes.draw import Draw, Floats
from shapes.faulty import Fault, Faulty, by_name, fault, small, told, whole
from shapes.heads import HEADS
from shapes.mechanics import MECHANICS
from shapes.models import acoustic
from shapes.players import PLAYERS
from shapes.writing import log


def smoothing_creeps(draw: Draw) -> Faulty:
    """Over-smoothing that creeps in: mel goes on falling, spectral convergence stays or rises."""
    course, onset = whole(draw, small(draw)), float(draw.whole(6, 15))
    fall, rise = draw.between(0.01, 0.04), draw.pick([0.0, draw.between(0.002, 0.02)])
    for values, epochs in course.both():
        past = np.maximum(epochs - onset, 0)
        before = held(values["mel_loss"], epochs, onset)
        values["mel_loss"] = before * (0.5 + 0.5 * np.exp(-2 * fall * past))
        before = held(values["spectral_convergence"], epochs, onset)
        values["spectral_convergence"] = before * (1 + rise * past)
    return told(course, onset)


def smoothing_steps(draw: Draw) -> Faulty:
    """Over-smoothing that steps in (targets become blurred): mel drops, convergence jumps up."""
    course, onset = whole(draw, small(draw)), float(draw.whole(6, 15))
    drop, jump, pace = draw.between(0.2, 0.5), draw.between(0.08, 0.5), draw.between(0.5, 4)
    for values, epochs in course.both():
        gone = 1 - np.exp(-np.maximum(epochs - onset, 0) / pace)
        for metric, by in (("mel_loss", -drop), ("spectral_convergence", jump)):
            before = held(values[metric], epochs, onset)
            values[metric] = before * (1 + by * gone)
    return told(course, onset)


def energy_stuck(draw: Draw) -> Faulty:
    """Energy stays where it is once duration is learned: it drifts by 5 % down to 60 % up."""
    course = acoustic(draw, small(draw, (15, 40)))
    crossed = course.at_val[int(np.argmax(course.val["duration_loss"] < 0.3))]
    drift = draw.between(-0.05, 0.6)
    for values, epochs in course.both():
        x = np.clip((epochs - crossed) / (course.sizes.epochs - crossed), 0, 1)
        values["energy_loss"] = held(values["energy_loss"], epochs, crossed) * (1 + drift * x)
    return told(course, crossed - 1)


def duration_stuck(draw: Draw) -> Faulty:
    """Durations that cannot be learned: validation stays above 0.3, mel goes on falling."""
    course = acoustic(draw, sizes(draw, (20, 50), (10, 150)))
    level, drift = draw.between(0.32, 0.6), draw.between(-0.08, 0.25)
    for values, epochs in course.both():
        part = 1.0 if values is course.val else draw.between(0.35, 1.0)
        x = epochs / course.sizes.epochs
        start = np.maximum(values["duration_loss"], level * part)
        values["duration_loss"] = np.where(
            start > level * part, start, level * part * (1 + drift * x)
        )
    return told(course, 0.0)


def overfits(draw: Draw) -> Faulty:
    """Validation mel climbs from its best by 4-20 % while training mel goes on falling."""
    slope = draw.scale(0.001, 0.01)
    total = draw.between(0.05, 0.2)
    onset = float(draw.whole(8, 40))
    course = acoustic(draw, sizes(draw, (int(onset + total / slope) + 5,) * 2, (5, 150)))
    fall = draw.between(0.003, 0.02)
    for values, epochs in course.both():
        past = np.maximum(epochs - onset, 0)
        for metric in sorted({"mel_loss", "spectral_convergence"} & values.keys()):
            before = held(values[metric], epochs, onset)
            gain = 0.4 + 0.6 * np.exp(-fall / 0.6 * past)
            values[metric] = before * (1 + slope * past if values is course.val else gain)
    return told(course, onset)


def diverges(draw: Draw) -> Faulty:
    """Every loss leaves its best by 60 % to tenfold within a few epochs and stays there."""
    course, onset = acoustic(draw, small(draw, (20, 60))), draw.between(4, 14)
    factor, pace = draw.scale(1.6, 10), draw.between(0.2, 4)
    for values, epochs in course.both():
        gone = 1 - np.exp(-np.maximum(epochs - onset, 0) / pace)
        for metric in sorted(values.keys() - {"grad_norm"}):
            values[metric] = held(values[metric], epochs, onset) * (1 + (factor - 1) * gone)
    return told(course, onset)


def turns_nan(draw: Draw) -> Faulty:
    """All losses are NaN from one step on."""
    course, onset = acoustic(draw, small(draw, (10, 60))), draw.between(0.1, 9)

    def edit(_split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        for metric in sorted(values.keys() - {"lr"}):
            values[metric] = np.where(epochs > onset, np.nan, values[metric])

    return told(course, onset, edit)


def turns_infinite(draw: Draw) -> Faulty:
    """A clip with log(0): mel and the total are infinite now and then, training goes on."""
    course, onset = acoustic(draw, small(draw, (10, 60))), draw.between(0.1, 9)
    share = draw.between(0.05, 0.5)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            hit = (epochs > onset) & (draw.rng.random(len(epochs)) < share)
            hit[int(np.argmax(epochs > onset))] = True
            for metric in ("mel_loss", "total_loss"):
                values[metric] = np.where(hit, np.inf, values[metric])

    return told(course, onset, edit)


def reads_zero(draw: Draw) -> Faulty:
    """One to five epochs in which bad batches were masked away: mel or all losses read 0."""
    course, onset = acoustic(draw, small(draw, (15, 60))), float(draw.whole(4, 10))
    count, heads = draw.whole(1, 5), draw.pick([("mel_loss",), ("mel_loss", "duration_loss")])

    def edit(_split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        hit = (epochs > onset) & (epochs <= onset + count)
        for metric in heads:
            values[metric] = np.where(hit, 0.0, values[metric])

    return told(course, onset, edit)


def freezes(draw: Draw) -> Faulty:
    """The optimizer no longer steps: validation repeats to the last digit, or all losses do."""
    course, onset = acoustic(draw, small(draw, (25, 60))), float(draw.whole(4, 12))
    is_whole = draw.chance(0.5)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val" or is_whole:
            for metric in sorted(values.keys() - {"lr"}):
                at = int(np.argmax(epochs > onset))
                values[metric] = np.where(epochs > onset, values[metric][at], values[metric])

    return told(course, onset, edit)


def clamps(draw: Draw) -> Faulty:
    """A loss beyond the bound at which its trainer clamps: a third or more reads the bound."""
    course, onset = acoustic(draw, small(draw, (20, 60))), float(draw.whole(2, 10))
    bound, share = draw.pick([9.0, 10.0, 75.0, 100.0]), draw.between(0.35, 1.0)

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            hit = (epochs > onset) & (draw.rng.random(len(epochs)) < share)
            values["mel_loss"] = np.where(
                hit, bound, np.where(epochs > onset, 0.8 * bound, 1) * values["mel_loss"]
            )
            values["mel_loss"] = np.minimum(values["mel_loss"], bound)

    return told(course, onset, edit)


def rate_jumps(draw: Draw) -> Faulty:
    """The learning rate jumps to 5-60 times its highest; losses jump with it and come half back."""
    course, onset = acoustic(draw, small(draw, (15, 60))), draw.between(3, 10)
    factor, shock = draw.scale(5, 60), draw.between(0.1, 8)
    course.lr = np.where(course.at_train > onset, factor * course.lr.max(), course.lr)
    for values, epochs in course.both():
        left = np.where(epochs > onset, 0.3 + 0.7 * np.exp(-(epochs - onset) / 2), 0.0)
        for metric in sorted(values.keys() - {"grad_norm"}):
            values[metric] = values[metric] * (1 + shock * left)
    return told(course, onset)


def learns_nothing(draw: Draw) -> Faulty:
    """Mel stays near the error of an average frame: 2.2-4.5 on the guide's scale."""
    course = acoustic(draw, small(draw, (15, 50)))
    level, gain = draw.between(2.2, 4.5), draw.between(0, 0.04)
    for values, epochs in course.both():
        slow = 1 - gain * epochs / course.sizes.epochs
        values["mel_loss"] = level * slow
        for metric in ("pitch_loss", "energy_loss", "duration_loss", "spectral_convergence"):
            if metric in values:
                values[metric] = values[metric][0] * slow
    return told(course, 0.0)


def past_its_budget(draw: Draw) -> Faulty:
    """Twice the epochs that its corpus needs, the last of them without any gain of mel."""
    stretch = draw.scale(1, 4)  # a larger corpus never shortens the budget
    budget = 50 * stretch
    course = acoustic(draw, sizes(draw, (int(budget * 1.9), int(budget * 2.5)), (10, 300)))
    course.facts |= {"utterances": round(2200 / stretch), "planned_epochs": round(budget)}
    flat = draw.between(0.8, 1.3) * budget
    for values, epochs in course.both():
        for metric, curve in values.items():
            values[metric] = held(curve, epochs, flat)
    return Faulty(log(course, TOLD[0]), int(1.5 * budget) + 1, course.sizes.per_epoch)


def oscillates(draw: Draw) -> Faulty:
    """Every loss swings by a factor of 1.9-4 with a period of a few epochs."""
    course, onset = acoustic(draw, small(draw, (40, 80))), float(draw.whole(4, 12))
    swing, period = np.log(draw.between(1.9, 4)) / 2, draw.between(4, 6)
    for values, epochs in course.both():
        wave = np.where(epochs > onset, swing * (1 + np.sin(2 * np.pi * epochs / period)), 0)
        for metric in sorted(values.keys() - {"grad_norm"}):
            values[metric] = values[metric] * np.exp(wave)
    return told(course, onset)


def spikes_linger(draw: Draw) -> Faulty:
    """The training loss jumps to 2-10 times its value and takes up to an epoch to come back."""
    size = small(draw, (20, 60))
    size.every = max(1, min(size.every, size.per_epoch // 6))
    course, onset = acoustic(draw, size), draw.between(5, 12)
    factor, stay = draw.scale(2, 10), draw.between(0.05, 1.0)
    at = onset + np.sort(draw.rng.uniform(0, course.sizes.epochs - onset - 2, draw.whole(1, 5)))
    at[0] = onset
    for values, epochs in course.both():
        for begin in at.tolist():
            first = epochs[int(np.argmax(epochs > begin))]
            past = epochs - first
            lift = np.where(past >= 0, (factor - 1) * np.exp(-np.maximum(past, 0) / stay), 0.0)
            for metric in ("mel_loss", "duration_loss", "pitch_loss", "energy_loss"):
                values[metric] = values[metric] * (
                    1 + (lift if values is course.train else 0.1 * lift)
                )
    return told(course, onset)


def validation_ends(draw: Draw) -> Faulty:
    """The validation loop crashed: its losses are no longer logged."""
    course, onset = acoustic(draw, small(draw, (40, 80))), float(draw.whole(6, 15))

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val":
            for metric in values:
                values[metric] = np.where(epochs > onset, -np.inf, values[metric])

    return told(course, onset, edit)


_SMOOTH = "tts/over-smoothing tts/detail-stalls"
_JUMPS = "core/divergence core/blow-up core/loss-spike core/overfit"
FAULTS: dict[str, Fault] = (
    by_name(
        fault(smoothing_creeps, _SMOOTH),
        fault(smoothing_steps, _SMOOTH),
        fault(energy_stuck, "tts/energy-lags-duration tts/energy-stays"),
        fault(duration_stuck, "tts/duration-stuck"),
        fault(overfits, "core/overfit", "tts/epoch-budget"),
        fault(diverges, "core/divergence", "tts/no-learning"),
        fault(turns_nan, "core/non-finite", "core/non-finite-gradient"),
        fault(turns_infinite, "core/non-finite"),
        fault(reads_zero, "core/masked-zero"),
        fault(freezes, "core/frozen", "tts/epoch-budget core/clamped"),
        fault(clamps, "core/clamped", _JUMPS + " core/frozen"),
        fault(rate_jumps, "core/lr-jump", _JUMPS + " tts/no-learning"),
        fault(learns_nothing, "tts/no-learning", "tts/duration-stuck tts/energy-lags-duration"),
        fault(past_its_budget, "tts/epoch-budget"),
        fault(oscillates, "core/oscillation", _JUMPS, "all"),
        fault(spikes_linger, "core/loss-spike core/divergence", _JUMPS),
        fault(validation_ends, "core/stopped-logging", "", "all"),
    )
    | MECHANICS
    | PLAYERS
    | HEADS
)
"""The faults by name."""
