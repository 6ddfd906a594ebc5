"""What a reader makes of one log: facts, runs, timelines of series, events and problems.

Plain frozen data, shared by every layer above. A *record* is one line that carries metrics; its
ordinal (0-based, counted over the whole log in file order) is the only notion of "before" in this
package: whatever is judged at record ``i`` may use records with ordinals ``<= i`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]
Split = Literal["train", "val", ""]
Cadence = Literal["", "mean"]
MEAN = "@epoch"
"""What stands behind the key of an epoch mean whose metric is logged densely as well."""
ProblemKind = Literal["partial", "nothing", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that kept us from looking, with its place.

    Attributes:
        message: What is wrong, in one sentence without its place.
        line: 1-based line in the file, None where the whole file is meant.
        column: 1-based column (in characters), None where unknown.
        count: How many records share the problem; ``line`` is the first of them.
        hint: What to do about it, where something can be done.
        kind: How much it takes away. ``partial``: a part of the log, the rest stands.
            ``nothing``: the log was read and holds nothing to judge (empty, only a header, not a
            training log). ``unreadable``: the path is missing or is not a log that can be read.
    """

    message: str
    line: int | None = None
    column: int | None = None
    count: int = 1
    hint: str | None = None
    kind: ProblemKind = "partial"

    @property
    def is_fatal(self) -> bool:
        """Return True when nothing of the log can be judged because of it."""
        return self.kind != "partial"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Series:
    """One metric of one split in one timeline, in file order.

    All arrays have shape ``(n,)``; ``records`` rises strictly.

    Attributes:
        metric: Canonical quantity (``mel_loss``), or the name as logged where it is unknown.
        split: ``train``, ``val`` or ``""`` where the log does not say.
        name: The name as logged (``loss/g/mel``).
        records: Ordinal of the record each value came from.
        steps: Optimizer step of each value, NaN where not logged.
        epochs: Epoch of each value, counted from 1, NaN where unknown; a training value carries
            the epoch in progress, a validation value the epoch it closes.
        times: Unix time in seconds, NaN where not logged.
        values: The values as logged; NaN and infinities are kept.
        cadence: ``mean`` where it is logged once an epoch and another series holds the same metric
            step by step; empty for that one, and where there is only one.
    """

    metric: str
    split: Split
    name: str
    records: Integers
    steps: Floats
    epochs: Floats
    times: Floats
    values: Floats
    cadence: Cadence = ""

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.values)

    @property
    def key(self) -> str:
        """Return ``split/metric``, or the metric alone where there is no split.

        An epoch mean beside a dense series of the same metric is ``split/metric@epoch``.
        """
        key = f"{self.split}/{self.metric}" if self.split else self.metric
        return key + MEAN if self.cadence else key

    def upto(self, record: int) -> Series:
        """Return the points of records ``<= record``."""
        stop = int(np.searchsorted(self.records, record, side="right"))
        return self.take(slice(0, stop))

    def take(self, where: slice | NDArray[Any]) -> Series:
        """Return the selected points, by slice, mask or index array."""
        if isinstance(where, np.ndarray) and where.dtype == bool and where.all():
            return self  # nothing to leave out: no second million
        return Series(
            metric=self.metric,
            split=self.split,
            name=self.name,
            records=self.records[where],
            steps=self.steps[where],
            epochs=self.epochs[where],
            times=self.times[where],
            values=self.values[where],
            cadence=self.cadence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One announced event: a checkpoint, a sample, a restart of the learning rate.

    Attributes:
        kind: ``checkpoint``, ``sample``, ``lr_restart``, ... as logged.
        record: Ordinal of the last metric record before it, -1 where there is none.
        line: 1-based line in the file.
        step: Step it was announced at, None where not logged.
        epoch: Epoch it was announced at, None where not logged.
        fields: Everything else of the line.
    """

    kind: str
    record: int
    line: int
    step: float | None
    epoch: float | None
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The series of a run as a live observer held them at one moment.

    A resume rewinds: the points after the step it returned to are abandoned. The timeline before a
    resume ends with those points; the one after it has the newest value of each step instead.

    Attributes:
        attempt: Which attempt of the run this is, from 0.
        series: Series by key (``split/metric``).
        first_record: Ordinal of the first record of this attempt itself.
        last_record: Ordinal of the last record of this attempt.
        resumed_from: Step the attempt went back to, None for the first attempt.
        abandoned_from: Ordinal of the first record that a later attempt abandoned, None where
            everything was kept (always None for the current timeline).
        has_ended: True when an ``end`` record closed it (its last epoch is complete).
        events: What was announced within it, in file order.
    """

    attempt: int
    series: Mapping[str, Series]
    first_record: int
    last_record: int
    resumed_from: float | None = None
    abandoned_from: int | None = None
    has_ended: bool = False
    events: Sequence[Event] = ()

    def mean_of(self, series: Series) -> Series | None:
        """Return the epoch mean that is logged beside a dense series, None where none is."""
        keys = [series.key + MEAN]
        if series.split != "val":  # what names no split is of training
            keys += [f"train/{series.metric}{MEAN}", f"{series.metric}{MEAN}"]
        return next((self.series[key] for key in keys if key in self.series), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One stretch of training: a restart begins a new run, a resume continues one.

    Attributes:
        number: 1-based position among the runs of the log.
        id: The id that its header gave, else None.
        facts: What is known beside its series, flat (``utterances``, ``device``, ``metrics`` ...).
        timelines: One per attempt, in file order; the last one is current. Never empty.
        events: Events of all its attempts.
        status: Status of its ``end`` record, None where there is none.
        header_line: 1-based line of its (first) header, None where it has none.
        provisional: Number of records at its end that follow a rewind and are too few to tell a
            restart from a resume; they are not in any timeline yet.
        undecided: The series of these records; nothing is judged by them.
        notes: Remarks on how it was read ("epochs from steps_per_epoch").
    """

    number: int
    id: str | None
    facts: Mapping[str, object]
    timelines: Sequence[Timeline]
    events: Sequence[Event] = ()
    status: str | None = None
    header_line: int | None = None
    provisional: int = 0
    notes: Sequence[str] = ()
    undecided: Mapping[str, Series] = field(default_factory=dict)

    @property
    def current(self) -> Timeline:
        """Return the timeline that holds now."""
        return self.timelines[-1]

    @property
    def series(self) -> Mapping[str, Series]:
        """Return the series of the current timeline."""
        return self.current.series


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What a reader made of one path.

    Attributes:
        path: The path as the user gave it (``-`` for standard input).
        format: Name of the format that was read (``jsonl``).
        runs: Runs in file order; empty where nothing could be read.
        lines: 1-based line of each record, shape ``(records,)``; empty where the format has none.
        problems: What kept us from looking at all or part of it.
        unread: Lines of the values that could not be read as numbers, by key of their series.
    """

    path: str
    format: str
    runs: Sequence[Run] = ()
    lines: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    problems: Sequence[Problem] = ()
    unread: Mapping[str, Integers] = field(default_factory=dict)

    def line(self, record: int) -> int | None:
        """Return the 1-based line of a record, None where the format has no lines."""
        return int(self.lines[record]) if 0 <= record < len(self.lines) else None
