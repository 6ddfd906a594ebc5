"""The score: time, frequency, harmonics, static and noise as named numbers, and one overall.

``time_db`` is fast over slow change in time plus a quarter of the bend at 12 ms (onsets, bursts),
``frequency_db`` the change from band to band above 3 kHz. Their sum, less penalties for static,
noise and stillness beyond those of recordings, is ``total_db``. ``docs/blur.md`` has the figures,
and what no such score can do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthlint.spectrogram import structure
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats, Front
from healthlint.spectrogram.scales import finite

_STATIC_FROM_DB, _STATIC_WEIGHT, _STATIC_MOST_DB = 0.10, 40.0, 12.0
"""Knee beyond where recordings end (they reach +0.05), slope and ceiling of the penalty."""
_NOISE_FROM_DB, _NOISE_WEIGHT, _NOISE_MOST_DB = -3.0, 2.0, 6.0
"""Likewise for noise: recordings reach -3.6."""
_STILL_FROM_DB, _STILL_WEIGHT, _STILL_MOST_DB = 1.7, 1.0, 12.0
"""Likewise for bends too small: one recording in fifty lies below 1.7."""
_ONSET_WEIGHT = 0.25
_MIDDLE_DB, _WIDTH_DB = 0.6, 0.7
_FLAT_DB = 6.0
_NAN = float("nan")
LEAST_SECONDS = 0.5
"""Speech below which the numbers are given and no verdict is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpness:
    """How sharp one spectrogram is; dB of white noise through the same front end.

    Attributes:
        overall: 0 (blurred or static) to 1 (sharp), from ``total_db`` alone; NaN where unknown.
        total_db: Time and frequency sharpness, less what static adds.
        time_db: Time sharpness: fast over slow change, onsets and bursts.
        frequency_db: Frequency sharpness: detail from band to band above 3 kHz.
        harmonic_db: Harmonic contrast under 2.3 kHz; no evidence in vocoded sound.
        static_db: Change between neighbouring frames that no waveform could make; natural sound
            lies at -0.3 +- 0.1, speckle of 2 dB at +0.4.
        noise_db: How much the sound is like noise: natural -4.6 +- 0.5, pure noise 0.
        fast_db: Fast over slow change in time: which falls with blur in time alone.
        onset_db: Bends in time above 2.3 kHz: natural 3.5 +- 0.8, far less while a model learns.
        detail_db: Fine over coarse change in frequency: which falls with blur in frequency alone.
        seconds: How much of it was loud enough to look at.
        is_silent: Whether nothing in it stands out of its own floor.
        by_band: Frequency sharpness of each band in dB, shape ``(bands,)``, NaN where nothing is.
        time_by_band: Fast over slow change of each band in dB, likewise.
        reach_hz: Centre of the highest band in which something is; 0 where nothing is.
    """

    overall: float = _NAN
    total_db: float = _NAN
    time_db: float = _NAN
    frequency_db: float = _NAN
    harmonic_db: float = _NAN
    static_db: float = _NAN
    noise_db: float = _NAN
    fast_db: float = _NAN
    onset_db: float = _NAN
    detail_db: float = _NAN
    seconds: float = 0.0
    is_silent: bool = False
    by_band: tuple[float, ...] = ()
    time_by_band: tuple[float, ...] = ()
    reach_hz: float = 0.0


def sharpness(mel: NDArray[np.floating], front: Front) -> Sharpness:
    """Return how sharp a log-mel is.

    Args:
        mel: Shape ``(bands, frames)``, natural logarithm of amplitude.
        front: The settings with which it was made.

    Raises:
        SpectrogramError: It is empty, not finite, of another shape than the front's, or has too
            few bands where blur is seen.
    """
    values = structure.clipped(_refused(np.asarray(mel), front))
    structure.fine_bands(front)
    kept = structure.gates(values) if _stands_out(values) else None
    if kept is None:
        # a moment in which nothing stands out is too short to be called silent
        is_silent = values.shape[1] * front.frame_ms >= 1000 * LEAST_SECONDS
        none = (_NAN,) * front.bands
        return Sharpness(is_silent=is_silent, by_band=none, time_by_band=none)
    terms = structure.measured(values, kept, front)
    static, noise, onset = (terms[name] for name in ("static_db", "noise_db", "onset_db"))
    time_db = terms["fast_db"] + _ONSET_WEIGHT * onset
    total = time_db + terms["frequency_db"] - penalty(static, noise, onset)
    loud = float(np.count_nonzero(kept.active.any(axis=0)))
    return Sharpness(
        overall=overall(total),
        total_db=total,
        time_db=time_db,
        seconds=loud * front.frame_ms / 1000.0,
        **terms,
    )


def penalty(static_db: float, noise_db: float, onset_db: float) -> float:
    """Return what static, noise and stillness take from the total in dB: nothing in recordings.

    >>> penalty(0.04, -3.1, 1.8), penalty(0.25, -2.0, 0.7), penalty(3.0, 0.0, -30.0)
    (0.0, 9.0, 30.0)
    """
    static = _STATIC_WEIGHT * max(0.0, static_db - _STATIC_FROM_DB)
    noise = _NOISE_WEIGHT * max(0.0, noise_db - _NOISE_FROM_DB)
    still = _STILL_WEIGHT * max(0.0, _STILL_FROM_DB - onset_db)
    return min(static, _STATIC_MOST_DB) + min(noise, _NOISE_MOST_DB) + min(still, _STILL_MOST_DB)


def overall(total_db: float) -> float:
    """Return a total in dB as 0 to 1: one half midway between recordings and blurred systems.

    >>> round(overall(_MIDDLE_DB), 3), round(overall(_MIDDLE_DB + 2 * _WIDTH_DB), 3)
    (0.5, 0.881)
    """
    return float(1.0 / (1.0 + np.exp(-np.clip((total_db - _MIDDLE_DB) / _WIDTH_DB, -50, 50))))


def _refused(mel: NDArray[np.generic], front: Front) -> Floats:
    """Return the array where it can be measured."""
    values = finite(mel)
    if len(values) != front.bands:
        raise SpectrogramError(f"{len(values)} rows, but the front end has {front.bands} bands")
    if max(values.max(), -values.min()) > 1e4:
        raise SpectrogramError("values beyond 10,000 are no logarithms", "declare the scale")
    return values


def _stands_out(values: structure.Cells) -> bool:
    low, high = np.percentile(values, [5, 99.5])
    return bool(high - low > _FLAT_DB / structure.NEPER_DB)
