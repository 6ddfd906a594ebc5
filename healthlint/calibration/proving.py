"""Tests of a fitted rule: those that it had, at its new level, and near misses at its new bounds.

A test whose losses are brought to the new level says of the fitted rule what it said of the rule
before; where a bound has moved, some do not hold any more and are left out. The near misses come
from a test in which the rule fires and one in which it is quiet: between the two lies the bound,
and halving the way between them again and again leaves a pair on its two sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from math import ceil

import numpy as np

from healthlint.calibration.fitting import Change, Fitted, Fitter
from healthlint.engine import judge
from healthlint.logs.model import Floats
from healthlint.report import LogReport, State
from healthlint.rulebook.groups import named
from healthlint.rulebook.model import Pack
from healthlint.ruletests.model import Case, SeriesText
from healthlint.ruletests.notation import series as read_series
from healthlint.ruletests.running import compare
from healthlint.ruletests.synthetic import synthetic_log, synthetic_reference
from healthlint.timeline.quantities import Length, Number, Span

_POWERS = (1.0, 1.3, 1.6, 2.0, 3.0, 5.0)
_HALVINGS = 7
_NEAR = 0.03
_LONGEST = 400
_VALUES = 40
# a value, never a count (`x8`); the dots of a range (`0.9..0.3`) belong to no number
_NUMBER = re.compile(r"(?<![\w])(?:(?<=\.\.)|(?<!\.))[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")

Columns = Mapping[str, Floats]


def prove(fitter: Fitter, fitted: Fitted, cases: Iterable[Case]) -> list[Case]:
    """Return tests of a fitted rule, by its own id; empty where it is not shown to fire.

    Args:
        fitter: The rule as it was.
        fitted: The rule as it is now.
        cases: Tests, among them those of the rule.
    """
    trial = _Trial(fitter, fitted)
    own = [case for case in cases if case.only == (trial.id,)]
    if any(change.path[-1] == "reach" for change in trial.changes):
        # the others are about other milestones
        own = [case for case in own if case.not_judged or case.not_applicable]
    carried = [moved for case in own if (moved := trial.carried(case))]
    near = [*_of_milestones(trial), *_near_misses(trial, carried, own)]
    proofs = [*carried, *near]
    has_fired = any(case.expect for case in proofs)
    return proofs if has_fired and any(not case.expect for case in proofs) else []


class _Trial:
    """Judges tests by the fitted rule."""

    def __init__(self, fitter: Fitter, fitted: Fitted) -> None:
        self.pack: Pack = fitter.file.pack
        self.id = fitter.rule.id
        self.changes = fitted.changes
        self._book = fitter.book(fitted.data)

    def carried(self, case: Case) -> Case | None:
        """Return a test at the new level, None where it does not hold there."""
        moved = self.at_level(case)
        report = self._judged(moved)
        for form in (moved, replace(moved, at={})):
            if not compare(form, report):
                return form
        return None

    def _judged(self, case: Case) -> LogReport:
        book = replace(self._book, reference=synthetic_reference(case))
        return judge(synthetic_log(case), book)

    def at_level(self, case: Case) -> Case:
        """Return a test with its losses brought to the new level."""
        series = {key: _times(text, self._factor(key)) for key, text in case.series.items()}
        reference = tuple(
            {key: _times(text, self._factor(key)) for key, text in run.items()}
            for run in case.reference
        )
        return replace(case, series=series, reference=reference)

    def state(self, columns: Columns, like: Case) -> State:
        """Return what the rule comes to on series with the facts of a test."""
        return self._judged(_with(like, columns)).verdicts[0].state

    def _factor(self, key: str) -> float:
        """Return how much higher the level of a metric is now than in the pack."""
        for change in self.changes:
            if change.path[-2:-1] == ("value",) and self.is_about(change, key):
                before = Number.parse(change.before).expression
                is_known = before.is_constant and before.evaluate({}, {})
                return float(str(change.after)) / before.evaluate({}, {}) if is_known else 1.0
        return 1.0

    def is_about(self, change: Change, key: str) -> bool:
        """Return whether a bound is about a series."""
        name = change.label.partition(" ")[0].rpartition("/")[2]
        patterns = named(self.pack.metrics.get(name, name))
        return any(fnmatchcase(key.rpartition("/")[2], pattern) for pattern in patterns)


def _times(text: SeriesText, factor: float) -> SeriesText:
    """Return a series in the notation times a factor; counts stay.

    >>> _times(SeriesText("0.9..0.3 x8, _, nan"), 10.0)
    '9..3 x8, _, nan'
    """
    if factor == 1.0:
        return text
    return SeriesText(_NUMBER.sub(lambda match: f"{float(match[0]) * factor:.5g}", text))


def _with(case: Case, columns: Columns) -> Case:
    """Return a test with other series."""
    texts = {
        key: SeriesText(", ".join(f"{value:.5g}" for value in values))
        for key, values in columns.items()
    }
    return replace(case, series=texts, at={})


def _near_misses(trial: _Trial, carried: Sequence[Case], own: Sequence[Case]) -> Iterator[Case]:
    """Yield a firing and a quiet test right at the bounds, nothing where none can be found."""
    firing = [case for case in own if case.expect and case.every is None and case.ended]
    quiet = [case for case in carried if case.is_quiet]
    for case in firing:
        moved = trial.at_level(case)
        columns = _columns(moved)
        loud = columns and _loudest(trial, columns, moved)
        if columns is None or loud is None:
            continue
        tame = [_powered(trial, columns, 1 / power) for power in _POWERS[1:]]
        others = [their_columns for tame_case in quiet if (their_columns := _columns(tame_case))]
        for other in (*others, *tame):
            if pair := _between(trial, loud, other, moved):
                beyond, short = (_with(moved, side) for side in pair)
                yield replace(beyond, name="right beyond its bounds")
                yield replace(short, name="right short of its bounds", expect=())
                return


def _between(
    trial: _Trial, firing: Columns, quiet: Columns, like: Case
) -> tuple[Columns, Columns] | None:
    """Return the pair right at the bound, None where the two do not lie on its two sides."""
    if firing.keys() != quiet.keys():
        return None
    beyond, short = dict(firing), _of_length(quiet, firing)
    if trial.state(short, like) != "pass":
        return None
    for _ in range(_HALVINGS):
        middle = {key: (beyond[key] + short[key]) / 2 for key in beyond}
        state = trial.state(middle, like)
        if state == "fail":
            beyond = middle
        elif state == "pass":
            short = middle
        else:  # what lies between cannot be told
            break
    return beyond, short


def _of_length(columns: Columns, like: Columns) -> dict[str, Floats]:
    """Return columns cut, or held at their last value, to the lengths of others."""
    lengths = {key: len(values) for key, values in like.items()}
    return {
        key: np.pad(values, (0, max(0, lengths[key] - len(values))), "edge")[: lengths[key]]
        for key, values in columns.items()
    }


def _columns(case: Case) -> Columns | None:
    """Return the values of a test, None where it has gaps or is very long."""
    columns = {}
    for key, text in case.series.items():
        at, values = read_series(text)
        is_whole = bool(len(at)) and len(at) == at[-1] + 1 and bool(np.isfinite(values).all())
        if not is_whole or len(values) > _LONGEST:
            return None
        columns[key] = values
    return columns


def _loudest(trial: _Trial, columns: Columns, like: Case) -> Columns | None:
    """Return the series with their movements amplified until the rule fires."""
    amplified = (_powered(trial, columns, power) for power in _POWERS)
    return next((louder for louder in amplified if trial.state(louder, like) == "fail"), None)


def _powered(trial: _Trial, columns: Columns, power: float) -> dict[str, Floats]:
    """Return series with every relative movement of the changed metrics taken to a power."""
    return {
        key: values[0] * (values / values[0]) ** power
        if (values > 0).all() and any(trial.is_about(change, key) for change in trial.changes)
        else values
        for key, values in columns.items()
    }


def _of_milestones(trial: _Trial) -> Iterator[Case]:
    """Yield for each milestone a run that misses it, one that reaches it, one not there yet."""
    for change in trial.changes:
        metric = change.label.partition(" ")[0]
        split, _, name = metric.rpartition("/")
        canonical = trial.pack.metrics.get(name, name)
        if change.path[-1] != "reach" or not isinstance(change.after, list) or "*" in canonical:
            continue
        key = f"{split}/{canonical}" if split else canonical
        for i, milestone in enumerate(change.after):
            name = f"{milestone['phase']}, {milestone['by']}"
            yield from _around(trial, key, change.after[: i + 1], name)


def _around(
    trial: _Trial, key: str, reach: Sequence[Mapping[str, object]], name: str
) -> Iterator[Case]:
    """Yield the tests around the last of some milestones, as far as the rule agrees."""
    every = _distance(reach)
    missed, reached = (_falling(reach, every.amount, 1 + side) for side in (_NEAR, -_NEAR))
    only = (trial.id,)
    span = None if every.unit == "epochs" else Span.parse(f"{every.amount:g} {every.unit}")
    blank = Case(name="", series={}, expect=(), only=only, every=span)
    cases = [
        replace(_with(blank, {key: missed}), name=f"{name}: a little behind", expect=only),
        replace(_with(blank, {key: reached}), name=f"{name}: a little ahead"),
    ]
    if len(missed) > 1:
        early = replace(_with(blank, {key: missed[:-1]}), name=f"{name}: right before")
        cases.append(early if len(reach) > 1 else replace(early, pending=only))
    yield from (moved for case in cases if (moved := trial.carried(case)))


def _distance(reach: Sequence[Mapping[str, object]]) -> Length:
    """Return the distance of two values of a test: an epoch, else a share of the last due time."""
    if str(reach[-1]["by"]).rstrip("s").endswith("epoch"):
        return Length(1.0, "epochs")
    return Length(float(max(1, _due(reach[-1]) // _VALUES)), "steps")


def _falling(reach: Sequence[Mapping[str, object]], every: float, of_bound: float) -> Floats:
    """Return values that reach all milestones but the last, and that one by a factor."""
    axis, values = [1], [float(str(reach[0]["below"])) * 1.5]
    for milestone in reach:
        axis.append(max(axis[-1] + 1, ceil(_due(milestone) / every)))
        factor = of_bound if milestone is reach[-1] else 1 - 2 * _NEAR
        values.append(float(str(milestone["below"])) * factor)
    course: Floats = np.interp(np.arange(1, axis[-1] + 1), axis, values)
    return course


def _due(milestone: Mapping[str, object]) -> int:
    return int(str(milestone["by"]).split()[0])
