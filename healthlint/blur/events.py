"""Samples in TensorBoard events: their files, laid out where they can be measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

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


def samples_of(path: Path, scratch: Path) -> tuple[list[Sample], list[str]]:
    """Write the sound of events into a folder, of the images those of mels where there is no sound.

    Args:
        path: An event file, or a folder that holds some.
        scratch: An empty folder for their files.

    Returns:
        What was synthesised, by step; and the files of recordings: tags that say `gt`, `target`,
        `reference`, ...

    Raises:
        SpectrogramError: There is no sample, or the events cannot be read.
    """
    try:
        counts = Counter(entry.kind for entry in _usable(path))
        kind = "audio" if counts["audio"] else "image"
        written = _written((entry for entry in _usable(path) if entry.kind == kind), scratch)
    except OSError as error:
        raise SpectrogramError(error.strerror or "cannot be read") from error
    if not written:
        raise SpectrogramError("no sound and no image of a mel in these events")
    if kind == "image":
        try:
            read_image(written[0].mel)
        except SpectrogramError as error:
            images = plural(counts["image"], "image")
            raise SpectrogramError(f"no sound, and of mels {images}: {error}") from error
    true = {sample.clip: sample.mel for sample in written if _TRUE.search(sample.clip)}
    samples = [sample for sample in written if sample.clip not in true] or written
    matched = {_TRUE.sub("", clip).strip("/_. -"): file for clip, file in true.items()}
    placed = [replace(sample, target=_target(sample.clip, matched)) for sample in samples]
    placed.sort(key=lambda sample: sample.when)
    return placed, [str(file) for file in true.values()] if len(samples) < len(written) else []


def _usable(path: Path) -> Iterator[Media]:
    """Yield what may be measured: all sound, and of the images those of mels."""
    return (entry for entry in media(path) if entry.kind == "audio" or _MEL.search(entry.tag))


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
