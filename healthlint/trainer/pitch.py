"""Pitch and energy of each mel frame, scaled to [0, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.trainer.mel import HOP_LENGTH, N_FFT

Floats = NDArray[np.floating[Any]]

LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
QUIETEST_DB, LOUDEST_DB = -40.0, 60.0
_VOICED_ABOVE_DB = -35.0
_VOICED_BELOW_CROSSINGS = 0.25


def pitch(wave: Floats, sample_rate: int) -> Floats:
    """The pitch curve on a logarithmic scale, interpolated where the voice has none.

    Fundamental frequency by YIN (de Cheveigne and Kawahara, JASA 2002; ``librosa.yin``). A frame
    counts as voiced by its level and its zero crossings (Rabiner and Schafer 1978, section 4.3);
    others are interpolated, as in FastSpeech 2 (Ren et al. 2021, section 2.3).

    Args:
        wave: Shape (samples,), amplitude in [-1, 1].
        sample_rate: In Hz.

    Returns:
        Shape (1 + samples // 256,), float32: 0 is 60 Hz, 1 is 500 Hz, 0.5 the geometric mean.
    """
    import librosa

    hertz = librosa.yin(
        wave, fmin=LOWEST_HZ, fmax=HIGHEST_HZ, sr=sample_rate, frame_length=N_FFT,
        hop_length=HOP_LENGTH,
    )  # fmt: skip
    scaled = np.log(hertz / LOWEST_HZ) / np.log(HIGHEST_HZ / LOWEST_HZ)
    return _interpolate(np.clip(scaled, 0.0, 1.0), _voiced(wave)).astype(np.float32)


def energy(mel: Floats) -> Floats:
    """The level of each frame, scaled from decibels.

    Args:
        mel: ln-power mel spectrogram, shape (frames, bins).

    Returns:
        Shape (frames,), float32: summed mel power in dB, -40 dB as 0 and 60 dB as 1.

    >>> import numpy as np
    >>> energy(np.full((1, 80), np.log(1 / 80))).tolist()  # power 1 in all: 0 dB
    [0.4000000059604645]
    """
    decibels = 10.0 * np.log10(np.exp(mel.astype(np.float64)).sum(axis=1))
    scaled: Floats = (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)
    return scaled.clip(0.0, 1.0).astype(np.float32)


def _voiced(wave: Floats) -> NDArray[np.bool_]:
    import librosa

    level = librosa.feature.rms(y=wave, frame_length=N_FFT, hop_length=HOP_LENGTH)[0]
    crossings = librosa.feature.zero_crossing_rate(
        wave, frame_length=N_FFT, hop_length=HOP_LENGTH, threshold=1e-4
    )[0]
    loud = level > level.max() * 10.0 ** (_VOICED_ABOVE_DB / 20.0)
    voiced: NDArray[np.bool_] = loud & (crossings < _VOICED_BELOW_CROSSINGS)
    return voiced


def _interpolate(curve: Floats, known: NDArray[np.bool_]) -> Floats:
    """The curve with unknown frames filled linearly; 0.5 everywhere if none is known."""
    if not known.any():
        return np.full_like(curve, 0.5)
    frames = np.arange(len(curve))
    return np.interp(frames, frames[known], curve[known])
