"""Many files measured: in one process or several, in the order given, nothing kept but numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from healthlint.logs.faults import fault
from healthlint.spectrogram import inputs, measures, tensors
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Front
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.judging import Baseline, baseline
from healthlint.spectrogram.score import Sharpness, sharpness
from healthlint.spectrogram.structure import FINE_HZ

_NARROW = 0.8
"""Share of the bands' reach below which sound that ends earlier is spoken of."""
_NUMBER = re.compile(r"(\d+)")
_FEWEST_FOR_MORE = 8
"""Files a process, below which starting one takes longer than it saves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of one file.

    Attributes:
        path: The file.
        sharpness: Its numbers, None where it could not be measured.
        notes: What had to be assumed of it.
        problem: Why it could not be measured, empty where it was.
        more: Textbook measures by name.
        scale: The scale in which an array was read, empty for sound.
        is_guess: Whether that was recognised, not declared.
        seconds: Length of the spectrogram, NaN where it could not be measured.
    """

    path: str
    sharpness: Sharpness | None
    notes: tuple[str, ...] = ()
    problem: str = ""
    more: dict[str, float] = field(default_factory=dict)
    scale: str = ""
    is_guess: bool = False
    seconds: float = float("nan")


def measured(path: str, settings: Settings, more: Sequence[str] = ()) -> Measured:
    """Return what comes of one file; nothing is raised.

    Args:
        path: The file.
        settings: How it is to be understood.
        more: Textbook measures to take as well.
    """
    try:
        spectrogram = inputs.read(Path(path), settings)
        numbers = sharpness(spectrogram.mel, spectrogram.front)
        taken = {
            name: measures.measure(name).measure(spectrogram.mel, spectrogram.front)
            for name in more
        }
    except SpectrogramError as error:
        return Measured(path=path, sharpness=None, problem=str(error))
    except OSError as error:
        return Measured(path=path, sharpness=None, problem=error.strerror or "cannot be read")
    except Exception as error:  # our own fault: told at its file, the others are measured
        return Measured(path=path, sharpness=None, problem=fault(error).message)
    if spectrogram.is_silent:
        numbers = replace(numbers, is_silent=True)
    notes = (*spectrogram.notes, *_narrow(numbers, spectrogram.front))
    return Measured(
        path=path,
        sharpness=numbers,
        notes=notes,
        more=taken,
        scale=spectrogram.scale,
        is_guess=spectrogram.is_guess,
        seconds=spectrogram.mel.shape[1] * spectrogram.front.frame_ms / 1000.0,
    )


def numbers_of(many: Iterable[Measured]) -> list[Sharpness]:
    """Return the numbers of the files that could be measured."""
    return [measured.sharpness for measured in many if measured.sharpness is not None]


def baseline_of(references: Sequence[Measured]) -> Baseline | None:
    """Return what measured references look like, with the scale that they were read in."""
    known = baseline(numbers_of(references))
    scale = next((reference.scale for reference in references if reference.scale), "")
    return replace(known, scale=scale) if known else None


def _narrow(numbers: Sharpness, front: Front) -> Iterator[str]:
    """Yield what is to be said of sound that ends below the bands in which detail is looked at."""
    usual = min(front.top, FINE_HZ[1])
    if 0 < numbers.reach_hz < _NARROW * usual:
        end = f"ends at {numbers.reach_hz / 1000:.1f} kHz"
        yield f"{end}: measured below that, not up to {usual / 1000:.1f} kHz"


def all_measured(
    paths: Sequence[str], settings: Settings, more: Sequence[str] = (), jobs: int = 1
) -> Iterator[Measured]:
    """Yield what comes of each file, in the order given.

    Args:
        paths: The files.
        settings: How they are to be understood.
        more: Textbook measures to take as well.
        jobs: Processes to share them among; few files stay in this one.
    """
    look = partial(measured, settings=settings, more=more)
    jobs = min(jobs, len(paths) // _FEWEST_FOR_MORE)
    if jobs < 2:
        yield from map(look, paths)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(look, paths, chunksize=max(1, min(16, len(paths) // (4 * jobs))))


def files_of(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the files that can be measured, and a line for each folder without one."""
    inside = [(path, [str(file) for file in found(Path(path))]) for path in paths]
    empty = [path for path, files in inside if not files]
    problems = [f"{path}: no sound, array or image in this folder" for path in empty]
    return [file for _, files in inside for file in files], problems


def found(path: Path) -> list[Path]:
    """Return the files of a folder that can be measured, sorted; a file is itself.

    Checkpoints that lie among them are left out.
    """
    if not path.is_dir():
        return [path]
    inside = (Path(place, name) for place, _, names in os.walk(path) for name in names)
    return sorted((file for file in inside if _is_known(file)), key=_by_number)


def _by_number(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Return a key that sorts step-9 before step-10."""
    parts = _NUMBER.split(str(path))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], str(path)


def _is_known(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in inputs.SUFFIXES or not path.is_file():
        return False
    return suffix not in tensors.SUFFIXES or tensors.may_hold_mel(path)
