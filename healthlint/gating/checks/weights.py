"""Every number of the file is finite, and the weights are not all 0."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.checkpoints.scanning import Scan, Sick, scan
from healthlint.gating.model import Check
from healthlint.gating.scene import Scene

ORDER, NAME = 1, "weights"
_SHOWN = 3


def look(scene: Scene) -> Iterator[Check]:
    """Yield what every number of the file comes to."""
    own = scene.checkpoint
    named = {**own.weights, **own.others}
    found = scan(own.storages, named, own.weights)
    if found.sick:
        yield _sick(found)
    elif not found.numbers:
        yield Check(
            name=NAME, state="not_judged", message="there is no floating-point number in it"
        )
    elif own.weights and len(found.zero) == len(own.weights):
        yield Check(
            name=NAME,
            state="fail",
            message=f"all {len(own.weights)} tensors of the model are 0 throughout",
        )
    else:
        said = f"{found.numbers:,} numbers in {len(named)} tensors, all finite"
        yield Check(
            name=NAME,
            state="pass",
            message=said,
            notes=_notes(found),
            numbers={"numbers": found.numbers},
        )


def _sick(scan: Scan) -> Check:
    told = "; ".join(_told(one) for one in scan.sick[:_SHOWN])
    more = len(scan.sick) - _SHOWN
    told += f"; and {more} more tensors" if more > 0 else ""
    count = sum(one.count for one in scan.sick)
    return Check(
        name=NAME,
        state="fail",
        message=f"not finite: {told}",
        help="take a checkpoint from before the first NaN; `healthlint check` on the log says when",
        numbers={"numbers": scan.numbers, "nonfinite": count, "tensors": len(scan.sick)},
    )


def _told(one: Sick) -> str:
    where = f", the first at {list(one.first)}" if one.first else ""
    return f"{one.count:,} in {one.name or 'a storage that no tensor shows'}{where}"


def _notes(scan: Scan) -> tuple[str, ...]:
    if not scan.zero:
        return ()
    shown = ", ".join(scan.zero[:_SHOWN]) + (", ..." if len(scan.zero) > _SHOWN else "")
    word = "tensor is" if len(scan.zero) == 1 else "tensors are"
    return (f"{len(scan.zero)} {word} 0 throughout: {shown}",)
