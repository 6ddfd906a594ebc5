"""Runs by cause, by folder or by a setting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from healthlint.fleet.row import Row, spoken
from healthlint.fleet.summary import has_failed
from healthlint.fleet.where import Read, reader
from healthlint.report import Severity


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


def group(rows: Sequence[Row], by: str, fail_on: Severity) -> list[Group]:
    """Return runs by a field or a setting, the group with the largest share of failures first.

    Raises:
        WhereError: No run has it.
    """
    read = reader(by, rows)
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(_name(read, row), []).append(row)
    groups = [_group(name, own, fail_on) for name, own in members.items()]
    return sorted(groups, key=lambda group: (-group.failed / group.runs, -group.runs, group.name))


def _name(read: Read, row: Row) -> str:
    value = read(row)
    if value is None:
        return "not known"
    return spoken(value) or "none"


def _group(name: str, rows: Sequence[Row], fail_on: Severity) -> Group:
    causes = Counter(row.cause for row in rows if row.cause)
    cause = min(causes, key=lambda one: (-causes[one], one), default="")
    values = [row.course.best for row in rows if row.course and row.course.best is not None]
    failed = sum(has_failed(row, fail_on) for row in rows)
    return Group(
        name=name,
        runs=len(rows),
        failed=failed,
        cause=cause,
        best=median(values) if values else None,
    )
