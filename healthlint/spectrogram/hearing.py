"""One sample heard: its level, clipping, silence, rate of speech and sharpness.

``hear`` takes one file, sound or mel, and never raises for what is wrong with it: a file that
cannot be heard says so in ``problem``. Bounds and where they come from:

* silent: under -60 dB of full scale over the whole file (16 bit reach down to -96; quiet recordings
  lie near -40, and a collapsed model was seen to write a peak of 0.0005, -66 dB), or a mel in which
  nothing stands 6 dB out of its own floor.
* clipped: more than one sample in a thousand at 0.999 of full scale or beyond (a voice normalised
  to its peak has a handful). Flat tops below full scale are not seen.
* pauses: frames of 20 ms more than 40 dB below the loud ones (their 95th percentile), as the
  frames are chosen whose sharpness is measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from healthlint.spectrogram import audio
from healthlint.spectrogram.agreeing import side
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.judging import Baseline, BlurVerdict, judge, share
from healthlint.spectrogram.measuring import baseline_of, files_of, measured
from healthlint.spectrogram.score import Sharpness

_FRAME_SECONDS, _HOP_SECONDS = 0.020, 0.010
_LOUD_PERCENTILE, _PAUSE_DB = 95.0, 40.0
_NAN = float("nan")
TROUBLES = ("silent", "clipped", "too long", "too short", "static", "noisy", "blurred")
_SLOWEST, _FASTEST, _PAUSE_SECONDS, _FEWEST_LETTERS = 6.0, 40.0, 3.0, 10
"""Letters a second that speech, pauses included, stays between; a pause that any text may have; and
the letters of which a text must have that many to say anything of a length.

Russian and English read at 9 to 16 letters a second; a stop token that never fires was seen to give
14 s for 60 letters.
"""


@dataclass(frozen=True, slots=True)
class References:
    """What samples are compared with.

    Attributes:
        known: What the references look like, None where none could be measured.
        problems: Why some could not, each with its path.
    """

    known: Baseline | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one sample says of itself; numbers that a mel alone does not tell are NaN.

    Attributes:
        path: The file.
        seconds: Length, above 0.
        level_db: Root mean square in dB of full scale, at most 0; -inf for digital silence.
        peak: Largest magnitude, 0 to 1 (files of floats may go beyond).
        clipped: Share of samples at full scale, 0 to 1.
        leading_seconds: Pause before the first sound, 0 to ``seconds``.
        trailing_seconds: Pause after the last sound, 0 to ``seconds``.
        speech_seconds: Sound from the first to the last, inner pauses left out, 0 to ``seconds``.
        letters: Letters and digits of the text, 0 without one.
        rate: Letters and digits of the text a second of speech; NaN without a text or speech.
        sharpness: The named numbers, None where they could not be measured.
        verdict: What can be said of its sharpness, None likewise.
        notes: What had to be assumed.
        problem: Why it could not be heard, empty where it was.
    """

    path: str
    seconds: float = _NAN
    level_db: float = _NAN
    peak: float = _NAN
    clipped: float = _NAN
    leading_seconds: float = _NAN
    trailing_seconds: float = _NAN
    speech_seconds: float = _NAN
    letters: int = 0
    rate: float = _NAN
    sharpness: Sharpness | None = None
    verdict: BlurVerdict | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return what is wrong with it, of ``TROUBLES``; empty also where nothing could be told."""
        is_told = self.letters >= _FEWEST_LETTERS
        is_there = {
            "clipped": self.clipped > audio.CLIPPED_SHARE,
            "too long": is_told and self.seconds > _PAUSE_SECONDS + self.letters / _SLOWEST,
            "too short": is_told and self.seconds < self.letters / _FASTEST,
            self.verdict.name if self.verdict else "": True,
        }
        return tuple(trouble for trouble in TROUBLES if is_there.get(trouble))

    @property
    def is_judged(self) -> bool:
        """Return whether its sharpness came to a verdict, or something is wrong with it."""
        return bool(self.troubles) or (self.verdict is not None and self.verdict.name == "sharp")

    @property
    def share(self) -> float:
        """Return the share of the reference's detail that is there, 0 to 1; NaN without one."""
        return share(self.verdict.deficit_db) if self.verdict else _NAN


def references(paths: Sequence[str], settings: Settings | None = None) -> References:
    """Return what recordings look like; folders are searched.

    Args:
        paths: Files and folders; five recordings of the speaker or more.
        settings: How files are to be understood.
    """
    files, problems = files_of(paths)
    try:
        alike = side(files, settings or Settings()).settings
    except SpectrogramError as error:
        return References(None, (*problems, str(error)))
    many = [measured(file, alike) for file in files]
    problems += [f"{measured.path}: {measured.problem}" for measured in many if measured.problem]
    return References(baseline_of(many), tuple(problems))


def hear(
    path: str | Path,
    known: Baseline | None = None,
    text: str = "",
    settings: Settings | None = None,
) -> Heard:
    """Return what one sample says of itself; nothing is raised.

    Args:
        path: Sound (wav, flac, ...) or a mel (.npy, .npz, .pt).
        known: What it is compared with (``references(paths).known``), None for nothing.
        text: What it says, empty where that is not known.
        settings: How the file is to be understood.
    """
    file, settings = Path(path), settings or Settings()
    if file.is_file() and not file.stat().st_size:
        return Heard(path=str(path), problem="the file is empty")
    if file.suffix.lower() not in audio.SUFFIXES:
        return _judged(Heard(path=str(path)), known, settings)
    try:
        sound = audio.read(file)
    except SpectrogramError as error:
        return Heard(path=str(path), problem=str(error))
    return _judged(_of_sound(str(path), sound, text), known, settings)


def _of_sound(path: str, sound: audio.Sound, text: str) -> Heard:
    seconds = len(sound.wave) / sound.sample_rate
    first, last, speech = (_NAN, _NAN, 0.0) if sound.is_silent else _spoken(sound)
    letters = sum(map(str.isalnum, text))
    return Heard(
        path=path,
        seconds=seconds,
        level_db=sound.level_db,
        peak=float(np.abs(sound.wave).max()),
        clipped=sound.clipped,
        leading_seconds=first,
        trailing_seconds=seconds - last,
        speech_seconds=speech,
        letters=letters,
        rate=letters / speech if letters and speech > 0 else _NAN,
    )


def _spoken(sound: audio.Sound) -> tuple[float, float, float]:
    """Return where sound begins and ends and how much of it there is, in seconds."""
    hop = max(1, round(_HOP_SECONDS * sound.sample_rate))
    levels = _levels(np.asarray(sound.wave, float), 2 * hop, hop)
    is_loud = levels > np.percentile(levels, _LOUD_PERCENTILE) - _PAUSE_DB
    at = np.flatnonzero(is_loud)
    whole = len(sound.wave) / sound.sample_rate
    second = hop / sound.sample_rate
    end = min(whole, (at[-1] + 2) * second)
    return float(at[0] * second), float(end), float(min(whole, len(at) * second))


def _levels(wave: Floats, length: int, hop: int) -> Floats:
    """Return the level of each frame in dB of full scale, shape ``(frames,)``."""
    frames = sliding_window_view(wave**2, min(length, len(wave)))[::hop]
    return np.asarray(10.0 * np.log10(frames.mean(axis=1) + 1e-12))


def _judged(heard: Heard, known: Baseline | None, settings: Settings) -> Heard:
    """Return a sample with its sharpness."""
    numbers = measured(heard.path, settings)
    if numbers.sharpness is None:
        return replace(heard, problem=numbers.problem)
    if known is not None and numbers.is_guess and known.scale not in ("", numbers.scale):
        told = f"read as {numbers.scale}, the references as {known.scale}: not compared"
        return replace(heard, problem=f"{told}; make them alike, or declare the scale")
    seconds = numbers.seconds if math.isnan(heard.seconds) else heard.seconds
    verdict = judge(numbers.sharpness, known, is_guess=numbers.is_guess)
    return replace(
        heard, seconds=seconds, sharpness=numbers.sharpness, verdict=verdict, notes=numbers.notes
    )
