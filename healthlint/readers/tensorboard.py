"""TensorBoard event files, as torch, tensorboardX, Lightning, Coqui, VITS, Keras, ... write.

Frames of TFRecord with one ``Event`` each; a scalar is a float32 (``simple_value``) or a tensor of
one number. A folder is one log: its files in the order of the time in their names, ``train/`` and
``val/`` beside each other in the order of their clocks, and the folders that ``add_scalars`` makes.
Steps that were logged twice after a resume are all kept; which of them count is decided later.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from healthlint.logs.assembly import assemble
from healthlint.logs.epochs import find_axes
from healthlint.logs.model import Floats, Integers, Log, Problem, Split
from healthlint.readers.columns import NAMES
from healthlint.readers.folders import entries, split_of_folder
from healthlint.readers.points import Values, to_records
from healthlint.readers.problems import Problems
from healthlint.readers.source import HEAD, Source, opened
from healthlint.readers.tfevents import Points, Scalars
from healthlint.readers.tfrecord import HEADER, Blocks, Frames, is_frame

FORMAT = "tensorboard"
KNOWN_BY = "frames with right checksums that hold events; `events.out.tfevents.*` in a folder"
UNSEEN = (
    "values are float32; no epoch, unless a tag tells it; "
    "tags that are logged rarely may be averages over an interval",
)
DROPPED = frozenset({"epoch", "step", "hp_metric", "aaa", "zzz"})
"""Tags that are no metrics: axes, and dummies of loggers."""
_NAME = re.compile(r"tfevents\.(\d{9,11})(?!\d)(?:.*?\.(\d+)(?:\.v2)?(?:\.gz)?$)?")
_HPARAMS = re.compile(r"^\d{9,11}\.\d+$")
_MARK = b"brain.Event:"


class Part(NamedTuple):
    """One event file of a log.

    Attributes:
        path: Where it lies.
        folder: Name of the sub-folder it lies in, empty for the folder of the log itself.
    """

    path: Path
    folder: str = ""


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are an event file, from 0 to 1."""
    if is_frame(head) and (head[HEADER : HEADER + 1] == b"\x09" or _MARK in head[:64]):
        return 1.0
    return 0.5 if _MARK in head[:64] else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of one event file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    reading = Reading()
    reading.add(source, "")
    return reading.log(source.path, facts or {})


def claim(folder: Path) -> list[Path] | None:
    """Return the sub-folders that make one log with a folder; None where it is no such log."""
    files, inner = entries(folder)
    holds = any(map(_is_event_file, files))
    joined = [each for each in inner if _belongs(each, alone=not holds)]
    return joined if holds or joined else None


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that the event files of a folder make.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.
    """
    reading = Reading()
    for part in parts(Path(path)):
        try:
            with opened(str(part.path)) as source:
                reading.add(source, part.folder)
        except OSError as error:
            reading.problems.add(f"{part.path.name}: cannot be read: {error.strerror or error}")
    return reading.log(path, facts or {})


def is_empty(folder: Path) -> bool:
    """Return whether nothing was logged into a folder: writers were opened, and no more."""
    return not any(_holds_scalar(part.path) for part in parts(folder))


def _holds_scalar(path: Path) -> bool:
    """Return whether a file holds a scalar, or is too large to be sure by its first bytes."""
    with suppress(OSError), opened(str(path)) as source:
        if len(source.head) >= HEAD:
            return True
        return bool(len(Scalars().read(Frames(Source("", BytesIO(source.head)))).values))
    return False


def parts(folder: Path) -> list[Part]:
    """Return the event files of a log, each folder in the order of the times in their names."""
    found = [Part(path) for path in _in_order(entries(folder)[0])]
    for inner in claim(folder) or []:
        found += [Part(path, inner.name) for path in _in_order(entries(inner)[0])]
    return found


def _in_order(files: Iterable[Path]) -> list[Path]:
    return sorted(filter(_is_event_file, files), key=_order)


def _order(path: Path) -> tuple[int, int, str]:
    match = _NAME.search(path.name)
    if match is None:
        return (0, 0, path.name)
    return int(match[1]), int(match[2] or 0), path.name


def _is_event_file(path: Path) -> bool:
    return ".tfevents." in path.name and not path.name.endswith((".profile-empty", ".tmp"))


def _belongs(folder: Path, *, alone: bool) -> bool:
    """Return whether a sub-folder is a part of the log: a split, or a series of ``add_scalars``."""
    files = _in_order(entries(folder)[0])
    if not files:
        return False
    if split_of_folder(folder):
        return True
    return not alone and (bool(_HPARAMS.match(folder.name)) or _is_series(folder.name, files[0]))


def _is_series(name: str, path: Path) -> bool:
    """Return whether ``add_scalars`` made a folder: its name is its one tag and a word."""
    with suppress(OSError), opened(str(path)) as source:
        tags = Scalars()
        tags.read(Frames(Source("", BytesIO(source.head))))
        return any(_series_of(name, tag) for tag in tags.tags.names()[:1])
    return False


def _series_of(folder: str, tag: str) -> str:
    """Return the name of a series of ``add_scalars``, empty where the folder is none of its.

    >>> _series_of("Loss_mel_train", "Loss/mel")
    'Loss/mel/train'
    """
    prefix = tag.replace("/", "_") + "_"
    return f"{tag}/{folder[len(prefix) :]}" if folder.startswith(prefix) and tag else ""


@dataclass(slots=True)
class File:
    """One event file, as far as it was read.

    Attributes:
        folder: Name of the sub-folder it lies in, empty for the folder of the log itself.
        scalars: What is known of its tags.
        points: Its scalars.
        frames: How its last bytes were read.
    """

    folder: str
    scalars: Scalars = field(default_factory=Scalars)
    points: Points = field(default_factory=Points)
    frames: Frames = field(default_factory=lambda: Frames(Source("", BytesIO())))

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out, so that more can be read behind it."""
        frames = self.frames
        is_skipping = bool(frames.oversized and frames.torn)
        return not (is_skipping or frames.lost or self.scalars.broken)

    def read_on(self, source: Blocks) -> None:
        """Read what follows."""
        self.frames = Frames(source, self.frames.end)
        self.points = Points.joined([self.points, self.scalars.read(self.frames)])


class Reading:
    """Joins the event files of one log."""

    def __init__(self) -> None:
        self.problems = Problems()
        self._skipped: Counter[str] = Counter()
        self._files: list[File] = []

    def add(self, source: Source, folder: str) -> None:
        """Add a file that is read to its end."""
        file = File(folder)
        file.read_on(source)
        self.join(file, source.path, source.damage)

    def join(self, file: File, path: str, damage: str | None, *, is_growing: bool = False) -> None:
        """Add a file that was read, and say what could not be."""
        name = Path(path).name
        self._say("" if name == "-" else f"{name}: ", file, damage, is_growing=is_growing)
        self._skipped += file.scalars.skipped
        if not _HPARAMS.match(file.folder):
            self._files.append(file)

    def _say(self, name: str, file: File, damage: str | None, *, is_growing: bool) -> None:
        add, frames, scalars = self.problems.add, file.frames, file.scalars
        if damage:
            add(f"{name}{damage}", hint="what comes before the damage was read")
        elif frames.torn and not is_growing:
            hint = "its writer was cut off, or is at it"
            add(f"{name}the last record is torn, left out", hint=hint)
        if frames.lost:
            said = f"{name}{frames.lost:,} damaged bytes at byte {frames.lost_at:,}, left out"
            add(said, hint="what comes before and after them was read")
        if scalars.broken:
            why = "their checksum is wrong" if scalars.is_checksum_wrong else "they are no events"
            add(f"{name}{scalars.broken} records left out from byte {scalars.broken_at:,}: {why}")
        if scalars.dropped:
            add("more than 10,000 tags, or one of more than 1,024 bytes; left out")

    def log(self, path: str, facts: Mapping[str, object]) -> Log:
        """Return the log of all files."""
        values, note = _joined(self._files)
        if not len(values.values):
            problems = (self._nothing(), *self.problems.listed())
            return Log(path=path, format=FORMAT, problems=problems)
        records, notes = to_records(values), (note,) if note else ()
        return assemble(path, FORMAT, records, facts, self.problems.listed(), notes)

    def _nothing(self) -> Problem:
        skipped = self._skipped.items()
        listed = ", ".join(f"{count:,} {kind}{'s' * (count != 1)}" for kind, count in skipped)
        said = f", only {listed}" if listed else ": a writer was opened, nothing was logged"
        return Problem(message=f"no scalar in it{said}", kind="nothing")


def _joined(files: Sequence[File]) -> tuple[Values, str]:
    """Return the values of all files in the order in which they were logged, and a note on epochs.

    Files that share no series lie beside each other in time; one that shares a series with an
    earlier one comes after it, whatever the clocks say.
    """
    labels: dict[tuple[str, Split], int] = {}
    series, clocks = [], []
    ends: dict[int, float] = {}
    for file in files:
        own = _numbers(file, labels)
        series.append(own)
        clock = _rising(file.points.walls)
        used = np.flatnonzero(np.bincount(own[own >= 0])).tolist()
        earlier = max((ends.get(number, -np.inf) for number in used), default=-np.inf)
        clock = np.maximum(clock, earlier)
        if len(clock):
            ends.update(dict.fromkeys(used, float(clock[-1])))
        clocks.append(clock)
    order = _in_time(np.concatenate([np.zeros(0), *clocks]))
    number = np.concatenate([np.zeros(0, np.int64), *series])[order]
    writers = np.repeat(np.arange(len(files)), list(map(len, series)))[order]
    steps, values, walls = (
        np.concatenate([np.zeros(0), *(getattr(file.points, name) for file in files)])[order]
        for name in ("steps", "values", "walls")
    )
    known = list(labels)
    axes = find_axes(known, number, steps, values)
    dropped = [at for at, (name, _) in enumerate(known) if name.lower() in DROPPED]
    is_kept = (number >= 0) & ~np.isin(number, dropped)
    kept = slice(None) if is_kept.all() else is_kept
    number, walls, writers = number[kept], walls[kept], writers[kept]
    joined = Values(
        labels=known,
        series=number,
        values=values[kept],
        steps=axes.steps[kept],
        epochs=axes.epochs[kept],
        times=np.where((walls > 1e8) & (walls < 1e11), walls, np.nan),
        writers=writers,
        lines=np.zeros(len(number), np.int64),
        starts=_starts(number, axes.steps[kept], walls, writers),
    )
    return joined, axes.note


def _in_time(clock: Floats) -> Integers | slice:
    """Return the order of clock times, as a slice where they rise: nothing need be copied."""
    is_rising = bool((clock[1:] >= clock[:-1]).all())
    return slice(None) if is_rising else np.argsort(clock, kind="stable")


def _starts(series: Integers, steps: Floats, walls: Floats, writers: Integers) -> dict[int, str]:
    """Return the values with which a file begins a training anew, and how that is known.

    It does where all that it shares with the files before it, since the last such beginning, was
    logged earlier and begins no earlier in steps; and that is more than a constant or two.
    """
    if not len(writers) or (writers == writers[0]).all():
        return {}
    numbers, begins = np.unique(writers, return_index=True)
    run: list[dict[int, _Extent]] = []
    starts: dict[int, str] = {}
    writers_begun = zip(numbers.tolist(), begins.tolist(), strict=True)
    for writer, at in sorted(writers_begun, key=itemgetter(1)):
        own = _extents(series, steps, walls, np.flatnonzero(writers == writer))
        if _is_anew(own, float(walls[at]), [file for file in run if file.keys() & own.keys()]):
            step = min(extent.first for extent in own.values())
            starts[at] = f"restarted: a later event file begins at step {step:g} again"
            run = []
        run.append(own)
    return starts


def _is_anew(own: dict[int, _Extent], clock: float, before: Sequence[dict[int, _Extent]]) -> bool:
    """Return whether a file begins anew what files before it hold; these share series with it."""
    held: dict[int, list[_Extent]] = {}
    for file in before:
        for number, extent in file.items():
            held.setdefault(number, []).append(extent)
    shared = held.keys() & own.keys()
    return 2 * len(shared) >= max(len(held), 1) and all(
        own[number].first <= extent.first and clock > extent.last
        for number in shared
        for extent in held[number]
    )


class _Extent(NamedTuple):
    """Where a series lies in one training: its first step, and when its last value was logged."""

    first: float
    last: float


def _extents(series: Integers, steps: Floats, walls: Floats, own: Integers) -> dict[int, _Extent]:
    """Return where each series lies in the values of one file."""
    numbers, firsts = np.unique(series[own], return_index=True)
    latest = np.full(int(numbers.max(initial=0)) + 1, -np.inf)
    np.maximum.at(latest, series[own], walls[own])
    return {
        number: _Extent(float(steps[own[first]]), float(latest[number]))
        for number, first in zip(numbers.tolist(), firsts.tolist(), strict=True)
    }


def _numbers(
    file: File, labels: dict[tuple[str, Split], int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return the number of the series of each value; new series get new numbers, up to 10,000."""
    names = file.scalars.tags.names()
    table = np.full(len(names), -1, np.int64)
    for tag in np.flatnonzero(np.bincount(file.points.tags)).tolist():  # quicker than unique
        label = _label(file.folder, names[tag])
        if label in labels or len(labels) < NAMES:
            table[tag] = labels.setdefault(label, len(labels))
    return table[file.points.tags]


def _label(folder: str, tag: str) -> tuple[str, Split]:
    """Return name and split of a tag in a folder."""
    if name := _series_of(folder, tag):
        return name, ""
    return tag, split_of_folder(Path(folder)) if folder else ""


def _rising(walls: Floats) -> Floats:
    """Return clock times that never go back; unknown ones are those before."""
    known = np.where(np.isfinite(walls), walls, -np.inf)
    return np.maximum.accumulate(known) if len(known) else known
