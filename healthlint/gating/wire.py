"""What the gate says, in the types of its report for programs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from healthlint.gating import model
from healthlint.wire.gate import SCHEMA, Check, Checkpoint, Report


def report(made: Sequence[model.Gated]) -> Report:
    """Return the report of checkpoints."""
    return Report(SCHEMA, SCHEMA, [_checkpoint(gated) for gated in made])


def _checkpoint(gated: model.Gated) -> Checkpoint:
    return Checkpoint(
        path=gated.path,
        decision=gated.decision,
        reasons=list(gated.reasons),
        refused=gated.is_broken,
        kind=gated.kind,
        layout=gated.layout,
        tensors=gated.tensors,
        numbers=gated.numbers,
        bytes=gated.bytes,
        step=gated.step,
        epoch=gated.epoch,
        log=gated.log,
        checks=[_check(gated.path, check) for check in gated.checks],
    )


def _check(path: str, check: model.Check) -> Check:
    numbers = {
        name: round(value, 6) if math.isfinite(value) else None
        for name, value in check.numbers.items()
    }
    print_ = hashlib.sha256(f"{path}\0{check.name}".encode("utf-8", "replace")).hexdigest()[:16]
    return Check(
        name=check.name,
        state=check.state,
        message=check.message,
        help=check.help,
        notes=list(check.notes),
        numbers=numbers,
        fingerprint=print_,
    )
