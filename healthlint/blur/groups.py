"""What ``healthlint blur`` looks at: files, references and the samples of logs, judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from healthlint.logs import Log
from healthlint.logs.faults import fault
from healthlint.readers import read
from healthlint.readers.tbmedia import is_events
from healthlint.spectrogram import judging, tensors
from healthlint.spectrogram.agreeing import sides
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.judging import Baseline, BlurVerdict, Together, baseline, judge
from healthlint.spectrogram.measuring import Measured, Task, all_measured, baseline_of, found
from healthlint.spectrogram.samples import Sample, announced, numbered, settings_of

_FEWEST_PAST, _IN_A_ROW = 4, 3
_PROGRESS_EVERY = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One spectrogram with its verdict.

    Attributes:
        measured: What was measured.
        verdict: What can be said of it, None where it could not be measured.
        sample: The sample of a log that it is, None for a file of its own.
        reference: The file that it is shown beside, empty for none.
        settings: How its file was understood.
        is_pair: Whether that reference says the same.
    """

    measured: Measured
    verdict: BlurVerdict | None
    sample: Sample | None = None
    reference: str = ""
    settings: Settings = field(default_factory=Settings)
    is_pair: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The spectrograms of one call or of one log.

    Attributes:
        title: The log, empty for files.
        rows: Its spectrograms, those of a log by epoch.
        known: What they were compared with, None for nothing.
        references: What was measured of the references.
        problems: What kept us from looking, with its place.
        is_log: Whether it is a log.
    """

    title: str = ""
    rows: tuple[Row, ...] = ()
    known: Baseline | None = None
    references: tuple[Measured, ...] = ()
    problems: tuple[str, ...] = ()
    is_log: bool = False

    @property
    def last(self) -> tuple[Row, ...]:
        """Return the rows that count: all files, or the samples of a log's last epoch."""
        if not self.is_log or not self.rows:
            return self.rows
        ends = [row.sample.when for row in self.rows if row.sample]
        return tuple(row for row in self.rows if row.sample and row.sample.when == max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for.

    Attributes:
        settings: How files are to be understood.
        references: Files of the reference set.
        jobs: Processes.
        more: Textbook measures to take as well.
        is_loud: Whether progress is shown.
        scratch: A folder for what has to be unpacked to be measured.
    """

    settings: Settings
    references: tuple[str, ...] = ()
    jobs: int = 1
    more: tuple[str, ...] = ()
    is_loud: bool = False
    scratch: Path = Path()


def groups(paths: Sequence[str], wanted: Wanted) -> Iterator[Group]:
    """Yield the files as one group, and each log and each folder of numbered samples as its own.

    Of what is not there, and what an error of ours keeps us from, there is a line; the rest is
    looked at.
    """
    there = [path for path in paths if os.path.exists(path)]  # noqa: PTH110 - of odd names False
    missing = [f"{path}: no such file or folder" for path in paths if path not in there]
    own = {path: _own_group(Path(path)) for path in there}
    others = [path for path in there if not own[path]]
    if others or missing:
        yield _of_files(others, wanted, missing)
    for path in there:
        if own[path]:
            try:
                yield _of_own(path, own[path], wanted)
            except Exception as error:  # our own fault
                yield _nothing(path, fault(error).message)


def _of_own(path: str, kind: str, wanted: Wanted) -> Group:
    """Return a group of its own, by what makes it one."""
    if kind == "events":
        return _of_events(path, wanted)
    if kind == "log":
        return _of_log(read(path), wanted)
    return _of_samples(path, numbered(found(Path(path))), [], wanted)


def _own_group(path: Path) -> str:
    """Return what makes a path a group of its own, empty where nothing does."""
    if _is_log(path):
        return "events" if _holds_events(path) else "log"
    return "numbered" if path.is_dir() and numbered(found(path)) else ""


def _is_log(path: Path) -> bool:
    """Return whether a path is a log: by its name, or a folder that holds one."""
    if path.is_dir() and (path / "logs.jsonl").is_file():
        return True
    if _holds_events(path):
        return True
    return not path.is_dir() and path.suffix in (".jsonl", ".ndjson", ".gz")


def _holds_events(path: Path) -> bool:
    """Return whether samples are in TensorBoard events: files that can be measured come first.

    A file of torch does not: it may be a checkpoint that cannot be read.
    """
    if path.is_dir():
        if (path / "logs.jsonl").is_file():
            return False
        if any(file.suffix.lower() not in tensors.SUFFIXES for file in found(path)):
            return False
    return is_events(path)


def _files(paths: Iterable[str]) -> list[str]:
    return [str(file) for path in paths for file in found(Path(path))]


def _measured(
    files: Sequence[str], wanted: Wanted, settings: Settings | None = None
) -> list[Measured]:
    tasks = [Task(file, settings or wanted.settings, wanted.more) for file in files]
    done = []
    for count, measured in enumerate(all_measured(tasks, wanted.jobs), 1):
        done.append(measured)
        if wanted.is_loud and (count % _PROGRESS_EVERY == 0 or count == len(tasks)):
            sys.stderr.write(f"\r{count} of {len(tasks)} measured")
            sys.stderr.flush()
    if wanted.is_loud and tasks:
        sys.stderr.write("\r\x1b[K")
    return done


def _compared(
    references: Sequence[str], others: Sequence[str], wanted: Wanted, *, is_course: bool = False
) -> tuple[tuple[Measured, ...], list[Measured], Settings]:
    """Return references and others measured alike, and how the others were understood.

    Raises:
        SpectrogramError: They contradict each other.
    """
    first, second = sides(references, others, wanted.settings, is_course=is_course)
    return tuple(_measured(references, wanted, first)), _measured(others, wanted, second), second


def _of_files(paths: Sequence[str], wanted: Wanted, missing: Sequence[str]) -> Group:
    empty = [path for path in paths if Path(path).is_dir() and not found(Path(path))]
    problems = [*missing, *(f"{path}: no sound, array or image in this folder" for path in empty)]
    if len(empty) == len(paths):
        return Group(problems=tuple(problems))
    try:
        references, done, settings = _compared(_files(wanted.references), _files(paths), wanted)
    except SpectrogramError as error:
        return Group(problems=(*problems, str(error)))
    known, shown = baseline_of(references), _same_name(references)
    first = next((reference.path for reference in references if reference.sharpness), "")
    rows = tuple(
        Row(
            measured=measured,
            verdict=_verdict(measured, known),
            reference=shown.get(Path(measured.path).stem, first),
            settings=settings,
            is_pair=Path(measured.path).stem in shown,
        )
        for measured in done
    )
    unread = _unread(references)
    return Group(rows=rows, known=known, references=references, problems=(*problems, *unread))


def _verdict(measured: Measured, known: Baseline | None) -> BlurVerdict | None:
    sharpness = measured.sharpness
    return judge(sharpness, known, is_guess=measured.is_guess) if sharpness else None


def _same_name(references: Iterable[Measured]) -> dict[str, str]:
    return {Path(known.path).stem: known.path for known in references if not known.problem}


def _unread(references: Iterable[Measured]) -> list[str]:
    return [f"{failed.path}: {failed.problem}" for failed in references if failed.problem]


def _of_log(log: Log, wanted: Wanted) -> Group:
    fatal = [problem for problem in log.problems if problem.is_fatal]
    if fatal or not log.runs:
        reason = fatal[0].message if fatal else "no run in this log"
        return _nothing(log.path, reason)
    run, place = log.runs[-1], Path(log.path)
    folder = place if place.is_dir() else place.parent
    samples = sorted(announced(run, folder), key=lambda sample: sample.when)
    if not samples:
        reason = "the last run announces no sample (events `sample` with `mel` or `wav`)"
        return _nothing(log.path, reason)
    settings = settings_of(run.facts, wanted.settings)
    targets = list(dict.fromkeys(str(sample.target) for sample in samples if sample.target))
    return _of_samples(log.path, samples, targets, replace(wanted, settings=settings))


def _nothing(path: str, reason: str) -> Group:
    return Group(title=path, problems=(f"{path}: {reason}",), is_log=True)


def _of_events(path: str, wanted: Wanted) -> Group:
    """Return the samples of TensorBoard events; tags of recordings are their reference."""
    from healthlint.blur.events import samples_of

    folder = wanted.scratch / str(len(list(wanted.scratch.iterdir())))
    folder.mkdir()
    try:
        extracted = samples_of(Path(path), folder)
    except OSError as error:
        return _nothing(path, error.strerror or "cannot be read")
    if extracted.problem:
        return _nothing(path, extracted.problem)
    samples = sorted(extracted.samples, key=lambda sample: sample.when)
    return _of_samples(path, samples, extracted.targets, wanted)


def _of_samples(
    path: str, samples: Sequence[Sample], targets: Sequence[str], wanted: Wanted
) -> Group:
    files = [str(sample.mel) for sample in samples]
    beside = _files(wanted.references) or targets
    try:
        references, done, settings = _compared(beside, files, wanted, is_course=True)
    except SpectrogramError as error:
        return _nothing(path, str(error))
    known = baseline_of(references)
    rows = [
        Row(
            measured=measured,
            verdict=None,
            sample=sample,
            reference=str(sample.target or ""),
            settings=settings,
            is_pair=True,
        )
        for measured, sample in zip(done, samples, strict=True)
    ]
    judged = tuple(_judged(row, rows, known) for row in rows)
    return Group(
        title=path,
        rows=judged,
        known=known,
        references=references,
        problems=tuple(_unread(references)),
        is_log=True,
    )


def _judged(row: Row, rows: Sequence[Row], known: Baseline | None) -> Row:
    """Return a sample with its verdict: against the recordings, else against the run's own past."""
    numbers = row.measured.sharpness
    if numbers is None:
        return row
    return replace(row, verdict=_verdict(row.measured, known or _past(row, rows)))


def _past(row: Row, rows: Sequence[Row]) -> Baseline | None:
    """Return the best three in a row of the samples before one, None where there are too few."""
    before = [
        earlier.measured.sharpness
        for earlier in rows
        if earlier.sample
        and row.sample
        and earlier.sample.when < row.sample.when
        and earlier.measured.sharpness
    ]
    totals = np.array([sharpness.total_db for sharpness in before])
    if np.count_nonzero(np.isfinite(totals)) < _FEWEST_PAST:
        return None
    known = np.nan_to_num(totals, nan=-np.inf)
    rows_of_three = [known[at : at + _IN_A_ROW] for at in range(len(known) - _IN_A_ROW + 1)]
    best = max(
        range(len(rows_of_three)),
        key=lambda at: (np.median(rows_of_three[at]), rows_of_three[at].min()),
    )
    return baseline(before[best : best + _IN_A_ROW], "history")


def together(group: Group) -> Together | None:
    """Return what can be said of the rows that count as a group, None for too few."""
    return judging.together([row.verdict for row in group.last if row.verdict], group.known)
