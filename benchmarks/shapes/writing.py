"""A course as the text that a trainer writes: JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from shapes.course import Course
from shapes.dialects import Dialect
from shapes.draw import Floats

Row = dict[str, object]
Edit = Callable[[str, Floats, dict[str, Floats]], None]
"""Changes what is logged: called with split, epochs passed, and values by metric."""
ABSENT = -np.inf
"""In place of a value that is not logged: no loss is ever minus infinity."""
GUIDE_SCALES = {
    "mel_loss": {"kind": "l1", "space": "ln-power-mel"},
    "duration_loss": {"kind": "huber", "space": "ln1p-frames", "delta": 1.0},
}


@dataclass
class Rows:
    """The rows of a run in the order in which they are logged.

    Attributes:
        steps: Step of each.
        rows: The rows.
    """

    steps: list[float]
    rows: list[Row]

    def between(self, after: float, until: float) -> list[Row]:
        """Return the rows after a step, up to another, the latter included."""
        return [row for at, row in zip(self.steps, self.rows, strict=True) if after < at <= until]


def rows(course: Course, dialect: Dialect, edit: Edit | None = None) -> Rows:
    """Return the rows that a trainer logs of a course, with noise drawn anew.

    Args:
        course: The run.
        dialect: The trainer.
        edit: Changes what is logged of each split.
    """
    digits = course.digits
    found: list[tuple[float, int, Row]] = []
    at = course.sizes.train_steps, course.sizes.val_steps
    for order, (split, values, steps) in enumerate(
        zip(("train", "val"), course.logged(), at, strict=True)
    ):
        if edit is not None:
            edit(split, steps / course.sizes.per_epoch, values)
        spelled = _spelled(dialect, split, values)
        for i, step in enumerate(steps.tolist()):
            kept = {n: _rounded(v[i], digits) for n, v in spelled.items() if v[i] != ABSENT}
            if kept:
                found.append((step, order, _axes(dialect, split, step, course) | kept))
    found.sort(key=lambda one: one[:2])
    return Rows([step for step, _, _ in found], [row for _, _, row in found])


def text(lines: Iterable[Row]) -> str:
    """Return rows as JSON Lines; NaN and infinities as Python's json writes them."""
    return "".join(json.dumps(line) + "\n" for line in lines)


def header(course: Course, dialect: Dialect, attempt: int = 0, step: int = 0) -> list[Row]:
    """Return the header that a trainer writes, none where it writes none."""
    if not dialect.has_header:
        return []
    facts = {
        "trainer": dialect.name,
        "steps_per_epoch": course.sizes.per_epoch,
        "planned_epochs": course.sizes.epochs,
        "metrics": GUIDE_SCALES,
        **course.facts,
    }
    row: Row = {"_type": "run", "_schema": "healthlint.log/1", "run": "drawn", "attempt": attempt}
    return [row | {"step": step, "meta": {} if attempt else facts}]


def log(course: Course, dialect: Dialect, edit: Edit | None = None) -> str:
    """Return the log of a course as one trainer writes it."""
    return text(header(course, dialect) + rows(course, dialect, edit).rows)


def _spelled(dialect: Dialect, split: str, values: dict[str, Floats]) -> dict[str, Floats]:
    """Return values under the names, and on the scale, of a trainer."""
    names, other = dialect.names(split)
    spelled = {}
    for metric, curve in values.items():
        if metric in dialect.drops:
            continue
        factor = dialect.scale if metric == "mel_loss" else 1.0
        spelled[names.get(metric, other.format(metric))] = curve * factor
    return spelled


def _axes(dialect: Dialect, split: str, step: float, course: Course) -> Row:
    row: Row = {"step": int(step)}
    if dialect.split:
        row[dialect.split] = (
            {"phase": "eval"}.get(dialect.split, "val") if split == "val" else "train"
        )
    if dialect.epoch is not None:
        row["epoch"] = int(np.ceil(step / course.sizes.per_epoch - 1e-9)) - 1 + dialect.epoch
    return row


def _rounded(value: float, digits: int | None) -> float:
    return float(value) if digits is None or not np.isfinite(value) else round(float(value), digits)
