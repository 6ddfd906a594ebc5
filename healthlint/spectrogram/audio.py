"""Sound files into waves at the rate of a front end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from healthlint.files import limits
from healthlint.spectrogram.errors import SpectrogramError

_FOREIGN = (".m4a", ".aac")
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", *_FOREIGN)
Wave = NDArray[np.float32]
_MOST_SECONDS = 3600
_RATES = range(1_000, 384_001)
"""Sample rates that are read, in Hz."""
_BYTES_A_SAMPLE = 40
"""What a wave and a front end take for each sample that is made of it, at most."""
_BLOCK = 1 << 18
"""Samples of all channels that are held at a time beside the wave."""
_PERIODS = 10
"""How far the filter reaches to both sides, in samples of the lower rate."""
_CLIPPED_AT, CLIPPED_SHARE = 0.999, 1e-3
_SILENT_DB = -60.0
_OVER = 1.05
_CANCELLED = 0.1
"""Share of the loudest channel's power below which the mean of the channels has lost it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A sound file, one channel.

    Attributes:
        wave: Shape ``(samples,)``, amplitude in [-1, 1], the mean of its channels
            (the loudest where they cancel).
        sample_rate: In Hz; that of the wave.
        level_db: Root mean square in dB of full scale; -inf for digital silence.
        clipped: Share of samples at full scale, 0 to 1.
        peak: Largest amplitude; above 1 in float files that are not scaled to [-1, 1].
        own_rate: Sample rate of the file in Hz.
    """

    wave: NDArray[np.floating]
    sample_rate: int
    level_db: float
    clipped: float
    peak: float
    own_rate: int

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


def read(path: Path, sample_rate: int = 0) -> Sound:
    """Return a sound file; what is said of its level is that of the file as it is.

    Args:
        path: The file.
        sample_rate: The rate in Hz that it is brought to, part by part as it is read, so that
            little of a long file is held; 0 for its own.

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
            rate = sample_rate or file.samplerate
            _refuse_size(file.frames, file.samplerate, rate)
            return _single(file, rate)
    except SpectrogramError:
        raise
    except Exception as error:  # whatever a decoder makes of a broken file
        detail = str(error).rpartition(": ")[2].rstrip(".")
        hint = f"ffmpeg -i {path.name} {path.stem}.wav" if path.suffix.lower() in _FOREIGN else ""
        raise SpectrogramError(f"no sound file that can be read ({detail})", hint) from error


def _refuse_size(frames: int, own: int, rate: int) -> None:
    """Refuse what a file declares before anything is allocated for it."""
    if own not in _RATES:
        raise SpectrogramError(f"a sample rate of {own:,} Hz is none of sound that is read")
    if frames > _MOST_SECONDS * own:
        raise SpectrogramError("sound of more than an hour is not one utterance")
    made = -(-frames * rate // own)
    if made * _BYTES_A_SAMPLE > limits.memory():
        raise SpectrogramError(
            f"it declares {frames:,} frames at {own} Hz, for which "
            f"{limits.shown(made * _BYTES_A_SAMPLE)} are needed",
            "cut it, or allow more: --max-memory",
        )


def _single(file: Any, rate: int) -> Sound:
    """Return the mean of an open file's channels, the loudest one where they cancel."""
    powers, own = np.zeros(file.channels), file.samplerate

    def means() -> Iterator[Wave]:
        for block in _blocks(file):
            powers[:] += np.sum(block**2, axis=0, dtype=float)
            yield block.mean(axis=1)

    meter = _Meter()
    wave = _joined(meter.through(means()), file.frames, own, rate)
    if file.channels > 1 and meter.power < _CANCELLED * powers.max():
        loudest, meter = int(powers.argmax()), _Meter()
        parts = (block[:, loudest] for block in _blocks(file))
        wave = _joined(meter.through(parts), file.frames, own, rate)
    return meter.sound(wave, rate, own)


def _blocks(file: Any) -> Iterator[Wave]:
    """Yield an open file from its beginning, in parts of shape ``(samples, channels)``."""
    file.seek(0)
    length = max(1, _BLOCK // file.channels)
    yield from file.blocks(length, dtype="float32", always_2d=True)


def _joined(parts: Iterable[Wave], samples: int, own: int, rate: int) -> Wave:
    """Return parts of a wave as one at another rate, with no more than one of them held beside."""
    wave, filled = np.empty(-(-samples * rate // own), np.float32), 0
    for part in resampled(parts, own, rate):
        wave[filled : filled + len(part)] = part
        filled += len(part)
    return wave[:filled]


@dataclass(slots=True)
class _Meter:
    """What is counted of a wave that goes by in parts."""

    samples: int = 0
    power: float = 0.0
    full: int = 0
    peak: float = 0.0

    def through(self, parts: Iterable[Wave]) -> Iterator[Wave]:
        """Yield the parts as they are.

        Raises:
            SpectrogramError: A sample is not finite.
        """
        for part in parts:
            if not np.isfinite(part).all():
                wrong = self.samples + int(np.argmin(np.isfinite(part)))
                raise SpectrogramError(f"sample {wrong} is not finite")
            self.samples += len(part)
            self.power += float(np.sum(part**2, dtype=float))
            size = np.abs(part)
            self.full += int(np.count_nonzero(size >= _CLIPPED_AT))
            self.peak = max(self.peak, float(size.max(initial=0.0)))
            yield part

    def sound(self, wave: Wave, rate: int, own: int) -> Sound:
        """Return what they were made into, with the level that they had.

        Raises:
            SpectrogramError: They were empty.
        """
        if not self.samples:
            raise SpectrogramError("the sound is empty")
        power = self.power / self.samples
        level = 10.0 * float(np.log10(power)) if power > 0 else float("-inf")
        return Sound(
            wave=wave,
            sample_rate=rate,
            level_db=level,
            clipped=self.full / self.samples,
            peak=self.peak,
            own_rate=own,
        )


def resampled(parts: Iterable[Wave], own: int, rate: int) -> Iterator[Wave]:
    """Yield a wave that comes in parts at another rate, by polyphase filtering.

    Args:
        parts: Shape ``(samples,)``, of any length.
        own: Their sample rate in Hz.
        rate: That of what is yielded.
    """
    if own == rate:
        yield from parts
        return
    common = gcd(own, rate)
    up, down = rate // common, own // common
    for part, first, last in _overlapping(parts, up, down):
        made = _filtered(part, up, down)
        yield made[first * up // down : -(-last * up // down)]


def _filtered(part: Wave, up: int, down: int) -> Wave:
    """Return a part at ``up / down`` times its rate: one product for each phase of the filter."""
    taps = _taps(up, down)
    reach = taps.shape[1] // 2
    seen = sliding_window_view(np.pad(part, reach), taps.shape[1])
    made = np.empty(-(-len(part) * up // down), np.float32)
    for first in range(min(up, len(made))):
        at, phase = divmod(first * down, up)
        made[first::up] = seen[at::down][: len(made[first::up])] @ taps[phase]
    return made


@lru_cache(maxsize=4)
def _taps(up: int, down: int) -> Wave:
    """Return a low-pass filter phase by phase, shape ``(up, taps)``.

    The windowed sinc of ``scipy.signal.resample_poly``, whose import alone takes 75 MB and longer
    than most files: Kaiser's window of shape 5, ten periods of the lower rate to both sides.
    """
    wide = _PERIODS * max(up, down)
    at = np.arange(-wide, wide + 1)
    low_pass = np.sinc(at / max(up, down)) * np.kaiser(len(at), 5.0)
    low_pass *= up / low_pass.sum()
    reach = wide // up + 1
    index = np.arange(up)[:, None] + up * np.arange(reach, -reach - 1, -1) + wide
    is_inside = (index >= 0) & (index < len(at))
    return np.where(is_inside, low_pass[np.where(is_inside, index, 0)], 0.0).astype(np.float32)


def _overlapping(parts: Iterable[Wave], up: int, down: int) -> Iterator[tuple[Wave, int, int]]:
    """Yield parts with what the filter reaches of their neighbours, and where each begins and ends.

    All begin, and all but the last end, where a sample of the other rate lies.
    """
    margin = down * (1 + _taps(up, down).shape[1] // (2 * down))
    carried, first = np.empty(0, np.float32), 0
    for part in parts:
        carried = np.concatenate([carried, part])
        last = first + (len(carried) - margin - first) // down * down
        if last > first:
            yield carried[: last + margin], first, last
            kept = max(0, last - margin)
            carried, first = carried[kept:], last - kept
    if len(carried) > first:
        yield carried, first, len(carried)
