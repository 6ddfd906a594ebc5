"""Spectrograms of a run's samples, small, for formats that show pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np

from healthlint.logs import Log, Run
from healthlint.report import Panel, Picture
from healthlint.spectrogram import inputs
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.judging import share
from healthlint.spectrogram.samples import Sample, announced, settings_of, spread
from healthlint.spectrogram.score import sharpness
from healthlint.spectrogram.structure import NEPER_DB

MOST_CLIPS, MOST_EPOCHS = 2, 5
_SECONDS = 3.0
_RANGE_DB = 60.0
MOST_SOUND = 450_000
"""Bytes of a sound that is kept: 10 seconds of 16 bits at 22,050 Hz."""


def panels(log: Log, run: Run) -> list[Panel]:
    """Return the spectrograms of the first clips of a run at epochs spread over it.

    Samples that are not beside the log or cannot be read are left out: the log's problems say so.
    """
    settings = settings_of(run.facts, Settings())
    clips: dict[str, list[Sample]] = {}
    for sample in announced(run, Path(log.path)):
        if sample.mel.is_file():
            clips.setdefault(sample.clip, []).append(sample)
    texts = {event.line: str(event.fields.get("text") or "") for event in run.events}
    panels = []
    for clip, samples in list(clips.items())[:MOST_CLIPS]:
        pictures = list(_pictures(spread(samples, MOST_EPOCHS), settings))
        if any(not picture.is_recording for picture in pictures):
            panels.append(Panel(clip, texts[samples[0].line], pictures))
    return panels


def _pictures(samples: Sequence[Sample], settings: Settings) -> Iterator[Picture]:
    """Yield the pictures of one clip, all on the scale of its recording, or of its loudest."""
    target = samples[-1].target
    recording = _read(target, settings) if target else None
    read = [(one, had) for one in samples if (had := _read(one.mel, settings)) is not None]
    shown = [mel for _, (mel, _) in read] if recording is None else [recording[0]]
    if not read:
        return
    top = max(float(np.percentile(mel, 99.8)) for mel in shown)
    best = recording[1] if recording else nan
    for sample, (mel, total) in read:
        picture = _picture(sample.epoch, sample.step, mel, top, share(best - total))
        yield replace(picture, sound=_sound(sample.sound))
    if recording is not None:
        picture = _picture(None, None, recording[0], top, nan, is_recording=True)
        yield replace(picture, sound=_sound(samples[-1].target_sound))


def _sound(path: Path | None) -> bytes:
    """Return a WAV file as it is, empty where there is none, or one that is too long."""
    if path is None:
        return b""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_SOUND + 1)
    except OSError:
        return b""
    is_wave = data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    return data if is_wave and len(data) <= MOST_SOUND else b""


def _read(path: Path, settings: Settings) -> tuple[Floats, float] | None:
    """Return the middle of a spectrogram and the sharpness of the whole, None if unreadable."""
    try:
        spectrogram = inputs.read(path, settings)
        total = sharpness(spectrogram.mel, spectrogram.front).total_db
    except (SpectrogramError, OSError):
        return None
    frames = spectrogram.mel.shape[1]
    wanted = min(frames, round(_SECONDS * 1000 / spectrogram.front.frame_ms))
    first = (frames - wanted) // 2
    return spectrogram.mel[:, first : first + wanted], total


def _picture(
    epoch: float | None,
    step: float | None,
    mel: Floats,
    top: float,
    detail: float,
    *,
    is_recording: bool = False,
) -> Picture:
    levels = 1.0 + (np.nan_to_num(mel, nan=-np.inf) - top) * NEPER_DB / _RANGE_DB
    pixels = np.round(np.clip(levels, 0.0, 1.0) * 255).astype(np.uint8)[::-1]
    height, width = pixels.shape
    return Picture(
        epoch=epoch,
        step=step,
        is_recording=is_recording,
        sharpness=detail,
        width=width,
        height=height,
        pixels=pixels.tobytes(),
    )
