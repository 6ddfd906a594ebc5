"""What a fleet comes to, counted in runs: answers, causes, who is best at an equal step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from statistics import median

from healthlint.fleet.differing import Compared, compare
from healthlint.fleet.row import Row, Value, spoken
from healthlint.fleet.where import reader
from healthlint.report import ANSWERS, SEVERITIES, AnswerState, Severity

REACHED = 0.75
"""Share of the runs that must have got to the step at which they are compared."""
_VAGUE = ("cannot tell", "too early")
"""Answers of runs that are not known to be healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A rule that went wrong first in some runs.

    Attributes:
        rule: Its id.
        severity: The worst severity it had.
        runs: How many runs it is the cause of.
        share: Their share of all runs, as a fraction.
        epoch: Median epoch at which it began, None where unknown.
        step: Median step at which it began, None where unknown.
        example: The run in which it began first.
    """

    rule: str
    severity: Severity
    runs: int
    share: float
    epoch: float | None
    step: float | None
    example: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Runs that have something in common.

    Attributes:
        name: What they have in common.
        runs: How many they are.
        failed: How many of them failed.
        cause: Their most frequent cause, empty where nothing went wrong.
        best: Median of their best values by the decisive metric, None without any.
    """

    name: str
    runs: int
    failed: int
    cause: str
    best: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Runs by their decisive metric, at one position.

    Attributes:
        metric: The series that most runs are decided by.
        unit: What positions count.
        at: The position.
        values: Value of each run that got there, the lowest first.
        short: Runs of this metric that did not get there.
        noise: Median noise of a value, as a fraction; None where unknown.
    """

    metric: str
    unit: str
    at: float
    values: Sequence[tuple[float, Row]]
    short: int
    noise: float | None


@dataclass(frozen=True)
class Fleet:
    """What many runs come to; each part is worked out when somebody asks for it.

    Attributes:
        rows: The runs, in the order in which they were found.
        fail_on: Severity from which on a run counts as failed.
        passed_over: What lies among the logs and is no log, with the reason.
    """

    rows: Sequence[Row]
    fail_on: Severity = "error"
    passed_over: Sequence[tuple[str, str]] = ()

    @cached_property
    def answers(self) -> Mapping[AnswerState, int]:
        """Number of the judged runs by answer, the worst first."""
        told = Counter(row.answer for row in self.rows if row.state == "judged")
        return {answer: told[answer] for answer in ANSWERS if told[answer]}

    @cached_property
    def failed(self) -> Sequence[Row]:
        """The runs that failed."""
        return [row for row in self.rows if has_failed(row, self.fail_on)]

    @cached_property
    def unseen(self) -> Sequence[Row]:
        """The runs that could not be judged."""
        return [row for row in self.rows if row.state != "judged"]

    @cached_property
    def causes(self) -> Sequence[Cause]:
        """What went wrong, the worst severity first, then by the number of runs."""
        told = (row for row in self.rows if row.cause and row.state != "unreadable")
        groups = _members(told, attrgetter("cause"))
        causes = [_cause(rule, members, len(self.rows)) for rule, members in groups.items()]
        return sorted(
            causes, key=lambda cause: (SEVERITIES.index(cause.severity), -cause.runs, cause.rule)
        )

    @cached_property
    def compared(self) -> Compared:
        """What differs between failed and healthy runs."""
        looked_at = [row for row in self.rows if row.state == "judged" and row.answer not in _VAGUE]
        healthy = [row for row in looked_at if not row.fails(self.fail_on)]
        return compare(_members(self.failed, attrgetter("cause")), healthy)

    @cached_property
    def ranking(self) -> Ranking | None:
        """The runs by the metric that most are decided by, where most of them got to."""
        courses = [(row, row.course) for row in self.rows if row.course and row.course.at]
        metrics = Counter((course.metric, course.unit) for _, course in courses)
        if not metrics:
            return None
        metric, unit = min(metrics, key=lambda pair: (-metrics[pair], pair))
        own = [pair for pair in courses if (pair[1].metric, pair[1].unit) == (metric, unit)]
        ends = sorted(course.at[-1] for _, course in own)
        at = ends[int((1 - REACHED) * (len(ends) - 1))]
        levels = [(dict(zip(run.at, run.levels, strict=True)).get(at), row) for row, run in own]
        values = [(value, row) for value, row in levels if value is not None]
        values.sort(key=lambda pair: (pair[0], pair[1].path, pair[1].run or 0))
        return Ranking(
            metric=metric,
            unit=unit,
            at=at,
            values=values,
            short=len(own) - len(values),
            noise=_median(course.noise for _, course in own),
        )


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Return rows by their answer: what could not be read, then what asks for most."""
    return sorted(rows, key=lambda row: (row.state != "unreadable", ANSWERS.index(row.answer)))


def has_failed(row: Row, fail_on: Severity) -> bool:
    """Return whether something is wrong with a run that was judged."""
    return row.state == "judged" and row.fails(fail_on)


def group(rows: Sequence[Row], by: str, fail_on: Severity) -> list[Group]:
    """Return runs by a field or a setting, the group with the largest share of failures first.

    Raises:
        WhereError: No run has it.
    """
    read = reader(by, rows)
    members = _members(rows, lambda row: _spoken(read(row)))
    groups = [_group(name, own, fail_on) for name, own in members.items()]
    return sorted(groups, key=lambda group: (-group.failed / group.runs, -group.runs, group.name))


def _spoken(value: Value) -> str:
    return "not known" if value is None else spoken(value) or "none"


def _members(rows: Iterable[Row], name: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Return runs by what they have in common."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(name(row), []).append(row)
    return members


def _group(name: str, rows: Sequence[Row], fail_on: Severity) -> Group:
    causes = Counter(row.cause for row in rows if row.cause)
    return Group(
        name=name,
        runs=len(rows),
        failed=sum(has_failed(row, fail_on) for row in rows),
        cause=min(causes, key=lambda cause: (-causes[cause], cause), default=""),
        best=_median(row.course.best for row in rows if row.course),
    )


def _cause(rule: str, members: Sequence[Row], total: int) -> Cause:
    firsts = [found for row in members if (found := row.first) is not None]
    return Cause(
        rule=rule,
        severity=min((first.severity for first in firsts), key=SEVERITIES.index),
        runs=len(members),
        share=len(members) / total,
        epoch=_median(first.epoch for first in firsts),
        step=_median(first.step for first in firsts),
        example=min(members, key=_began),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _began(row: Row) -> tuple[float, str, int]:
    first = row.first
    line = first.line if first and first.line is not None else 1 << 60
    return line, row.path, row.run or 0
