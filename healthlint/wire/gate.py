"""The gate's report for programs: a format of its own, with a version in its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CheckState = Literal["pass", "fail", "not_judged"]
Decision = Literal["ship", "hold", "cannot tell"]
SCHEMA: Literal["healthlint.gate/1"] = "healthlint.gate/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at, or could not be.

    Attributes:
        name: What was looked at: file, weights, parts, name, log, findings, best, samples.
        state: What came of it.
        message: What was seen, with its numbers, or why nothing was.
        help: What to do about it, empty where nothing need be done.
        notes: Further remarks.
        numbers: The numbers behind the message, by name; null where one is not finite.
        fingerprint: 16 hex digits of path and name: the same in the next call.
    """

    name: str
    state: CheckState
    message: str
    help: str
    notes: Sequence[str]
    numbers: Mapping[str, float | None]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What one checkpoint comes to.

    Attributes:
        path: The path as given.
        decision: Whether it may be shipped.
        reasons: Why not, one sentence each.
        refused: Whether it could not be read, or was refused unread (exit code 2).
        kind: Kind of file, empty where it was not read.
        layout: Whose layout it has.
        tensors: Tensors of the model.
        numbers: Numbers in them.
        bytes: Size of its files.
        step: Step it was saved at, null where unknown.
        epoch: Epoch that it closes, counted from 1, null where unknown.
        log: The log of its run, empty where there is none.
        checks: What was looked at.
    """

    path: str
    decision: Decision
    reasons: Sequence[str]
    refused: bool
    kind: str
    layout: str
    tensors: int
    numbers: int
    bytes: int
    step: float | None
    epoch: float | None
    log: str
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Report:
    """What the checkpoints of one call come to.

    Attributes:
        schema: Name and version of this format.
        schema_version: The same.
        checkpoints: One for each, in the order given.
    """

    schema: Literal["healthlint.gate/1"]
    schema_version: Literal["healthlint.gate/1"]
    checkpoints: Sequence[Checkpoint]
