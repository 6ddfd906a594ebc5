"""Speech-like sound from numpy alone: harmonics under gliding formants, hiss, bursts."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 22050
Wave = NDArray[np.float64]


@cache
def voice(seed: int = 0, seconds: float = 4.0, rate: int = RATE) -> Wave:
    """Return sound with the traits that are measured; its numbers lie among those of recordings.

    Args:
        seed: Another voice saying something else.
        seconds: Length.
        rate: In Hz.
    """
    rng = np.random.default_rng(seed)
    count = int(seconds * rate)
    voiced, hiss = _tracks(rng, seconds, count, rate)
    sound = voiced * _harmonics(rng, count, rate) + 0.25 * hiss * _fricatives(rng, count, rate)
    sound += 0.3 * _bursts(rng, seconds, count, rate)
    sound += 1e-4 * rng.standard_normal(count)
    return np.asarray(0.3 * sound / np.abs(sound).max())


def _tracks(rng: np.random.Generator, seconds: float, count: int, rate: int) -> tuple[Wave, Wave]:
    """Return how loud voice and hiss are: syllables of some 200 ms, hiss between them."""
    onsets = np.cumsum(rng.uniform(0.14, 0.3, int(seconds / 0.2)))
    time = np.arange(count) / rate
    voiced, hiss = np.full(count, 1e-3), np.full(count, 1e-3)
    for onset in onsets:
        length, rise = rng.uniform(0.08, 0.16), rng.uniform(0.015, 0.03)
        edge = (
            1
            / (1 + np.exp(np.clip(-(time - onset) / rise * 8, -50, 50)))
            / (1 + np.exp(np.minimum((time - onset - length) / 0.02, 50)))
        )
        voiced += rng.uniform(0.3, 1) * edge
        hiss += rng.uniform(0, 1) * np.exp(-(((time - onset + 0.03) / 0.03) ** 2))
    return voiced, hiss


def _smooth(rng: np.random.Generator, count: int, rate: int, hertz: float) -> Wave:
    """Return a random walk-like curve of mean 0 and deviation 1 that changes at some rate."""
    points = rng.standard_normal(int(count / rate * hertz) + 4)
    at = np.arange(count) / rate * hertz
    low, part = at.astype(int), at - at.astype(int)
    part = (1 - np.cos(np.pi * part)) / 2
    return np.asarray(points[low] * (1 - part) + points[low + 1] * part)


def _harmonics(rng: np.random.Generator, count: int, rate: int) -> Wave:
    base = rng.uniform(140, 220)
    pitch = base * np.exp(
        0.08 * _smooth(rng, count, rate, 4) + 0.03 * _smooth(rng, count, rate, 40)
    )
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = [
        middle * np.exp(reach * _smooth(rng, count, rate, 10))
        for middle, reach in ((500, 0.3), (1500, 0.3), (2600, 0.15), (3700, 0.12), (5500, 0.15))
    ]
    wave = np.zeros(count)
    for number in range(1, int(9000 / base)):
        gain = sum(
            level / (1 + ((number * pitch - formant) / width) ** 2)
            for formant, level, width in zip(
                formants, (1, 0.5, 0.3, 0.15, 0.1), (90, 110, 140, 160, 180), strict=True
            )
        )
        flutter = np.exp(0.7 * _smooth(rng, count, rate, 60))
        wave += (gain + 0.0005) * flutter * np.sin(number * phase)
    return wave + 0.0015 * rng.standard_normal(count)


def _fricatives(rng: np.random.Generator, count: int, rate: int) -> Wave:
    noise = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / rate)
    low = np.fft.irfft(noise * np.exp(-(((hertz - 3800) / 1200) ** 2)), count)
    high = np.fft.irfft(noise * np.exp(-(((hertz - 6500) / 1500) ** 2)), count)
    mix = 1 / (1 + np.exp(-3 * _smooth(rng, count, rate, 5)))
    return np.asarray(3 * (mix * low + (1 - mix) * high))


def _bursts(rng: np.random.Generator, seconds: float, count: int, rate: int) -> Wave:
    wave = np.zeros(count)
    for at in rng.uniform(0, seconds, int(seconds * 2)):
        length = np.arange(count) / rate - at
        wave += np.where(length >= 0, np.exp(-np.maximum(length, 0) / 0.012), 0.0)
    return wave * rng.standard_normal(count)
