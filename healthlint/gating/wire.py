"""What the gate says, in the types of its report for programs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from healthlint.gating import model
from healthlint.wire.gate import SCHEMA, Check, Checkpoint, Report


def report(made: Sequence[model.Gated]) -> Report:
    """Return the report of checkpoints."""
    return Report(SCHEMA, SCHEMA, [_checkpoint(one) for one in made])


def _checkpoint(one: model.Gated) -> Checkpoint:
    return Checkpoint(
        path=one.path,
        decision=one.decision,
        reasons=list(one.reasons),
        refused=one.is_broken,
        kind=one.kind,
        layout=one.layout,
        tensors=one.tensors,
        numbers=one.numbers,
        bytes=one.bytes,
        step=one.step,
        epoch=one.epoch,
        log=one.log,
        checks=[_check(one.path, check) for check in one.checks],
    )


def _check(path: str, one: model.Check) -> Check:
    numbers = {
        name: round(value, 6) if math.isfinite(value) else None
        for name, value in one.numbers.items()
    }
    print_ = hashlib.sha256(f"{path}\0{one.name}".encode("utf-8", "replace")).hexdigest()[:16]
    return Check(one.name, one.state, one.message, one.help, list(one.notes), numbers, print_)
