"""Runs with their timelines of series, built from raw columns and the stretches they fall into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from healthlint.logs import marks
from healthlint.logs.counting import Counting, Shifts
from healthlint.logs.facts import collect
from healthlint.logs.model import (
    MEAN,
    Cadence,
    Floats,
    Integers,
    Problem,
    Run,
    Series,
    Split,
    Timeline,
)
from healthlint.logs.naming import LOOKED, Vocabulary, remark
from healthlint.logs.records import Column, Mark, Records
from healthlint.logs.segmentation import Span, Stretch
from healthlint.logs.vocabulary import QUANTITIES, split_words, unknown

MOST_NOTES = 4
"""Remarks on how a run was told apart."""
DENSE = 4
"""Values before the first one of another name by which that one is taken for a mean of them."""
_OTHERS = frozenset({"postnet", "post", "after", "test"})
"""Words of names that mean no mean, but a later stage or another set."""

Axes = tuple[Integers, Floats, Floats, Floats]
Number = TypeVar("Number", np.float64, np.int64)


def build_runs(
    records: Records,
    stretches: Sequence[Stretch],
    given: Mapping[str, object],
    vocabulary: Vocabulary,
) -> tuple[list[Run], list[Problem]]:
    """Return the runs of a log and what is wrong with their facts.

    Args:
        records: Raw columns.
        stretches: Where each run and attempt begins.
        given: Facts that the user gives.
        vocabulary: What the names mean.
    """
    counting = Counting(records, vocabulary.family)
    table = _Table(records, counting, vocabulary)
    problems: dict[Problem, None] = {}
    runs: list[Run] = []
    headers: list[Mark] = []
    stops = [run.start for run in stretches[1:]] + [len(records.lines)]
    owned = marks.by_run(records.marks, stretches)
    for number, (stretch, stop, own) in enumerate(zip(stretches, stops, owned, strict=True), 1):
        # A restart without a header is of the same trainer: it inherits what was known.
        headers = stretch.headers if stretch.is_announced else headers + stretch.headers
        facts, wrong = collect(headers, given)
        problems.update(dict.fromkeys(wrong))
        if vocabulary.family is not None:
            facts.setdefault("trainer", vocabulary.family.name)
        shifts, notes = counting.settle(stretch, stop, collect(headers[:1], given)[0])
        notes = [*_told_apart(stretch), *notes, *_late(stretch)]
        runs.append(_run(number, stretch, facts, notes, table, own, shifts))
    return runs, list(problems)


def _told_apart(stretch: Stretch) -> list[str]:
    """Return how the run was told apart; of many attempts the first few are enough."""
    more = len(stretch.notes) - MOST_NOTES
    return stretch.notes[:MOST_NOTES] + ([f"{more} more of these"] if more > 0 else [])


def _late(stretch: Stretch) -> list[str]:
    if stretch.late == 1:
        return ["1 record is out of the order of its steps"]
    return [f"{stretch.late} records are out of the order of their steps"] if stretch.late else []


def _run(
    number: int,
    stretch: Stretch,
    facts: Mapping[str, object],
    notes: Sequence[str],
    table: _Table,
    own: Sequence[Mark],
    shifts: Shifts,
) -> Run:
    columns = table.named(stretch)
    events = tuple(
        marks.event(mark, shifts.at(mark.position - 1)) for mark in own if mark.kind == "event"
    )
    notes = [*notes, *islice(dict.fromkeys(table.unread(columns)), MOST_NOTES)]
    header = stretch.headers[0] if stretch.is_announced else None
    identity = header.fields.get("run") if header else None
    last = stretch.attempts[-1]
    timelines = tuple(
        Timeline(
            attempt=at,
            series=_Held(table, columns, attempt.spans, is_current=attempt is last),
            first_record=attempt.start,
            last_record=attempt.stop - 1,
            resumed_from=attempt.resumed_from,
            abandoned_from=attempt.abandoned_from,
            has_ended=marks.has_ended(attempt, own),
            events=marks.within(events, attempt.spans),
        )
        for at, attempt in enumerate(stretch.attempts)
    )
    ahead = (stretch.stop, stretch.stop + stretch.provisional)
    return Run(
        number=number,
        id=None if identity is None else str(identity),
        facts=facts,
        timelines=timelines,
        events=events,
        status=marks.status(stretch, own),
        header_line=(header.line or None) if header else None,
        provisional=stretch.provisional,
        notes=tuple(notes),
        undecided=_Held(table, columns, (ahead,), is_current=True) if stretch.provisional else {},
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Named:
    """A column under the metric, split and cadence that it has in one run.

    Attributes:
        metric: Canonical quantity, or the name as logged.
        split: Its split.
        column: The column.
        cadence: ``mean`` where it is the epoch mean of another column.
        first: Its first record in the run.
    """

    metric: str
    split: Split
    column: Column
    cadence: Cadence = ""
    first: int = 0

    @property
    def key(self) -> str:
        key = f"{self.split}/{self.metric}" if self.split else self.metric
        return key + MEAN if self.cadence else key

    def rivals(self) -> list[str]:
        """Return the keys under which the same metric of the same split may be logged densely."""
        if self.split == "val":
            return [self.key]
        return [f"train/{self.metric}", self.metric]


_FEWEST_PASSES = 2


def _is_mean(entry: _Named, rival: _Named, start: int) -> bool:
    """Return whether a metric is logged by epochs, beside what was logged before it step by step.

    Of validation only a name can tell that: another test set looks the same.
    """
    if entry.split == "val" or _OTHERS.intersection(split_words(entry.column.name)):
        return False
    low, high = np.searchsorted(rival.column.records, (start, entry.first))
    return bool(high - low >= DENSE)


def _as_logged(entry: _Named, named: Mapping[str, _Named]) -> _Named:
    """Return a column under its name as logged, which no other one has."""
    own = unknown(entry.column.name)
    if f"{own.split}/{own.metric}" == entry.column.name:  # `val/Mel PostNet Loss`: of validation
        entry = replace(entry, metric=own.metric, split=own.split)
    else:
        entry = replace(entry, metric=entry.column.name, split=entry.column.split)
    while entry.key in named:
        entry = replace(entry, metric=entry.metric + "'")
    return entry


class _Table:
    """The columns of a log, with the steps, epochs and times at their points."""

    def __init__(self, records: Records, counting: Counting, vocabulary: Vocabulary) -> None:
        self._records = records
        self._name = vocabulary.name
        self._likely = vocabulary.likely
        self._counting = counting
        self._axes: dict[int, Axes] = {}

    def named(self, run: Stretch) -> dict[str, _Named]:
        """Return the columns of a run by key.

        Where two names mean one metric, the one logged first has it (of one record, the one of
        lower rank, then the one further ahead). The other is its epoch mean where it is known to be
        one; else it keeps its name as logged. One that the user
        named outranks every other.
        """
        candidates: list[tuple[bool, int, int, _Named]] = []
        for column in self._records.columns:
            at = int(np.searchsorted(column.records, run.start))
            if at < len(column.records):
                meaning = self._name(column.name)
                split = column.split or meaning.split
                first = int(column.records[at])
                entry = _Named(metric=meaning.metric, split=split, column=column, first=first)
                says_epoch = meaning.is_known and "epoch" in split_words(column.name)
                order = -1 if meaning.rank < 0 else first
                candidates.append((says_epoch, order, meaning.rank, entry))
        named: dict[str, _Named] = {}
        for says_epoch, _, _, entry in sorted(candidates, key=lambda entry: entry[:3]):
            rival = next((named[key] for key in entry.rivals() if key in named), None)
            is_mean = rival is not None and (says_epoch or _is_mean(entry, rival, run.start))
            mean = replace(entry, cadence="mean")
            if is_mean and mean.key not in named:
                entry = mean
            elif entry.key in named:
                taken = named[entry.key]
                if self._sums_up(entry, taken, run.start):
                    named[entry.key], entry = entry, taken
                entry = _as_logged(entry, named)
            named[entry.key] = entry
        return named

    def _sums_up(self, sums: _Named, batches: _Named, start: int) -> bool:
        """Return whether each value of one column follows several of the other at one place.

        Those are the batches of a validation, for which the training stands still, and it is about
        their mean: ``CV Batch 1/0 loss 41.4`` before ``Epoch 1 CV info cv_loss 26.9``.
        """
        is_named = self._name(batches.column.name).rank < 0
        is_other = _OTHERS.intersection(split_words(sums.column.name))
        if sums.split != "val" or is_named or is_other:
            return False
        from_start = sums.column.records >= start
        ends, means = sums.column.records[from_start], sums.column.values[from_start]
        from_start = batches.column.records >= start
        inner, values = batches.column.records[from_start], batches.column.values[from_start]
        passes = ends.searchsorted(inner)
        counts = np.bincount(passes, minlength=len(ends))[: len(ends)]
        if len(ends) < _FEWEST_PASSES or (counts < 2).any():
            return False
        for at, mean in enumerate(means):
            low, high = values[passes == at].min(), values[passes == at].max()
            if not 2 * low - high <= mean <= 2 * high - low:
                return False
        is_within = passes[1:] == passes[:-1]
        axes = (self._counting.steps[inner], self._counting.epochs[inner])
        return all(
            np.array_equal(x[1:][is_within], x[:-1][is_within], equal_nan=True) for x in axes
        )

    def unread(self, named: Mapping[str, _Named]) -> Iterator[str]:
        """Yield remarks on names that mean nothing here and probably mean what rules read."""
        unknown = (entry for entry in named.values() if not self._name(entry.column.name).is_known)
        for entry in islice(unknown, LOOKED):
            logged = entry.column.name
            metric = self._likely(logged)
            if metric in QUANTITIES and not {metric, f"{entry.split}/{metric}"} & named.keys():
                yield remark(self._name(logged).metric, metric)

    def axes(self, series: Integers) -> Axes:
        """Return records, steps, epochs and times of a column; columns that share get the same."""
        if len(series) == len(self._records.lines):
            return series, self._counting.steps, self._counting.epochs, self._records.times
        if id(series) not in self._axes:
            steps, epochs = self._counting.steps[series], self._counting.epochs[series]
            self._axes[id(series)] = series, steps, epochs, self._records.times[series]
        return self._axes[id(series)]


class _Held(Mapping[str, Series]):
    """The series of one timeline, built when they are asked for.

    Only the current timeline keeps what it built: of a run that was resumed a hundred times,
    a hundred copies of all its numbers would be too many.
    """

    def __init__(
        self, table: _Table, named: Mapping[str, _Named], spans: Sequence[Span], *, is_current: bool
    ) -> None:
        self._table = table
        self._spans = spans
        self._named = {key: entry for key, entry in named.items() if self._cuts(entry.column)}
        self._built: dict[str, Series] = {}
        self._axes: dict[int, Axes] = {}
        self._is_current = is_current

    def __getitem__(self, key: str) -> Series:
        """Return the series of a key.

        Raises:
            KeyError: The timeline has no such series.
        """
        if key in self._built:
            return self._built[key]
        named = self._named[key]
        cuts = self._cuts(named.column)
        records, steps, epochs, times = self._axes_of(named.column.records, cuts)
        series = Series(
            metric=named.metric,
            split=named.split,
            name=named.column.name,
            records=records,
            steps=steps,
            epochs=epochs,
            times=times,
            values=_joined(named.column.values, cuts),
            cadence=named.cadence,
        )
        if self._is_current:
            self._built[key] = series
        return series

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def _cuts(self, column: Column) -> list[slice]:
        """Return where the points of a column lie within the spans of the timeline."""
        edges = np.searchsorted(column.records, np.array(self._spans, np.int64).ravel()).tolist()
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return [slice(low, high) for low, high in pairs if high > low]

    def _axes_of(self, records: Integers, cuts: Sequence[slice]) -> Axes:
        """Return records, steps, epochs and times of a series; those that share get the same."""
        key = id(records)
        if key not in self._axes:
            records, *floats = self._table.axes(records)
            axes = (_joined(records, cuts), *(_joined(values, cuts) for values in floats))
            self._axes[key] = axes  # type: ignore[assignment]
        return self._axes[key]


def _joined(values: NDArray[Number], cuts: Sequence[slice]) -> NDArray[Number]:
    """Return the cut pieces of an array as one array, a view where there is one piece."""
    if len(cuts) == 1:
        return values[cuts[0]]
    return np.concatenate([values[cut] for cut in cuts])
