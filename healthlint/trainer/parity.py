"""Whether a device computes what the CPU computes: losses and gradients of the same batches.

A small batch, one of another shape with more than 32,768 frames, and the small one again: the order
in which backward passes on Apple's GPU have come out wrong (pytorch#177116).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from healthlint.trainer.batches import Batch
from healthlint.trainer.losses import measure_losses
from healthlint.trainer.mel import N_MELS
from healthlint.trainer.model import AcousticModel

Shape = tuple[int, int, int]
SHAPES: tuple[Shape, ...] = ((4, 30, 150), (60, 40, 560), (4, 30, 150))
"""Clips, phones of each and frames of each, in the order in which they are compared."""
MOST_OF_LOSS, MOST_OF_GRADIENT = 1e-3, 2e-2
"""Largest relative differences that the order of sums explains."""
_SYMBOLS, _HIDDEN = 40, 64


class Parity(NamedTuple):
    """How one batch compares.

    Attributes:
        shape: Clips, phones and frames.
        loss: Relative difference of the total loss.
        gradient: Largest relative difference of a parameter's gradient, by its norm.
        worst: That parameter.
    """

    shape: Shape
    loss: float
    gradient: float
    worst: str

    @property
    def is_same(self) -> bool:
        """Return whether the order of sums explains the difference; NaN is explained by nothing."""
        return self.loss <= MOST_OF_LOSS and self.gradient <= MOST_OF_GRADIENT


def compare(device: torch.device, shapes: Sequence[Shape] = SHAPES) -> Iterator[Parity]:
    """Yield how each batch compares with the CPU, in order, in one process.

    Raises:
        RuntimeError: The device cannot compute it.
    """
    torch.manual_seed(0)
    model = AcousticModel(_SYMBOLS, _HIDDEN, torch.zeros(N_MELS), torch.ones(N_MELS), dropout=0.0)
    there = copy.deepcopy(model).to(device)
    for number, shape in enumerate(shapes):
        batch = _batch(shape, seed=number)
        own, gradients = _computed(model, batch)
        other, theirs = _computed(there, batch.to(device))
        worst, name = farthest(gradients, theirs)
        yield Parity(shape, abs(other - own) / abs(own), worst, name)


def farthest(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> tuple[float, str]:
    """Return the largest relative difference of two sets of gradients, and where it is.

    One that is not finite, or is there on one side alone, is infinitely far.
    """
    distances = {name: _distance(one, other[name]) for name, one in own.items() if name in other}
    distances |= dict.fromkeys(own.keys() ^ other.keys(), float("inf"))
    name = max(distances, key=lambda one: distances[one])
    return distances[name], name


def _distance(own: Tensor, other: Tensor) -> float:
    size, apart = float(own.norm()), float((own - other).norm())
    if not (apart < float("inf")):
        return float("inf")
    return apart / max(size, 1e-6)


def _computed(model: AcousticModel, batch: Batch) -> tuple[float, dict[str, Tensor]]:
    model.zero_grad(set_to_none=True)
    said = model(batch.phones, batch.durations, batch.pitch, batch.energy)
    total = measure_losses(said, batch)[0]
    total.backward()  # type: ignore[no-untyped-call]
    gradients = {
        name: one.grad.detach().cpu()
        for name, one in model.named_parameters()
        if one.grad is not None
    }
    return float(total.detach()), gradients


def _batch(shape: Shape, seed: int) -> Batch:
    clips, phones, frames = shape
    draw = torch.Generator().manual_seed(seed)
    each = torch.full((clips, phones), frames // phones)
    each[:, -1] += frames - int(each[0].sum())
    mel = torch.randn(clips, frames, N_MELS, generator=draw) - 4
    return Batch(
        phones=torch.randint(1, _SYMBOLS, (clips, phones), generator=draw),
        durations=each,
        mel=mel,
        true_mel=mel,
        pitch=torch.rand(clips, frames, generator=draw),
        energy=torch.rand(clips, frames, generator=draw),
        frames=torch.full((clips,), frames),
    )
