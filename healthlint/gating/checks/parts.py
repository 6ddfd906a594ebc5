"""No part of the model is missing or smaller than in the checkpoint before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from healthlint.checkpoints import CheckpointError, Tensor
from healthlint.gating.model import Check, few, seen
from healthlint.gating.scene import Scene

ORDER, NAME = 2, "parts"
Weights = Mapping[str, Tensor]


def look(scene: Scene) -> Check:
    """Return how the model's parts compare with those of its predecessor."""
    try:
        before = scene.predecessor
    except CheckpointError as error:
        return seen("not_judged", f"{scene.wanted.against} cannot be read: {error}")
    if before is None:
        return seen("not_judged", "no checkpoint to compare with", "name one: --against")
    own = scene.checkpoint.weights
    wrong = [*_missing(before.weights, own), *_changed(before.weights, own)]
    name = Path(before.path).name
    if wrong:
        return seen("fail", f"against {name}: {few(wrong)}", numbers={"wrong": len(wrong)})
    new = len(own.keys() - before.weights.keys())
    notes = (f"{new} tensors that {name} lacks",) if new else ()
    return seen("pass", f"all {len(before.weights)} tensors of {name} are there", notes=notes)


def _missing(before: Weights, own: Weights) -> Iterator[str]:
    kept = {name.partition(".")[0] for name in own}
    gone = [(name.partition(".")[0], name) for name in before if name not in own]
    for part, count in sorted(Counter(part for part, _ in gone if part not in kept).items()):
        yield f"{part} is missing ({count} tensors)" if count > 1 else f"{part} is missing"
    yield from (f"{name} is missing" for part, name in gone if part in kept)


def _changed(before: Weights, own: Weights) -> Iterator[str]:
    for name, tensor in before.items():
        if name in own and own[name].shape != tensor.shape:
            yield f"{name} is {list(own[name].shape)}, was {list(tensor.shape)}"
