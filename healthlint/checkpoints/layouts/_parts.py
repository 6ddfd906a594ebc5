"""What a layout says of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is what in the outermost dict.

    Attributes:
        name: Whose layout it is, in words.
        weights: Names of the entries with weights of the model; empty where all of it is.
        step: Step, None where it does not say.
        epoch: Epoch that it closes, counted from 1, None where it does not say.
        metrics: Losses and metrics by name.
        classes: Classes that its trainer keeps in a checkpoint, as ``module.name``.
    """

    name: str
    weights: Sequence[str] = ()
    step: float | None = None
    epoch: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    classes: Sequence[str] = ()


def one_later(epoch: float | None) -> float | None:
    """Return an epoch that was counted from 0, counted from 1."""
    return None if epoch is None else epoch + 1
