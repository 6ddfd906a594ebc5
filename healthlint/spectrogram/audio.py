"""Sound files into waves at the rate of a front end."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats

_FOREIGN = (".m4a", ".aac")
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", *_FOREIGN)
_MOST_SECONDS = 3600
_CLIPPED_AT, CLIPPED_SHARE = 0.999, 1e-3
_SILENT_DB = -60.0
_OVER = 1.05
_CANCELLED = 0.1
"""Share of the loudest channel's power below which the mean of the channels has lost it."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file, one channel.

    Attributes:
        wave: Shape ``(samples,)``, amplitude in [-1, 1], the mean of its channels
            (the loudest where they cancel).
        sample_rate: In Hz.
        level_db: Root mean square in dB of full scale; -inf for digital silence.
        clipped: Share of samples at full scale, 0 to 1.
        peak: Largest amplitude; above 1 in float files that are not scaled to [-1, 1].
    """

    wave: Floats
    sample_rate: int
    level_db: float
    clipped: float
    peak: float

    @property
    def is_silent(self) -> bool:
        """Return whether it lies under -60 dB of full scale."""
        return self.level_db < _SILENT_DB

    @property
    def is_clipped(self) -> bool:
        """Return whether more than one sample in a thousand is at full scale."""
        return self.clipped > CLIPPED_SHARE and not self.is_over

    @property
    def is_over(self) -> bool:
        """Return whether samples lie above full scale, which only floats can."""
        return self.peak > _OVER


def read(path: Path) -> Sound:
    """Return a sound file.

    Raises:
        SpectrogramError: It cannot be read, is empty, longer than an hour, or soundfile is missing.
    """
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise SpectrogramError(
            "sound files need the package soundfile", "pip install 'healthlint[audio]'"
        ) from error
    try:
        with soundfile.SoundFile(str(path)) as file:
            if file.frames > _MOST_SECONDS * file.samplerate:
                raise SpectrogramError("sound of more than an hour is not one utterance")
            channels, rate = file.read(dtype="float64", always_2d=True), file.samplerate
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        detail = str(error).rpartition(": ")[2].rstrip(".")
        hint = f"ffmpeg -i {path.name} {path.stem}.wav" if path.suffix.lower() in _FOREIGN else ""
        raise SpectrogramError(f"no sound file that can be read ({detail})", hint) from error
    return sound(_single(channels), int(rate))


def _single(channels: Floats) -> Floats:
    """Return the mean of channels, the loudest one where they cancel, shape ``(samples,)``."""
    mean: Floats = channels.mean(axis=1)
    if channels.shape[1] == 1 or not len(mean):
        return mean
    powers = np.mean(channels**2, axis=0)
    if np.mean(mean**2) >= _CANCELLED * powers.max():
        return mean
    return np.asarray(channels[:, int(powers.argmax())])


def sound(wave: Floats, sample_rate: int) -> Sound:
    """Return a wave with its level.

    Raises:
        SpectrogramError: It is empty or holds a non-finite sample.
    """
    if not len(wave):
        raise SpectrogramError("the sound is empty")
    if not np.isfinite(wave).all():
        raise SpectrogramError(f"sample {int(np.argmin(np.isfinite(wave)))} is not finite")
    power = float(np.mean(wave**2))
    level = 10.0 * float(np.log10(power)) if power > 0 else float("-inf")
    clipped = float(np.mean(np.abs(wave) >= _CLIPPED_AT))
    return Sound(wave, sample_rate, level, clipped, float(np.abs(wave).max()))


def resampled(given: Sound, sample_rate: int) -> Floats:
    """Return the wave at another rate, by polyphase filtering.

    Raises:
        SpectrogramError: scipy is missing.
    """
    if given.sample_rate == sample_rate:
        return given.wave
    try:
        from scipy.signal import resample_poly
    except ImportError as error:
        raise SpectrogramError(
            f"sound of {given.sample_rate} Hz needs scipy to become {sample_rate} Hz",
            "pip install 'healthlint[audio]'",
        ) from error
    common = gcd(given.sample_rate, sample_rate)
    made: Floats = resample_poly(given.wave, sample_rate // common, given.sample_rate // common)
    return made
