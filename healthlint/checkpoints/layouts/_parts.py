"""What a layout says of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from healthlint.checkpoints.content import losses, number


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


def from_zero(
    content: Mapping[str, object], name: str, weights: Sequence[str], *steps: str
) -> Parts:
    """Return what is what where ``epoch`` counts from 0 and losses are in the outermost dict.

    Args:
        content: The outermost dict.
        name: Whose layout it is, in words.
        weights: Names of the entries with weights of the model.
        steps: Names under which a step may be, the first one first.
    """
    epoch = number(content, "epoch")
    return Parts(
        name=name,
        weights=weights,
        step=number(content, *steps),
        epoch=None if epoch is None else epoch + 1,
        metrics=losses(content),
    )
