"""Which checkpoint of a run to keep: the one nearest to the best of the decisive metric.

Checkpoints are those that the log announces and those in its folder, known by their names. What may
be deleted is said, never done; the latest one is never among it, for a run resumes from it.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from healthlint.fleet.course import Progress
from healthlint.fleet.row import Keep, rounded
from healthlint.logs import Run
from healthlint.readers.folders import announced_path, entries, home_of
from healthlint.report import Standing

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors", ".bin")
FOLDERS = ("checkpoints", "ckpt", "ckpts", "weights", "models")
MOST = 1_000
"""Checkpoints of a run that are looked at."""
BEYOND = 2.0
"""Standard deviations of a difference of two values that noise explains."""
_NUMBER = re.compile(
    r"(epochs?|ep|steps?|iters?|checkpoint|^[GD])[-_=]?0*(\d+)", re.IGNORECASE | re.ASCII
)
_OTHERS = re.compile(r"optim|scheduler|scaler|rng|^D_|training_args|discriminator", re.IGNORECASE)


class Saved(NamedTuple):
    """A checkpoint that is there.

    Attributes:
        path: The file, or the folder of a model.
        epoch: Epoch that it closes, None where unknown.
        step: Step that it was saved at, None where unknown.
        value: The decisive metric then, NaN where unknown.
    """

    path: str
    epoch: float | None
    step: float | None
    value: float = math.nan


def keep(log: str, run: Run, seen: Progress | None, head: Standing | None) -> Keep | None:
    """Return which checkpoint of a run to keep, None where it saved none that is there.

    Args:
        log: Its log: a file or a folder.
        run: The run.
        seen: Its decisive metric, None where it has none.
        head: Where it stands by that metric.
    """
    saved = [_valued(one, seen) for one in _saved(log, run)]
    if not saved:
        return None
    known = [one for one in saved if math.isfinite(one.value)]
    best = min(known, key=lambda one: one.value, default=None)
    latest = max(saved, key=_age)
    spare = [one.path for one in saved if one not in (best, latest)] if best else []
    above = None
    if best and head and head.best:
        above = max(0.0, (best.value - head.best) / abs(head.best))
    noise = seen.noise if seen else math.nan
    is_near = None if above is None else above <= BEYOND * math.sqrt(2) * noise
    return Keep(
        path=best.path if best else "",
        epoch=rounded(best.epoch) if best else None,
        step=rounded(best.step) if best else None,
        value=rounded(best.value) if best else None,
        above=rounded(above),
        within_noise=is_near if math.isfinite(noise) else None,
        files=len(saved),
        spare=spare,
        spare_bytes=sum(map(_size, spare)),
    )


def _age(one: Saved) -> tuple[float, float, str]:
    step, epoch = (-1.0 if place is None else place for place in (one.step, one.epoch))
    return step, epoch, one.path


def _valued(one: Saved, seen: Progress | None) -> Saved:
    """Return a checkpoint with the last value of the metric up to when it was saved."""
    if seen is None:
        return one
    series = seen.series
    for axis, at in ((series.steps, one.step), (series.epochs, one.epoch)):
        there = np.flatnonzero(axis <= (math.nan if at is None else at))  # nothing is below NaN
        if len(there):
            return one._replace(value=float(series.values[there[-1]]))
    return one


def _saved(log: str, run: Run) -> list[Saved]:
    """Return the checkpoints that are there, each once, sorted by path."""
    found = {one.path: one for one in beside(log)}
    found |= {one.path: one for one in _announced(home_of(log), run)}
    return [found[path] for path in sorted(found)][:MOST]


def _announced(folder: Path, run: Run) -> Iterator[Saved]:
    for event in run.events:
        path = announced_path(event, folder) if event.kind == "checkpoint" else None
        if path and path.exists():
            yield Saved(os.path.normpath(path), event.epoch, event.step)


def beside(log: str) -> tuple[Saved, ...]:
    """Return what lies in the folder of a log and is a checkpoint by its name."""
    folder = home_of(log)
    with suppress(OSError, ValueError):
        return _beside(folder, folder.stat().st_mtime_ns)
    return ()


@lru_cache(maxsize=64)
def _beside(folder: Path, _: int) -> tuple[Saved, ...]:
    inner = entries(folder)[1]
    homes = [folder, *(path for path in inner if path.name.lower() in FOLDERS)]
    paths: list[Path] = []
    for home in homes:
        files, models = entries(home)
        paths += [path for path in files if path.name.endswith(SUFFIXES)]
        paths += [path for path in models if path.name.startswith("checkpoint")]
    return tuple(_by_name(paths))


def _by_name(paths: Iterable[Path]) -> Iterator[Saved]:
    """Yield the checkpoints whose names say when they were saved; those that say nothing stay."""
    for path in paths:
        said = {word.lower()[:2]: float(number) for word, number in _NUMBER.findall(path.stem)}
        step = next((said[key] for key in ("st", "it", "ch", "g") if key in said), None)
        if said and not _OTHERS.search(path.name):
            yield Saved(os.path.normpath(path), said.get("ep"), step)


def _size(path: str) -> int:
    """Return the bytes of a file, or of the files in a folder."""
    with suppress(OSError):
        if not os.path.isdir(path):  # noqa: PTH112 - a path of many, kept as text
            return Path(path).stat().st_size
        return sum(entry.stat().st_size for entry in entries(Path(path))[0])
    return 0
