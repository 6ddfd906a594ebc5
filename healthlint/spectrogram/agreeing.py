"""How a set of mels is to be understood: one scale and one order of axes for all that are compared.

File by file a scale is easily mistaken: speech of one normalisation looks like three. Over a set it
is not, and where references and what is compared with them contradict each other, nothing is
compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from healthlint.spectrogram import audio, images, inputs, scales
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.scales import Statistics

_SOUND, _IMAGE = "sound", "image"
_WITHOUT_UNIT = ("z-scored", _IMAGE)
_NEAR_MEAN, _FAR_MEAN = 0.75, 1.0
"""Distance of two means in deviations of the references: of one scale below, of two above."""
_NARROW, _WIDE = 0.55, 1.65
"""Ratio of two deviations of one scale (recordings: 0.72 to 1.57); of two scales 2 and more."""
_FEWEST_FRAMES = 150
"""Frames below which a mel may well have another deviation than its like."""
_SURE = 0.06
_HINT = "make them alike, or declare what all are: --scale NAME"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: the references, or what is compared with them.

    Attributes:
        settings: How its files are to be understood.
        reading: The scale in which its files are read; ``sound`` or ``image`` where they are that;
            empty where nothing is known.
        seen: What its arrays look like together, None without any.
    """

    settings: Settings
    reading: str = ""
    seen: Statistics | None = None


def sides(
    references: Sequence[str],
    others: Sequence[str],
    settings: Settings,
    *,
    is_course: bool = False,
) -> tuple[Settings, Settings]:
    """Return how references and what is compared with them are to be understood.

    Args:
        references: Files; none is possible.
        others: Files.
        settings: What was declared, which stands.
        is_course: Whether the others are the course of a training.

    Raises:
        SpectrogramError: They are read on different scales; the message names both.
    """
    first, second = side(references, settings), side(others, settings, is_course=is_course)
    own, others_own = first.settings, second.settings
    if settings.scale:
        return own, others_own
    if first.reading == second.reading or not (first.reading and second.reading):
        _refuse_unlike(first, second)
    elif not _is_one_kind(first, second, is_course=is_course):
        told = f"the references are read as {_said(first)}, the rest as {_said(second)}"
        raise SpectrogramError(f"{told}: not compared", _HINT)
    elif first.seen is not None:
        others_own = replace(others_own, scale=own.scale, is_guess=own.is_guess)
    return own, others_own


def side(files: Sequence[str], settings: Settings, *, is_course: bool = False) -> Side:
    """Return how files of one kind are to be understood.

    Args:
        files: The files.
        settings: What was declared, which stands.
        is_course: Whether they are the course of a training, whose first mels are unlike the last.

    Raises:
        SpectrogramError: They are on no scale that is recognised, or some on another one.
    """
    suffixes = {Path(file).suffix.lower() for file in files}
    reading = _SOUND if suffixes.intersection(audio.SUFFIXES) else ""
    reading = _IMAGE if suffixes.intersection(images.SUFFIXES) else reading
    looks = list(_looks(files))
    if not looks:
        return Side(settings, reading)
    settings = replace(settings, bands=settings.bands or _bands(looks))
    unsaid = [look for look in looks if not look.said and look.seen.spread]
    if settings.scale or not unsaid:
        return Side(settings, reading or settings.scale or looks[0].said)
    seen = scales.pooled([look.seen for look in unsaid])
    name = scales.scale_of(seen)
    if not is_course:
        _refuse_odd(unsaid, seen, name)
    settings = replace(settings, scale=name, is_guess=True)
    return Side(settings, reading or name, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is remembered of one array: how upright it is, of those whose shape leaves that open."""

    file: str
    said: str
    shape: tuple[int, ...]
    lead: float
    seen: Statistics


def _looks(files: Sequence[str]) -> Iterator[_Look]:
    """Yield what files look like; those that cannot be read are measured, and refused, later."""
    for file in files:
        try:
            loaded = inputs.loaded(Path(file))
            if loaded is None:
                continue
            mel, said = scales.flat(loaded[0]), str(loaded[1].get("scale", ""))
            is_open = set(mel.shape) <= set(scales.BAND_COUNTS)
            lead = scales.uprightness(mel) if is_open else 0.0
            seen = scales.statistics(mel)
            yield _Look(file=file, said=said, shape=mel.shape, lead=lead, seen=seen)
        except Exception:  # noqa: S112 - whatever it is, measuring meets and tells it
            continue


def _bands(looks: Sequence[_Look]) -> int:
    """Return the number of bands that all mels have in common, 0 where the set does not tell."""
    common = sorted(set(scales.BAND_COUNTS).intersection(*(look.shape for look in looks)))
    if len(common) < 2:
        return common[0] if common else 0
    leads = [
        sum(look.lead if look.shape[0] == count else -look.lead for look in looks)
        for count in common
    ]
    return common[int(np.argmax(leads))] if max(leads) > _SURE else 0


def _name(seen: Statistics) -> str:
    try:
        return scales.scale_of(seen)
    except SpectrogramError:
        return ""


def _refuse_odd(looks: Sequence[_Look], whole: Statistics, name: str) -> None:
    """Refuse a set some of whose mels are by themselves, and plainly, of another scale."""
    odd: dict[str, list[str]] = {}
    for look in looks:
        ratio = look.seen.spread / max(whole.spread, 1e-9)
        is_usual = _NARROW < ratio < _WIDE or max(look.shape) < _FEWEST_FRAMES
        own = name if is_usual else _name(look.seen)
        if own not in ("", name):
            odd.setdefault(own, []).append(look.file)
    for other, files in odd.items():
        raise SpectrogramError(
            f"{len(files)} of {len(looks)} mels are read as {other} ({files[0]}), the others as "
            f"{name}: not compared",
            _HINT,
        )


def _is_one_kind(first: Side, second: Side, *, is_course: bool) -> bool:
    """Return whether two sets with two readings can be compared.

    Arrays with a unit and sound can; the first mels of a training that are like its targets in
    mean, but hardly move yet, are of their scale.
    """
    if first.seen is None or second.seen is None:
        readings = {first.reading, second.reading}
        return readings.isdisjoint(_WITHOUT_UNIT) and _SOUND in readings
    distance, ratio = _apart(first.seen, second.seen)
    return is_course and distance < _NEAR_MEAN and _NARROW < ratio < _WIDE


def _refuse_unlike(first: Side, second: Side) -> None:
    """Refuse sets of one reading whose values are as far apart as those of two scales."""
    if first.seen is None or second.seen is None or second.reading in _WITHOUT_UNIT:
        return
    distance, _ = _apart(first.seen, second.seen)
    if distance > _FAR_MEAN:
        raise SpectrogramError(
            f"both are read as {first.reading}, but their values are unlike: of the references "
            f"{_values(first.seen)}, of the rest {_values(second.seen)}",
            _HINT,
        )


def _apart(first: Statistics, second: Statistics) -> tuple[float, float]:
    unit = max(first.spread, 1e-9)
    return abs(second.mean - first.mean) / unit, second.spread / unit


def _said(side: Side) -> str:
    return side.reading if side.seen is None else f"{side.reading} ({_values(side.seen)})"


def _values(seen: Statistics) -> str:
    return f"mean {seen.mean:.1f}, deviation {seen.spread:.1f}, least {seen.low:.1f}"
