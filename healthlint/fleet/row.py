"""One judged run as a row of plain data: one JSON line each, ``healthlint.fleet/1``.

A row holds what a fleet is compared by, and nothing that grows with the length of its log.
Numbers have six significant digits; what is not finite is null.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import orjson

from healthlint.documents.json import filled
from healthlint.report import SEVERITIES, AnswerState, Severity

SCHEMA: Literal["healthlint.fleet/1"] = "healthlint.fleet/1"

RowState = Literal["judged", "no verdict", "unreadable"]
Value = str | float | int | bool | None


class NotAFleet(ValueError):
    """A file that is none of a fleet; the message begins with its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFinding:
    """A finding of a run.

    Attributes:
        rule: Rule id.
        severity: Its severity.
        active: Whether it still held at the end of the run.
        folded: Whether it follows from another finding of the run.
        accepted: Whether it is suppressed, or known by the baseline.
        fingerprint: 16 hex digits of rule, metrics and split.
        line: 1-based line of its first record, null where the format has none.
        step: Step of its first record, null where unknown.
        epoch: Epoch of its first record, null where unknown.
    """

    rule: str
    severity: Severity
    active: bool
    folded: bool
    accepted: bool
    fingerprint: str
    line: int | None
    step: float | None
    epoch: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How the decisive metric of a run went: the one that shows its progress.

    Attributes:
        metric: Its series (``val/mel_loss``).
        unit: What positions count: ``step``, or ``epoch`` where no steps are logged.
        value: Its latest value, as logged.
        best: Its lowest value, as logged.
        best_step: Step of that value, null where unknown.
        best_epoch: Epoch of that value, null where unknown.
        noise: Standard deviation of a value, as a fraction; null where too few are logged.
        at: Positions that every fleet shares, up to the last of the run: powers of 2 to the 1/4.
        levels: Its value at each of them, the last one logged up to there.
        curve: Values at equal distances from the first to the last, at most 24.
    """

    metric: str
    unit: Literal["step", "epoch"]
    value: float | None
    best: float | None
    best_step: float | None
    best_epoch: float | None
    noise: float | None
    at: Sequence[float]
    levels: Sequence[float | None]
    curve: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Which checkpoint of a run is worth keeping; nothing is ever deleted.

    Attributes:
        path: The checkpoint that is there and nearest to the best; empty where none is.
        epoch: Epoch of it, null where unknown.
        step: Step of it, null where unknown.
        value: The decisive metric there, null where unknown.
        above: How far that lies above the best, as a fraction; null where unknown.
        within_noise: Whether that is no more than noise explains; null where noise is unknown.
        files: Checkpoints that are there.
        spare: Of them those that may be deleted: neither this one nor the latest.
        spare_bytes: Size of these.
    """

    path: str
    epoch: float | None
    step: float | None
    value: float | None
    above: float | None
    within_noise: bool | None
    files: int
    spare: Sequence[str]
    spare_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of a fleet.

    Attributes:
        schema: Name and version of this format.
        path: Its log, relative to the working folder where it lies below it.
        run: Number of the run in its log, from 1; null where nothing could be judged.
        id: The id that the log gives it, empty where it gives none.
        format: Format of the log, empty where it has none.
        state: ``judged``; ``no verdict`` where nothing could be; ``unreadable`` where the log could
            not be read, a rule broke, or judging took too long.
        answer: What to do with it.
        reason: Why, in one sentence.
        next: The next thing to do, empty where there is nothing.
        is_green: Whether all is as wanted.
        cause: Rule that went wrong first among the worst, empty where none did.
        findings: What is wrong, worst first.
        records: Number of its records.
        steps: Its last step, null where unknown.
        epochs: Its last epoch, null where unknown.
        planned_epochs: Epochs that were planned, null where unknown.
        status: How it ended, empty where the log does not say.
        course: Its decisive metric, null where it has none.
        keep: Which checkpoint to keep, null where it saved none.
        settings: What it was started with, flat.
        problems: What could not be read, one sentence each.
    """

    schema: Literal["healthlint.fleet/1"] = SCHEMA
    path: str = ""
    run: int | None = None
    id: str = ""
    format: str = ""
    state: RowState = "unreadable"
    answer: AnswerState = "cannot tell"
    reason: str = ""
    next: str = ""
    is_green: bool = False
    cause: str = ""
    findings: Sequence[RowFinding] = ()
    records: int = 0
    steps: float | None = None
    epochs: float | None = None
    planned_epochs: float | None = None
    status: str = ""
    course: Course | None = None
    keep: Keep | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    problems: Sequence[str] = ()

    @property
    def first(self) -> RowFinding | None:
        """Return the finding that is its cause, None where nothing is."""
        return next((finding for finding in self.findings if finding.rule == self.cause), None)

    @property
    def worst(self) -> Severity | None:
        """Return the worst severity that is not accepted, None where nothing is wrong."""
        severities = (finding.severity for finding in self.findings if not finding.accepted)
        return min(severities, key=SEVERITIES.index, default=None)

    def fails(self, severity: Severity) -> bool:
        """Return whether something is wrong with it that is at least so severe."""
        worst = self.worst
        return worst is not None and SEVERITIES.index(worst) <= SEVERITIES.index(severity)


def cause_of(findings: Iterable[RowFinding]) -> str:
    """Return the rule that fired first among the worst, empty where none did; remarks are none."""
    standing = [finding for finding in findings if not finding.folded and not finding.accepted]
    for severity in SEVERITIES[:2]:
        worst = [one for one in standing if one.severity == severity]
        if worst:
            return min(worst, key=lambda one: (one.line or 0, one.step or 0.0)).rule
    return ""


def dumps(row: Row) -> bytes:
    """Return a row as one line of JSON, without its newline; equal rows give equal bytes."""
    return orjson.dumps(row)


def loads(line: bytes | str) -> Row:
    """Return the row of a line.

    Raises:
        ValueError: It is none.
    """
    data = orjson.loads(line)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ValueError(f"`schema` is not `{SCHEMA}`")
    try:
        course, keep = data.get("course"), data.get("keep")
        parts = {
            "findings": tuple(filled(RowFinding, finding) for finding in data.get("findings", ())),
            "course": filled(Course, course) if course else None,
            "keep": filled(Keep, keep) if keep else None,
        }
        return filled(Row, {**data, **parts})
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"not a whole row ({error})") from error


def load(path: str) -> list[Row]:
    """Return the rows of a file.

    Raises:
        NotAFleet: A line is no row.
        OSError: It cannot be read.
    """
    rows = []
    with Path(path).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                rows += [loads(line)] if line.strip() else []
            except ValueError as error:
                raise NotAFleet(f"{path}:{number}: no row of a fleet: {error}") from error
    return rows


def is_number(value: Value) -> bool:
    """Return whether a value is a number, which a truth is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def spoken(value: object) -> str:
    """Return a value as it is shown: a number with as many digits as it takes."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def rounded(value: float | None) -> float | None:
    """Return a number with six significant digits, None where it is none.

    >>> rounded(0.123456789), rounded(float("nan"))
    (0.123457, None)
    """
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")
