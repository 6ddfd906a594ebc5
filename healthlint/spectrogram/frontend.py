"""From a wave to its log-mel spectrogram; the settings of the front end are facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from healthlint.spectrogram.errors import SpectrogramError

Floats = NDArray[np.float64]
MelScale = Literal["slaney", "htk"]
_BREAK_HZ, _BREAK_MEL, _LOG_STEP = 1000.0, 15.0, float(np.log(6.4)) / 27.0
_NOISE_SECONDS = 20
_MOST_OVERLAPS = 128
"""Frames that may lie over one sample: more only cost time and memory."""
_FRAMES_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The settings with which a mel-spectrogram was made.

    Attributes:
        sample_rate: In Hz.
        n_fft: Length of the transform in samples.
        window: Length of the Hann window in samples; 0 means ``n_fft``.
        hop: Samples from one frame to the next.
        bands: Number of mel bands.
        fmin: Lower edge of the lowest band in Hz.
        fmax: Upper edge of the highest band in Hz; never above half the sample rate.
        mel: ``slaney`` (librosa's default) or ``htk`` (torchaudio's).
        is_normalised: Whether each filter is divided by its width (Slaney's norm).
        floor: Smallest amplitude before the logarithm.
    """

    sample_rate: int = 22050
    n_fft: int = 1024
    window: int = 0
    hop: int = 256
    bands: int = 80
    fmin: float = 0.0
    fmax: float = 8000.0
    mel: MelScale = "slaney"
    is_normalised: bool = True
    floor: float = 1e-5

    def __post_init__(self) -> None:
        """Refuse settings from which no spectrogram can be made."""
        if not 1000 <= self.sample_rate <= 384_000:
            raise SpectrogramError(f"a sample rate of {self.sample_rate} Hz is none of speech")
        is_coarse = 2 <= self.hop <= self.sample_rate and self.n_fft <= _MOST_OVERLAPS * self.hop
        if not is_coarse or not 16 <= self.n_fft <= 65536:
            raise SpectrogramError(f"n_fft {self.n_fft} with hop {self.hop} makes no spectrogram")
        if not 0 <= self.window <= self.n_fft:
            raise SpectrogramError(f"a window of {self.window} does not fit n_fft {self.n_fft}")
        if not 2 <= self.bands <= 1024:
            raise SpectrogramError(f"{self.bands} mel bands: between 2 and 1024 are measured")
        if not 0 <= self.fmin < self.top:
            raise SpectrogramError(f"no mel bands fit between {self.fmin} and {self.top} Hz")

    @property
    def top(self) -> float:
        """Return the upper edge of the highest band in Hz."""
        return min(self.fmax, self.sample_rate / 2)

    @property
    def frame_ms(self) -> float:
        """Return milliseconds from one frame to the next."""
        return 1000.0 * self.hop / self.sample_rate

    @property
    def centres(self) -> Floats:
        """Return the centre of each band in Hz, shape ``(bands,)``."""
        return _corners(self)[1:-1]


def to_mel(hertz: Floats, mel: MelScale) -> Floats:
    """Return frequencies in mel.

    Slaney's scale (Auditory Toolbox, 1998): linear to 1 kHz, logarithmic above. HTK's:
    ``2595 log10(1 + f / 700)``.

    >>> to_mel(np.array([500.0, 1000.0, 6400.0]), "slaney").round(6).tolist()
    [7.5, 15.0, 42.0]
    """
    if mel == "htk":
        return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0), float)
    above = _BREAK_MEL + np.log(np.maximum(hertz, 1e-9) / _BREAK_HZ) / _LOG_STEP
    return np.where(hertz < _BREAK_HZ, hertz * _BREAK_MEL / _BREAK_HZ, above)


def to_hertz(mels: Floats, mel: MelScale) -> Floats:
    """Return mels in Hz, the inverse of ``to_mel``.

    >>> to_hertz(np.array([7.5, 42.0]), "slaney").round(6).tolist()
    [500.0, 6400.0]
    """
    if mel == "htk":
        return np.asarray(700.0 * (10.0 ** (mels / 2595.0) - 1.0), float)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _BREAK_HZ / _BREAK_MEL, above)


@lru_cache(maxsize=32)
def _corners(front: Front) -> Floats:
    """Return the corners of the triangles in Hz, equally spaced in mel, shape ``(bands + 2,)``."""
    low, high = to_mel(np.array([front.fmin, front.top]), front.mel)
    return to_hertz(np.linspace(low, high, front.bands + 2), front.mel)


@lru_cache(maxsize=8)
def filters(front: Front) -> Floats:
    """Return triangular mel filters, shape ``(bands, n_fft // 2 + 1)``."""
    corners = _corners(front)
    bins = np.arange(front.n_fft // 2 + 1) * front.sample_rate / front.n_fft
    slopes = (bins[None, :] - corners[:, None]) / np.diff(corners, append=np.inf)[:, None]
    made = np.maximum(0.0, np.minimum(slopes[:-2], 1.0 - slopes[1:-1]))
    if front.is_normalised:
        made *= (2.0 / (corners[2:] - corners[:-2]))[:, None]
    return made


def log_mel(wave: NDArray[np.floating], front: Front) -> Floats:
    """Return the log-mel spectrogram of a wave.

    Args:
        wave: Shape ``(samples,)``, amplitude in [-1, 1], at the front's sample rate.
        front: The settings.

    Returns:
        Shape ``(bands, frames)``, natural logarithm of amplitude, frames centred with reflection.

    Raises:
        SpectrogramError: The wave is empty, holds a non-finite sample or has no single channel.
    """
    samples = np.asarray(wave)
    if samples.ndim != 1 or not len(samples):
        raise SpectrogramError(f"a wave of shape {samples.shape} is no single channel of sound")
    if not np.isfinite(samples).all():
        raise SpectrogramError(f"sample {int(np.argmin(np.isfinite(samples)))} is not finite")
    pad = front.n_fft // 2
    mode: Literal["reflect", "constant"] = "reflect" if len(samples) > pad else "constant"
    padded = np.pad(samples, (pad, front.n_fft - pad), mode=mode)
    frames = sliding_window_view(padded, front.n_fft)[:: front.hop]
    made = np.empty((front.bands, len(frames)))
    for first in range(0, len(frames), _FRAMES_AT_ONCE):
        part = slice(first, first + _FRAMES_AT_ONCE)
        made[:, part] = _magnitudes(frames[part], front)
    return np.log(np.maximum(made, front.floor, out=made), out=made)


def _magnitudes(frames: NDArray[np.floating], front: Front) -> Floats:
    """Return the amplitude of each band in some frames of shape ``(frames, n_fft)``."""
    length = front.window or front.n_fft
    start = (front.n_fft - length) // 2
    window = np.zeros(front.n_fft)
    window[start : start + length] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    made: Floats = filters(front) @ np.abs(np.fft.rfft(frames * window, axis=1)).T
    return made


@lru_cache(maxsize=8)
def noise(front: Front) -> Floats:
    """Return the log-mel of 20 s of white Gaussian noise through a front end: the yardstick."""
    wave = 0.1 * np.random.default_rng(0).standard_normal(_NOISE_SECONDS * front.sample_rate)
    return log_mel(wave, front)
