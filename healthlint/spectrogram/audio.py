"""Sound files into waves at the rate of a front end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint import limits
from healthlint.spectrogram.errors import SpectrogramError

_FOREIGN = (".m4a", ".aac")
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", *_FOREIGN)
Wave = NDArray[np.float32]
_MOST_SECONDS = 3600
_RATES = range(1_000, 384_001)
"""Sample rates that are read, in Hz."""
_MEL_BYTES_A_SAMPLE = 40
"""What resampling and a front end take for each sample that comes of it."""
_BLOCK = 1 << 20
"""Samples that are held at a time beside the wave."""
_FILTER_PERIODS = 20
"""How far scipy's filter reaches to both sides, in samples of the lower rate, twice."""
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

    wave: NDArray[np.floating]
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
        SpectrogramError: It cannot be read, is empty, too large, of an odd sample rate, longer than
            an hour, or soundfile is missing.
    """
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise SpectrogramError(
            "sound files need the package soundfile", "pip install 'healthlint[audio]'"
        ) from error
    try:
        with soundfile.SoundFile(str(path)) as file:
            _refuse_size(file.frames, file.channels, file.samplerate)
            rate = file.samplerate
            wave = _single(lambda: _blocks(file), file.channels, file.frames)
    except SpectrogramError:
        raise
    except Exception as error:  # whatever a decoder makes of a broken file
        detail = str(error).rpartition(": ")[2].rstrip(".")
        hint = f"ffmpeg -i {path.name} {path.stem}.wav" if path.suffix.lower() in _FOREIGN else ""
        raise SpectrogramError(f"no sound file that can be read ({detail})", hint) from error
    return sound(wave, int(rate))


def _refuse_size(frames: int, channels: int, rate: int) -> None:
    """Refuse what a file declares before anything is allocated for it."""
    if rate not in _RATES:
        raise SpectrogramError(f"a sample rate of {rate:,} Hz is none of sound that is read")
    if frames > _MOST_SECONDS * rate:
        raise SpectrogramError("sound of more than an hour is not one utterance")
    needed = frames * (2 * 8 * channels + _MEL_BYTES_A_SAMPLE)
    if needed > limits.memory():
        raise SpectrogramError(
            f"it declares {frames:,} frames of {channels} channels, for which "
            f"{limits.shown(needed)} are needed",
            "cut it, or allow more: --max-memory",
        )


def _blocks(file: Any) -> Iterator[NDArray[np.float32]]:
    """Yield an open file from its beginning, in parts of shape ``(samples, channels)``."""
    file.seek(0)
    yield from file.blocks(_BLOCK, dtype="float32", always_2d=True)


def _single(
    blocks: Callable[[], Iterator[NDArray[np.float32]]], channels: int, frames: int
) -> Wave:
    """Return the mean of channels, the loudest one where they cancel, shape ``(samples,)``."""
    powers, kept, filled = np.zeros(channels), 0.0, 0
    wave = np.empty(frames, np.float32)
    for block in blocks():
        mean = block.mean(axis=1)
        powers += np.sum(block**2, axis=0, dtype=float)
        kept += float(np.sum(mean**2, dtype=float))
        wave[filled : filled + len(mean)] = mean
        filled += len(mean)
    if channels > 1 and kept < _CANCELLED * powers.max():
        loudest = int(powers.argmax())
        return np.concatenate([block[:, loudest] for block in blocks()])
    return wave[:filled]


def sound(wave: NDArray[np.floating], sample_rate: int) -> Sound:
    """Return a wave with its level.

    Raises:
        SpectrogramError: It is empty or holds a non-finite sample.
    """
    if not len(wave):
        raise SpectrogramError("the sound is empty")
    if not np.isfinite(wave).all():
        raise SpectrogramError(f"sample {int(np.argmin(np.isfinite(wave)))} is not finite")
    power = float(np.mean(wave**2, dtype=float))
    level = 10.0 * float(np.log10(power)) if power > 0 else float("-inf")
    clipped = float(np.mean(np.abs(wave) >= _CLIPPED_AT))
    return Sound(wave, sample_rate, level, clipped, float(np.abs(wave).max()))


def resampled(given: Sound, sample_rate: int) -> NDArray[np.floating]:
    """Return the wave at another rate, by polyphase filtering, part by part.

    Raises:
        SpectrogramError: scipy is missing, or what comes of it is too large.
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
    made_samples = len(given.wave) * sample_rate // given.sample_rate
    if made_samples * _MEL_BYTES_A_SAMPLE > limits.memory():
        raise SpectrogramError(
            f"{given.sample_rate} Hz to {sample_rate} Hz makes {made_samples:,} samples of it",
            "cut it, or allow more: --max-memory",
        )
    common = gcd(given.sample_rate, sample_rate)
    up, down = sample_rate // common, given.sample_rate // common
    margin = down * (1 + _FILTER_PERIODS * max(up, down) // (up * down))
    length = down * max(1, _BLOCK // down)
    made = np.empty(-(-len(given.wave) * up // down), np.float32)
    for start in range(0, len(given.wave), length):
        before = min(start, margin)
        part = given.wave[start - before : start + length + margin]
        kept = min(length, len(given.wave) - start)
        first = before * up // down
        at, count = start * up // down, -(-kept * up // down)
        made[at : at + count] = resample_poly(part, up, down)[first : first + count]
    return made
