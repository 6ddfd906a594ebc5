"""Samples that a run announced, measured: one value an epoch, ready to be series."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from healthlint.logs.model import Event, Run
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Front
from healthlint.spectrogram.inputs import Settings

Item = TypeVar("Item")
_SPACES = {
    "ln-power-mel": "ln-power",
    "ln-amp-mel": "ln-amp",
    "log10-mel": "log10-amp",
    "db-mel": "db",
    "z-ln-mel": "z-scored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One announced sample.

    Attributes:
        line: 1-based line of the log that announced it; 0 where none did.
        step: Step, None where not logged.
        epoch: Epoch, None where not logged.
        clip: What was synthesised; the same in every epoch.
        mel: The file to measure: the predicted mel where there is one, else the sound.
        target: The mel of the recording, None where not announced.
        sound: The sound to hear, None where not announced.
        target_sound: The sound of the recording, None where not announced.
        is_unpacked: Whether the file was unpacked from the log, so that its path says nothing.
    """

    line: int
    step: float | None
    epoch: float | None
    clip: str
    mel: Path
    target: Path | None = None
    sound: Path | None = None
    target_sound: Path | None = None
    is_unpacked: bool = False

    @property
    def when(self) -> float:
        """Return the epoch, the step where there is none, the line where neither was logged."""
        return next(
            place for place in (self.epoch, self.step, float(self.line)) if place is not None
        )


def announced(run: Run, place: Path) -> Iterator[Sample]:
    """Yield the samples of a run in file order.

    Args:
        run: The run.
        place: Its log, or the folder of that: paths in it are relative to the folder.
    """
    folder = place if place.is_dir() else place.parent
    samples = (_sample(event, folder) for event in run.events if event.kind == "sample")
    return filter(None, samples)


def spread(many: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many, the first, the last and some between.

    >>> spread("abcdefg", 3)
    ['a', 'd', 'g']
    """
    places = np.linspace(0, len(many) - 1, min(len(many), most))
    return [many[round(at)] for at in places.tolist()]


def _sample(event: Event, folder: Path) -> Sample | None:
    sound = _path(event, "wav", folder)
    mel = _path(event, "mel", folder) or sound
    if mel is None:
        return None
    clip = event.fields.get("clip") or event.fields.get("text") or ""
    return Sample(
        line=event.line,
        step=event.step,
        epoch=event.epoch,
        clip=str(clip),
        mel=mel,
        target=_path(event, "target_mel", folder),
        sound=sound,
        target_sound=_path(event, "target_wav", folder),
    )


def _path(event: Event, name: str, folder: Path) -> Path | None:
    """Return a path that an event names, None where it names none or one outside the folder."""
    word = event.fields.get(name)
    if not isinstance(word, str) or not word:
        return None
    path = folder / word
    try:
        path.exists()
        return path if path.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError, ValueError):  # no name of a file: too long, a loop of links
        return None


def settings_of(facts: Mapping[str, object], settings: Settings) -> Settings:
    """Return how the samples of a run are to be understood, from its facts.

    What was declared on the command line outranks them; a run of this project's trainer is known
    to use HTK filters without normalisation.
    """
    front = settings.front
    changes: dict[str, Any] = {}
    for name, ours in (("sample_rate", "sample_rate"), ("hop_length", "hop"), ("n_fft", "n_fft")):
        value = facts.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            changes[ours] = int(value)
    if facts.get("trainer") == "healthlint":
        changes |= {"mel": "htk", "is_normalised": False, "fmax": 8000.0}
    known = {k: v for k, v in changes.items() if getattr(front, k) == getattr(Front(), k)}
    scale = settings.scale or _SPACES.get(_space(facts), "")
    try:
        return replace(settings, front=replace(front, **known), scale=scale)
    except SpectrogramError:
        return replace(settings, scale=scale)


def _space(facts: Mapping[str, object]) -> str:
    metrics = facts.get("metrics")
    mel = metrics.get("mel_loss") if isinstance(metrics, Mapping) else None
    return str(mel.get("space", "")) if isinstance(mel, Mapping) else ""


_STEP = re.compile(
    r"(?<![a-z])(?:(global[-_ ]?step|steps?|iter(?:ation)?s?|it|epochs?|ep)[-_ =]?(\d+)(?!\d)|"
    r"(\d+)[-_ ]?(steps?|iters?|epochs?)(?![a-z]))",
    re.IGNORECASE,
)
_FEWEST_STEPS = 3


def numbered(files: Sequence[Path]) -> list[Sample]:
    """Return files as the samples of a training, by number, where their names say steps or epochs.

    None are where a name says neither or fewer than three steps are there.

    >>> [one.step for one in numbered([Path(f"step-{at}-audio.wav") for at in (900, 1000, 80)])]
    [80.0, 900.0, 1000.0]
    """
    samples = []
    for file in files:
        match = _STEP.search(file.stem)
        if match is None:
            return []
        word, number = match[1] or match[4], float(match[2] or match[3])
        clip = (file.stem[: match.start()] + file.stem[match.end() :]).strip("-_. ")
        step, epoch = (None, number) if word.lower().startswith("ep") else (number, None)
        samples.append(Sample(line=0, step=step, epoch=epoch, clip=clip, mel=file))
    samples.sort(key=lambda sample: sample.when)
    return samples if len({sample.when for sample in samples}) >= _FEWEST_STEPS else []
