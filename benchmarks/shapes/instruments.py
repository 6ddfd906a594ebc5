"""Healthy trainings that log more than losses, and games that are played well: parts of healthy.py.

Each function returns the text of a log.
"""

from __future__ import annotations

import numpy as np

from shapes.course import sizes
from shapes.dialects import ACOUSTIC, TOLD
from shapes.draw import Draw, Floats
from shapes.models import acoustic
from shapes.players import game
from shapes.writing import log


def mixed_precision(draw: Draw) -> str:
    """A loss scale that probes, grows and is halved now and then, or a scaler that is off.

    The gradient norm is infinite at each overflow: some in the first steps, single ones later.
    """
    course = acoustic(draw, sizes(draw, (15, 100), (20, 2000)))
    steps = course.sizes.train_steps
    probing = (steps <= 100) & (draw.rng.random(len(steps)) < 0.6)
    single = (steps > 100) & (draw.rng.random(len(steps)) < draw.scale(1e-3, 0.03))
    hit = probing | (single & ~np.append(False, single[:-1]))
    grown = np.floor(steps / draw.scale(500, 5000))
    power = np.clip(16 + grown - np.cumsum(hit), 5, 24)
    is_off = draw.chance(0.2)

    def edit(split: str, _epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["amp_scale"] = np.ones(len(steps)) if is_off else 2.0**power
            if not is_off:
                values["grad_norm"] = np.where(hit, np.inf, values["grad_norm"])

    return log(course, draw.pick(ACOUSTIC), edit)


def instrumented(draw: Draw) -> str:
    """Lengths, errors of pitch, stops, clipping, weights, updates, time, memory: all in health."""
    course = acoustic(draw, sizes(draw, (20, 150), (20, 1000)))
    rng = draw.rng

    def settling(epochs: Floats, begin: float, end: float, noise: float) -> Floats:
        pace = draw.between(0.3, 4)
        curve = end + (begin - end) * np.exp(-epochs / pace)
        return curve * (1 + noise * rng.standard_normal(len(epochs)))

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val":
            begin, end = draw.pick([0.1, 2.5]), draw.between(0.94, 1.05)
            values["length_ratio"] = settling(epochs, begin, end, draw.between(0.001, 0.02))
            values["f0_rmse"] = settling(
                epochs, 60, draw.between(15, 40), draw.between(0.005, 0.03)
            )
            values["stop_recall"] = np.clip(settling(epochs, 0, draw.between(0.8, 1), 0.03), 0, 1)
            values["sharpness"] = settling(
                epochs, 0.1, draw.between(0.5, 0.85), draw.between(0.005, 0.03)
            )
            return
        values["clip_fraction"] = np.clip(settling(epochs, 0.9, draw.between(0, 0.25), 0.3), 0, 1)
        values["weight_norm"] = settling(epochs, 40, 40 * draw.between(0.8, 2.4), 0.001)
        values["update_ratio"] = draw.scale(1e-4, 4e-3) * np.exp(
            0.3 * rng.standard_normal(len(epochs))
        )
        values["step_time"] = settling(epochs, draw.pick([1.0, 5.0]), 1.0, draw.between(0.02, 0.1))
        values["gpu_memory"] = settling(epochs, draw.between(4, 8), 8, 0.002)

    return log(course, draw.pick(TOLD), edit)


def on_mac(draw: Draw) -> str:
    """Apple's GPU: buffers of the longest clip so far, shared memory, a clock that heat slows."""
    course = acoustic(draw, sizes(draw, (15, 120), (20, 1000)))
    course.facts |= {"device": "mps", "precision": "fp32"}
    rng = draw.rng
    driver = draw.pick(["driver_allocated_mb", "mps_driver_memory", "current_allocated"])
    process, time = draw.pick(["rss_mb", "process_memory"]), draw.pick(["step_time", "batch_time"])
    empties, compresses, wild = (draw.chance(share) for share in (0.4, 0.4, 0.5))

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "val":
            return
        count = len(epochs)
        batches = rng.beta(2, 4, count)  # padded to the longest clip of each
        batches[rng.integers(0, max(1, np.count_nonzero(epochs <= 1)))] = 1.0
        longest = np.maximum.accumulate(batches)
        if empties:  # the cache is dropped after each epoch
            longest = 0.7 * longest + 0.3 * batches
        pieces = draw.between(0, 0.03) * np.log1p(epochs)  # what lies between buffers is lost
        values[driver] = draw.between(2000, 9000) * (1 + draw.between(0.1, 2) * longest + pieces)
        settled = 1 + draw.between(0.1, 0.8) * (1 - np.exp(-epochs / draw.between(0.1, 2)))
        pressed = np.ones(count)
        if compresses:  # another program wants memory: pages are compressed, and come back
            for start in rng.integers(0, count, 3):
                pressed[start : start + draw.size(2, 20)] = draw.between(0.5, 0.9)
        noise = 1 + draw.between(0.001, 0.02) * rng.standard_normal(count)
        values[process] = draw.between(2000, 12000) * settled * pressed * noise
        day = 1 + draw.between(0, 0.15) * np.sin(epochs / draw.between(1, 20))
        heat = 1 + draw.between(0, 0.4) * (1 - np.exp(-epochs / draw.between(0.2, 3)))
        values[time] = draw.scale(0.2, 5) * heat * day * np.exp(0.15 * rng.standard_normal(count))
        if wild:
            values["grad_norm"] = values["grad_norm"] * np.exp(0.5 * rng.standard_normal(count))

    return log(course, next(one for one in TOLD if one.has_header), edit)


def game_from_start(draw: Draw) -> str:
    """Adversaries from the first step: the discriminator comes to half of its number and drifts."""
    course, dialect, _ = game(draw)
    return log(course, dialect)


def single_discriminator(draw: Draw) -> str:
    """One discriminator whose losses are averaged: 0.5 at chance, and healthy well below."""
    course, dialect, n = game(draw)
    share = draw.between(0.5, 0.9) / n
    for metric in ("disc_loss", "gen_loss"):
        course.train[metric] = course.train[metric] * share
    return log(course, dialect)
