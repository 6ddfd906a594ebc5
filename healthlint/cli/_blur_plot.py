"""The pictures of ``healthlint blur``: which are drawn, and under which names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from healthlint.cli._blur_work import Group, Row
from healthlint.reporters._text import visible
from healthlint.spectrogram import inputs
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.score import Sharpness, sharpness

_MOST = 24
"""Pictures of single spectrograms in one call: the worst ones are drawn."""


def draw(groups: Sequence[Group], folder: Path, picture: ModuleType) -> list[Path]:
    """Write the pictures into a folder, which is made where it is missing.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, group in enumerate(groups):
        written += _singles(group, folder, picture)
        if group.is_log and len({row.sample.when for row in group.rows if row.sample}) > 1:
            path = folder / (f"sharpness-{number}.png" if number else "sharpness.png")
            _over_epochs(group, path, picture)
            written.append(path)
    return written


def _singles(group: Group, folder: Path, picture: ModuleType) -> list[Path]:
    with_reference = [row for row in group.rows if row.reference and row.measured.sharpness]
    rows = _evenly(with_reference) if group.is_log else sorted(with_reference, key=_total)[:_MOST]
    written: list[Path] = []
    for row in rows:
        path = folder / f"{_name(row)}.png"
        if path in written:
            path = folder / f"{_name(row)}-{len(written)}.png"
        if _beside(row, path, picture):
            written.append(path)
    return written


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


def _beside(row: Row, path: Path, picture: ModuleType) -> bool:
    try:
        own = inputs.read(Path(row.measured.path), row.settings)
        other = inputs.read(Path(row.reference), row.settings)
        bands = (sharpness(own.mel, own.front).by_band, sharpness(other.mel, other.front).by_band)
    except (SpectrogramError, OSError):
        return False
    if own.front != other.front:
        return False
    titles = (
        f"{_tail(row.measured.path)}: {_told(row)}",
        f"{_tail(row.reference)}: reference",
    )
    picture.beside(path, own.mel, other.mel, own.front, titles, bands)
    return True


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
    known = [one.sharpness for one in group.references if one.sharpness]
    is_epochs = any(row.sample and row.sample.epoch is not None for row in group.rows)
    picture.over_epochs(path, points, known, "epoch" if is_epochs else "step")
