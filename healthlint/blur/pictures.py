"""The pictures of ``healthlint blur``: which are drawn, and under which names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from healthlint.blur.groups import Group, Row, apart
from healthlint.plots import spectrograms
from healthlint.plots.spectrograms import Shown
from healthlint.spectrogram import inputs
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Spectrogram
from healthlint.spectrogram.measuring import numbers_of
from healthlint.spectrogram.samples import spread
from healthlint.spectrogram.score import Sharpness, sharpness
from healthlint.terminal.numbers import plural
from healthlint.terminal.text import visible

_MOST = 24
"""Pictures of single spectrograms in one call: the worst ones are drawn."""


def draw(groups: Sequence[Group], folder: Path) -> tuple[list[Path], list[str]]:
    """Write the pictures into a folder, which is made where it is missing.

    Returns:
        The files, and what was not drawn and why.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    left_out: list[str] = []
    for number, group in enumerate(groups):
        _singles(group, folder, written, left_out)
        if group.title and len({row.sample.when for row in group.rows if row.sample}) > 1:
            path = folder / (f"sharpness-{number}.png" if number else "sharpness.png")
            _over_epochs(group, path)
            written.append(path)
    return written, left_out


def _singles(group: Group, folder: Path, written: list[Path], left_out: list[str]) -> None:
    there = [row for row in group.rows if row.measured.sharpness]
    rows = spread(there, _MOST) if group.title else sorted(there, key=_total)[:_MOST]
    if len(rows) < len(there):
        which = "in between" if group.title else "the sharpest"
        left_out.append(f"{plural(len(there) - len(rows), 'spectrogram')}, {which}")
    for row in rows:
        path = folder / f"{_name(row)}.png"
        if path in written:
            path = folder / f"{_name(row)}-{len(written)}.png"
        if problem := _picture(row, path):
            left_out.append(f"{_tail(row.measured.path)}: {problem}")
        else:
            written.append(path)


def _total(row: Row) -> float:
    numbers = row.measured.sharpness
    return numbers.total_db if numbers and numbers.total_db == numbers.total_db else -1e9


def _name(row: Row) -> str:
    stem = Path(row.measured.path).stem
    return re.sub(r"[^\w.-]+", "_", stem)[:80] or "spectrogram"


def _picture(row: Row, path: Path) -> str:
    """Draw a spectrogram, beside its reference where it has one; return why it was not drawn."""
    try:
        own = inputs.read(Path(row.measured.path), row.settings)
        other = inputs.read(Path(row.reference), row.settings) if row.reference else None
    except (SpectrogramError, OSError) as error:
        return str(error)
    shown = _shown(own, f"{_tail(row.measured.path)}: {_told(row)}")
    if other is None or own.front != other.front:
        spectrograms.alone(path, shown, own.front)
        return ""
    kind = "the same utterance" if row.is_pair else "a reference, another utterance"
    beside = _shown(other, f"{_tail(row.reference)}: {kind}")
    axis = row.verdict.axis if row.verdict else ""
    spectrograms.beside(path, shown, beside, own.front, is_pair=row.is_pair, axis=axis)
    return ""


def _shown(spectrogram: Spectrogram, title: str) -> Shown:
    return Shown(spectrogram.mel, title, sharpness(spectrogram.mel, spectrogram.front))


def _told(row: Row) -> str:
    """Return the verdict with what it rests on."""
    verdict = row.verdict
    if verdict is None:
        return "no verdict"
    if not math.isfinite(verdict.deficit_db):
        return f"{verdict}, {verdict.reason}"
    return f"{verdict}, {apart(verdict, '±')} the {verdict.against}"


def _tail(path: str) -> str:
    """Return a file with the folder that it lies in."""
    return visible("/".join(Path(path).parts[-2:]))


def _over_epochs(group: Group, path: Path) -> None:
    points: dict[str, list[tuple[float, Sharpness]]] = {}
    for row in group.rows:
        if row.sample and row.measured.sharpness:
            point = (row.sample.when, row.measured.sharpness)
            points.setdefault(row.sample.clip or "sample", []).append(point)
    known = numbers_of(group.references)
    is_epochs = any(row.sample and row.sample.epoch is not None for row in group.rows)
    spectrograms.over_epochs(path, points, known, "epoch" if is_epochs else "step")
