"""What ``healthlint blur`` looks at: files, references and the samples of logs, judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from healthlint.blur.events import samples_of
from healthlint.logs import Log
from healthlint.logs.faults import fault
from healthlint.readers import read
from healthlint.readers.tbmedia import is_events
from healthlint.spectrogram import judging, measuring, tensors
from healthlint.spectrogram.agreeing import sides
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.judging import Baseline, BlurVerdict, Together, baseline, judge
from healthlint.spectrogram.measuring import Measured, baseline_of, files_of, found
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
    """

    title: str = ""
    rows: tuple[Row, ...] = ()
    known: Baseline | None = None
    references: tuple[Measured, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def last(self) -> tuple[Row, ...]:
        """Return the rows that count: all files, or the samples of a log's last epoch."""
        end = max((row.sample.when for row in self.rows if row.sample), default=0.0)
        return tuple(row for row in self.rows if not row.sample or row.sample.when == end)


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
            yield _of_own(path, own[path], wanted)


def _of_own(path: str, kind: str, wanted: Wanted) -> Group:
    """Return a group of its own, by what makes it one."""
    log = Log(path=path, format="")
    try:
        if kind == "events":
            return _of_samples(path, *_in_events(path, wanted), wanted)
        if kind == "numbered":
            return _of_samples(path, numbered(found(Path(path))), [], wanted)
        log = read(path)
        return _of_samples(log.path, *_announced(log, wanted))
    except SpectrogramError as error:
        return Group(title=log.path, problems=(f"{log.path}: {error}",))
    except Exception as error:  # our own fault
        return Group(title=path, problems=(f"{path}: {fault(error).message}",))


def _own_group(path: Path) -> str:
    """Return what makes a path a group of its own, empty where nothing does.

    TensorBoard events do beside no file that can be measured. One of torch does not count: it may
    be a checkpoint that cannot be read.
    """
    if (path / "logs.jsonl").is_file():
        return "log"
    files = found(path) if path.is_dir() else []
    if all(file.suffix.lower() in tensors.SUFFIXES for file in files) and is_events(path):
        return "events"
    if path.is_dir():
        return "numbered" if numbered(files) else ""
    return "log" if path.suffix in (".jsonl", ".ndjson", ".gz") else ""


def _measured(files: Sequence[str], wanted: Wanted, settings: Settings) -> list[Measured]:
    every = measuring.all_measured(files, settings, wanted.more, wanted.jobs)
    done = []
    for count, measured in enumerate(every, 1):
        done.append(measured)
        if wanted.is_loud and (count % _PROGRESS_EVERY == 0 or count == len(files)):
            sys.stderr.write(f"\r{count} of {len(files)} measured")
            sys.stderr.flush()
    if wanted.is_loud and files:
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
    files, empty = files_of(paths)
    problems = [*missing, *empty]
    if not files:
        return Group(problems=tuple(problems))
    try:
        references, done, settings = _compared(files_of(wanted.references)[0], files, wanted)
    except SpectrogramError as error:
        return Group(problems=(*problems, str(error)))
    known = baseline_of(references)
    shown = {Path(each.path).stem: each.path for each in references if not each.problem}
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


def _unread(references: Iterable[Measured]) -> list[str]:
    return [f"{failed.path}: {failed.problem}" for failed in references if failed.problem]


def _announced(log: Log, wanted: Wanted) -> tuple[list[Sample], list[str], Wanted]:
    """Return the samples of a log's last run, their targets, and how both are understood."""
    fatal = [problem for problem in log.problems if problem.is_fatal]
    if fatal or not log.runs:
        raise SpectrogramError(fatal[0].message if fatal else "no run in this log")
    run = log.runs[-1]
    samples = sorted(announced(run, Path(log.path)), key=lambda sample: sample.when)
    if not samples:
        reason = "the last run announces no sample (events `sample` with `mel` or `wav`)"
        raise SpectrogramError(reason)
    settings = settings_of(run.facts, wanted.settings)
    targets = list(dict.fromkeys(str(sample.target) for sample in samples if sample.target))
    return samples, targets, replace(wanted, settings=settings)


def _in_events(path: str, wanted: Wanted) -> tuple[list[Sample], list[str]]:
    """Return the samples of TensorBoard events; tags of recordings are their reference."""
    folder = wanted.scratch / str(len(list(wanted.scratch.iterdir())))
    folder.mkdir()
    return samples_of(Path(path), folder)


def _of_samples(
    path: str, samples: Sequence[Sample], targets: Sequence[str], wanted: Wanted
) -> Group:
    """Return the samples judged against the recordings, else each against the run's own past."""
    files = [str(sample.mel) for sample in samples]
    beside = files_of(wanted.references)[0] or targets
    references, done, settings = _compared(beside, files, wanted, is_course=True)
    known, pairs = baseline_of(references), list(zip(samples, done, strict=True))
    rows = tuple(
        Row(
            measured=measured,
            verdict=_verdict(measured, known or _past(pairs, sample.when)),
            sample=sample,
            reference=str(sample.target or ""),
            settings=settings,
            is_pair=True,
        )
        for sample, measured in pairs
    )
    problems = tuple(_unread(references))
    return Group(title=path, rows=rows, known=known, references=references, problems=problems)


def _past(pairs: Sequence[tuple[Sample, Measured]], when: float) -> Baseline | None:
    """Return the best three in a row of the samples before one, None where there are too few."""
    before = [each.sharpness for at, each in pairs if each.sharpness and at.when < when]
    totals = np.array([sharpness.total_db for sharpness in before])
    if np.count_nonzero(np.isfinite(totals)) < _FEWEST_PAST:
        return None
    known = np.nan_to_num(totals, nan=-np.inf)
    threes = [known[at : at + _IN_A_ROW] for at in range(len(known) - _IN_A_ROW + 1)]
    best = max(range(len(threes)), key=lambda at: (np.median(threes[at]), threes[at].min()))
    return baseline(before[best : best + _IN_A_ROW], "history")


def apart(told: BlurVerdict | Together, sign: str) -> str:
    """Return how far something is from what it is compared with, and on which side of it."""
    side = "below" if told.deficit_db >= 0 else "above"
    return f"{abs(told.deficit_db):.1f} {sign} {told.uncertainty_db:.1f} dB {side}"


def together(group: Group) -> Together | None:
    """Return what can be said of the rows that count as a group, None for too few."""
    return judging.together([row.verdict for row in group.last if row.verdict], group.known)
