"""Samples in TensorBoard events: their files, laid out where they can be measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from healthlint.readers.tbmedia import Media, media
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.images import read as read_image
from healthlint.spectrogram.samples import Sample
from healthlint.terminal.numbers import plural

_TRUE = re.compile(
    r"(?:^|[/_. -])(gt|ground[_-]?truth|target|reference|ref|real|original|recorded)(?=$|[/_. -])",
    re.IGNORECASE,
)
_MEL = re.compile(r"mel|spec", re.IGNORECASE)


class AnnouncedSamples(NamedTuple):
    """What was found in events.

    Attributes:
        samples: What was synthesised, by step.
        targets: Files of recordings: tags that say `gt`, `target`, `reference`, ...
        problem: Why there is no sample, empty where there is one.
    """

    samples: Sequence[Sample]
    targets: Sequence[str]
    problem: str


def samples_of(path: Path, scratch: Path) -> AnnouncedSamples:
    """Write the sound of events into a folder, of the images those of mels where there is no sound.

    Args:
        path: An event file, or a folder that holds some.
        scratch: An empty folder for their files.

    Raises:
        OSError: The events cannot be read.
    """
    counts = {"audio": 0, "image": 0}
    for entry in media(path):
        counts[entry.kind] += entry.kind == "audio" or bool(_MEL.search(entry.tag))
    kind = "audio" if counts["audio"] else "image"
    if not counts[kind]:
        return AnnouncedSamples((), (), "no sound and no image of a mel in these events")
    of_kind = (entry for entry in media(path) if entry.kind == kind)
    chosen = (entry for entry in of_kind if kind == "audio" or _MEL.search(entry.tag))
    written = _written(chosen, scratch)
    problem = _refused(written[0]) if kind == "image" else ""
    if problem:
        images = plural(counts["image"], "image")
        return AnnouncedSamples((), (), f"no sound, and of mels {images}: {problem}")
    true = {sample.clip: str(sample.mel) for sample in written if _TRUE.search(sample.clip)}
    samples = [sample for sample in written if sample.clip not in true] or written
    matched = {_TRUE.sub("", clip).strip("/_. -"): Path(file) for clip, file in true.items()}
    placed = [replace(sample, target=_target(sample.clip, matched)) for sample in samples]
    return AnnouncedSamples(placed, list(true.values()) if len(samples) < len(written) else [], "")


def _written(many: Iterable[Media], scratch: Path) -> list[Sample]:
    written = []
    for number, sound in enumerate(many):
        name = re.sub(r"[^\w.-]+", "_", sound.tag)[:60]
        file = scratch / f"{name}_step_{sound.step}_{number}{sound.suffix}"
        file.write_bytes(sound.content)
        written.append(
            Sample(
                line=0,
                step=float(sound.step),
                epoch=None,
                clip=sound.tag,
                mel=file,
                is_unpacked=True,
            )
        )
    return written


def _target(clip: str, true: dict[str, Path]) -> Path | None:
    """Return the recording of the same name but for its word, None without one."""
    tails = [tail for tail in true if tail and clip.endswith(tail)]
    return true[max(tails, key=len)] if tails else None


def _refused(first: Sample) -> str:
    try:
        read_image(first.mel)
    except SpectrogramError as error:
        return str(error)
    return ""
