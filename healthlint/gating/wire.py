"""What the gate says, in the types of its report for programs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from healthlint.documents.json import measured
from healthlint.gating import model
from healthlint.reporters.json import as_wire
from healthlint.wire.gate import SCHEMA, Check, Checkpoint, Report


def report(made: Sequence[model.Gated]) -> Report:
    """Return the report of checkpoints."""
    return Report(SCHEMA, SCHEMA, [_checkpoint(gated) for gated in made])


def _checkpoint(gated: model.Gated) -> Checkpoint:
    checks = [_check(gated.path, check) for check in gated.checks]
    return as_wire(Checkpoint, gated, refused=gated.is_broken, checks=checks)


def _check(path: str, check: model.Check) -> Check:
    print_ = hashlib.sha256(f"{path}\0{check.name}".encode("utf-8", "replace")).hexdigest()[:16]
    return as_wire(Check, check, numbers=measured(check.numbers, 6), fingerprint=print_)
