"""Every number of the file is finite, and the weights are not all 0."""

from __future__ import annotations

from healthlint.checkpoints.scanning import Scan, Sick, scan
from healthlint.gating.model import SHOWN, Check, few, seen
from healthlint.gating.scene import Scene

ORDER, NAME = 1, "weights"


def look(scene: Scene) -> Check:
    """Return what every number of the file comes to."""
    own = scene.checkpoint
    named = {**own.weights, **own.others}
    found = scan(own.storages, named, own.weights)
    if found.sick:
        return _sick(found)
    if not found.numbers:
        return seen("not_judged", "there is no floating-point number in it")
    if own.weights and len(found.zero) == len(own.weights):
        return seen("fail", f"all {len(own.weights)} tensors of the model are 0 throughout")
    said = f"{found.numbers:,} numbers in {len(named)} tensors, all finite"
    return seen("pass", said, notes=_notes(found), numbers={"numbers": found.numbers})


def _sick(scan: Scan) -> Check:
    told = f"not finite: {few([_told(one) for one in scan.sick], ' tensors')}"
    advice = "take a checkpoint from before the first NaN; `healthlint check` on the log says when"
    count = sum(one.count for one in scan.sick)
    numbers = {"numbers": scan.numbers, "nonfinite": count, "tensors": len(scan.sick)}
    return seen("fail", told, advice, numbers=numbers)


def _told(one: Sick) -> str:
    where = f", the first at {list(one.first)}" if one.first else ""
    return f"{one.count:,} in {one.name or 'a storage that no tensor shows'}{where}"


def _notes(scan: Scan) -> tuple[str, ...]:
    if not scan.zero:
        return ()
    shown = ", ".join(scan.zero[:SHOWN]) + (", ..." if len(scan.zero) > SHOWN else "")
    word = "tensor is" if len(scan.zero) == 1 else "tensors are"
    return (f"{len(scan.zero)} {word} 0 throughout: {shown}",)
