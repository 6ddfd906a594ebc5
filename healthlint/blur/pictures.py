"""The pictures of ``healthlint blur``: which are drawn, and under which names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from healthlint.blur.groups import Group, Row
from healthlint.spectrogram import inputs
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Spectrogram
from healthlint.spectrogram.score import Sharpness, sharpness
from healthlint.terminal.numbers import plural
from healthlint.terminal.text import visible

_MOST = 24
"""Pictures of single spectrograms in one call: the worst ones are drawn."""


class Drawn(NamedTuple):
    """What came of the pictures.

    Attributes:
        written: The files.
        left_out: What was not drawn, and why.
    """

    written: list[Path]
    left_out: list[str]


def draw(groups: Sequence[Group], folder: Path, picture: ModuleType) -> Drawn:
    """Write the pictures into a folder, which is made where it is missing.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = Drawn([], [])
    for number, group in enumerate(groups):
        _singles(group, folder, picture, drawn)
        if group.is_log and len({row.sample.when for row in group.rows if row.sample}) > 1:
            path = folder / (f"sharpness-{number}.png" if number else "sharpness.png")
            _over_epochs(group, path, picture)
            drawn.written.append(path)
    return drawn


def _singles(group: Group, folder: Path, picture: ModuleType, drawn: Drawn) -> None:
    there = [row for row in group.rows if row.measured.sharpness]
    rows = _evenly(there) if group.is_log else sorted(there, key=_total)[:_MOST]
    if len(rows) < len(there):
        which = "in between" if group.is_log else "the sharpest"
        drawn.left_out.append(f"{plural(len(there) - len(rows), 'spectrogram')}, {which}")
    for row in rows:
        path = folder / f"{_name(row)}.png"
        if path in drawn.written:
            path = folder / f"{_name(row)}-{len(drawn.written)}.png"
        problem = _picture(row, path, picture)
        if problem:
            drawn.left_out.append(f"{_tail(row.measured.path)}: {problem}")
        else:
            drawn.written.append(path)


def _total(row: Row) -> float:
    numbers = row.measured.sharpness
    return numbers.total_db if numbers and numbers.total_db == numbers.total_db else -1e9


def _evenly(rows: list[Row]) -> list[Row]:
    """Return at most so many rows, spread over the epochs, the first and the last included."""
    if len(rows) <= _MOST:
        return rows
    chosen = sorted({round(at * (len(rows) - 1) / (_MOST - 1)) for at in range(_MOST)})
    return [rows[at] for at in chosen]


def _name(row: Row) -> str:
    stem = Path(row.measured.path).stem
    return re.sub(r"[^\w.-]+", "_", stem)[:80] or "spectrogram"


def _picture(row: Row, path: Path, picture: ModuleType) -> str:
    """Draw a spectrogram, beside its reference where it has one; return why it was not drawn."""
    try:
        own = inputs.read(Path(row.measured.path), row.settings)
        other = inputs.read(Path(row.reference), row.settings) if row.reference else None
    except (SpectrogramError, OSError) as error:
        return str(error)
    shown = _shown(own, f"{_tail(row.measured.path)}: {_told(row)}", picture)
    if other is None or own.front != other.front:
        picture.alone(path, shown, own.front)
        return ""
    kind = "the same utterance" if row.is_pair else "a reference, another utterance"
    beside = _shown(other, f"{_tail(row.reference)}: {kind}", picture)
    axis = row.verdict.axis if row.verdict else ""
    picture.beside(path, shown, beside, own.front, is_pair=row.is_pair, axis=axis)
    return ""


def _shown(spectrogram: Spectrogram, title: str, picture: ModuleType) -> Any:
    return picture.Shown(spectrogram.mel, title, sharpness(spectrogram.mel, spectrogram.front))


def _told(row: Row) -> str:
    """Return the verdict with what it rests on."""
    verdict = row.verdict
    if verdict is None:
        return "no verdict"
    if not math.isfinite(verdict.deficit_db):
        return f"{verdict}, {verdict.reason}"
    side = "below" if verdict.deficit_db >= 0 else "above"
    size = f"{abs(verdict.deficit_db):.1f} ± {verdict.uncertainty_db:.1f} dB"
    return f"{verdict}, {size} {side} the {verdict.against}"


def _tail(path: str) -> str:
    """Return a file with the folder that it lies in."""
    return visible("/".join(Path(path).parts[-2:]))


def _over_epochs(group: Group, path: Path, picture: ModuleType) -> None:
    points: dict[str, list[tuple[float, Sharpness]]] = {}
    for row in group.rows:
        if row.sample and row.measured.sharpness:
            point = (row.sample.when, row.measured.sharpness)
            points.setdefault(row.sample.clip or "sample", []).append(point)
    known = [reference.sharpness for reference in group.references if reference.sharpness]
    is_epochs = any(row.sample and row.sample.epoch is not None for row in group.rows)
    picture.over_epochs(path, points, known, "epoch" if is_epochs else "step")
