"""What the gate comes to: plain frozen data, of which every output is a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healthlint.wire.gate import CheckState, Decision

SHOWN = 3
"""Faults of a kind that are told one by one."""

if TYPE_CHECKING:
    from healthlint.probing import ProbePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for.

    Attributes:
        log: The log of the run, empty to look beside the checkpoint.
        against: Another checkpoint, empty for the one announced before.
        samples: Samples of this checkpoint, empty for those that the log announces.
        probe: How samples are made where they are to be (its models are not looked at); None, and
            nothing is run.
        reference: Recordings of the speaker that samples are compared with.
        rules: Files or folders of packs beside the shipped ones.
        params: Values of params by pack and name.
        facts: What is known of the run beside its series.
        above_best: How far validation mel may lie above its best, percent.
        require: Names of checks without whose verdict there is none.
        allow: Classes that a checkpoint may name, as ``module.name``.
    """

    log: str = ""
    against: str = ""
    samples: Sequence[str] = ()
    probe: ProbePlan | None = None
    reference: Sequence[str] = ()
    rules: Sequence[str] = ()
    params: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    above_best: float = 2.0
    require: Sequence[str] = ()
    allow: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at, or could not be.

    Attributes:
        name: What was looked at (``weights``, ``best``, ``samples``, ...).
        state: ``pass``, ``fail`` or ``not_judged``.
        message: What was seen, with its numbers, or why nothing was.
        help: What to do about it, empty where nothing need be done.
        notes: Further remarks.
        numbers: The numbers behind the message, by name.
    """

    name: str = ""
    state: CheckState
    message: str
    help: str = ""
    notes: Sequence[str] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)


def seen(
    state: CheckState,
    message: str,
    advice: str = "",
    *,
    notes: Sequence[str] = (),
    numbers: Mapping[str, float] | None = None,
) -> Check:
    """Return what a check saw; the gate gives it the name of the check."""
    return Check(state=state, message=message, help=advice, notes=notes, numbers=numbers or {})


def few(told: Sequence[str], noun: str = "") -> str:
    """Return the first of what is told, and how many more there are.

    >>> few(["a", "b", "c", "d", "e"]), few(["a"])
    ('a; b; c; and 2 more', 'a')
    """
    more = f"and {len(told) - SHOWN} more{noun}"
    return "; ".join([*told[:SHOWN], *([more] if len(told) > SHOWN else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What one checkpoint comes to.

    Attributes:
        path: The path as the user gave it.
        decision: ``ship``, ``hold``, or ``cannot tell``.
        reasons: Why, one sentence each.
        is_broken: Whether it could not be read, or was refused unread.
        kind: Kind of file, empty where it was not read.
        layout: Whose layout it has.
        tensors: Tensors of the model.
        numbers: Numbers in them.
        bytes: Size of the file.
        step: Step it was saved at, None where unknown.
        epoch: Epoch that it closes, counted from 1, None where unknown.
        log: The log of its run, empty where there is none.
        checks: What was looked at, in the order in which one should read it.
    """

    path: str
    decision: Decision
    reasons: Sequence[str]
    is_broken: bool = False
    kind: str = ""
    layout: str = ""
    tensors: int = 0
    numbers: int = 0
    bytes: int = 0
    step: float | None = None
    epoch: float | None = None
    log: str = ""
    checks: Sequence[Check]
