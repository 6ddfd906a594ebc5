"""Clips in batches of similar length, in an order that the seed and the epoch alone decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from healthlint.trainer.clips import Clip

_BUCKET = 8
"""Batches that are sorted by length together: long enough to save padding, short enough that
batches differ between epochs."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Padded clips; ``true_mel`` is the recording, ``mel`` the target, which a fault may change."""

    phones: Tensor
    """Shape (clips, phones), int64; 0 is padding."""
    durations: Tensor
    """Shape (clips, phones), int64 frames; 0 in padding."""
    mel: Tensor
    """Shape (clips, frames, 80), ln-power."""
    true_mel: Tensor
    """Shape (clips, frames, 80), ln-power."""
    pitch: Tensor
    """Shape (clips, frames), in [0, 1]."""
    energy: Tensor
    """Shape (clips, frames), in [0, 1]."""
    frames: Tensor
    """Shape (clips,), int64: frames of each clip."""

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(**{each.name: getattr(self, each.name).to(device) for each in fields(self)})


@dataclass(frozen=True)
class Example:
    """A clip as recorded and as trained on (the same object where no fault changes it)."""

    recorded: Clip
    target: Clip


def epoch_order(
    examples: Sequence[Example], batch_size: int, seed: int, epoch: int
) -> list[list[int]]:
    """Indices of each batch of one epoch: shuffled, with clips of similar length together.

    Args:
        examples: The training clips.
        batch_size: Clips in a batch; the last may be smaller.
        seed: Of the run.
        epoch: From 1. A resumed run asks for the same epoch and gets the same order.

    Returns:
        Every index exactly once.
    """
    rng = np.random.default_rng([seed, epoch])
    shuffled = rng.permutation(len(examples)).tolist()
    span = batch_size * _BUCKET
    batches = []
    for start in range(0, len(shuffled), span):
        bucket = sorted(shuffled[start : start + span], key=lambda i: len(examples[i].target.mel))
        batches += [bucket[i : i + batch_size] for i in range(0, len(bucket), batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def collate(examples: Sequence[Example], symbols: Sequence[str]) -> Batch:
    """One padded batch.

    Args:
        examples: Clips of any lengths.
        symbols: Every phone of the corpus; index 0 is padding.
    """
    index = {symbol: number for number, symbol in enumerate(symbols)}
    targets = [example.target for example in examples]
    return Batch(
        phones=_pad([np.array([index[p] for p in clip.phones]) for clip in targets]),
        durations=_pad([clip.durations for clip in targets]),
        mel=_pad([clip.mel for clip in targets]),
        true_mel=_pad([example.recorded.mel for example in examples]),
        pitch=_pad([clip.pitch for clip in targets]),
        energy=_pad([clip.energy for clip in targets]),
        frames=torch.tensor([len(clip.mel) for clip in targets]),
    )


def symbols_of(clips: Sequence[Clip]) -> list[str]:
    """Padding and every phone of the clips, sorted: the model's alphabet."""
    return ["", *sorted({phone for clip in clips for phone in clip.phones})]


def split(clips: Sequence[Clip], seed: int) -> tuple[list[Clip], list[Clip]]:
    """Training and validation clips: a twentieth, at least 8, at most 100, are kept for validation.

    Raises:
        ValueError: fewer than 10 clips.
    """
    if len(clips) < 10:
        raise ValueError(f"the corpus has {len(clips)} clips; 10 are the least that can be split")
    count = min(max(8, len(clips) // 20), 100, len(clips) // 2)
    order = np.random.default_rng([seed, 0]).permutation(len(clips)).tolist()
    chosen = sorted(order[:count])
    kept = sorted(order[count:])
    return [clips[i] for i in kept], [clips[i] for i in chosen]


def _pad(arrays: Sequence[NDArray[Any]]) -> Tensor:
    return pad_sequence([torch.from_numpy(array) for array in arrays], batch_first=True)
