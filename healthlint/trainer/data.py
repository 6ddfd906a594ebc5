"""The clips of a run: split, distorted by the fault if there is one, and what to log of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from healthlint.trainer.batches import Batch, Example, collate, epoch_order, split, symbols_of
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.faults import TINY_CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healthlint.trainer.clips import Clip
    from healthlint.trainer.config import Config
    from healthlint.trainer.corpus import Corpus


@dataclass(frozen=True)
class Data:
    """Clips of both splits, as recorded and as the fault makes them."""

    config: Config
    symbols: list[str]
    healthy: dict[str, list[Example]]
    faulty: dict[str, list[Example]]

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps of an epoch; the last batch may be smaller."""
        return -(-len(self.healthy["train"]) // self.config.batch_size)

    def examples(self, name: str, epoch: int) -> list[Example]:
        """The clips of a split as they are in an epoch: from the fault's first one on, faulty."""
        fault = self.config.parsed_fault
        return (self.faulty if fault and epoch >= fault.epoch else self.healthy)[name]

    def training_batches(self, epoch: int, done: int) -> Iterator[Batch]:
        """The batches of an epoch after the first ``done``, in the epoch's order."""
        examples = self.examples("train", epoch)
        order = epoch_order(examples, self.config.batch_size, self.config.seed, epoch)
        for indices in order[done:]:
            yield collate([examples[i] for i in indices], self.symbols)

    def validation_batches(self, epoch: int) -> Iterator[Batch]:
        """Every validation clip once, shortest first."""
        examples = sorted(self.examples("val", epoch), key=lambda one: len(one.target.mel))
        for start in range(0, len(examples), self.config.batch_size):
            yield collate(examples[start : start + self.config.batch_size], self.symbols)


def prepare(corpus: Corpus, config: Config) -> Data:
    """Split a corpus and distort it as the fault says.

    Raises:
        TrainerError: the corpus is too small to be split.
    """
    try:
        train, val = split(corpus.clips, config.seed)
    except ValueError as error:
        raise TrainerError(f"{config.corpus}: {error}") from error
    fault = config.parsed_fault
    if fault and fault.name == "tiny-corpus":
        train = train[:TINY_CORPUS]
    recorded = {"train": train, "val": val}
    healthy = {name: [Example(clip, clip) for clip in clips] for name, clips in recorded.items()}
    if not fault:
        return Data(config, symbols_of(corpus.clips), healthy, healthy)
    faulty = {
        name: [Example(clip, changed) for clip, changed in zip(
            clips, fault.distort(clips, config.seed, split=name), strict=True)]
        for name, clips in recorded.items()
    }  # fmt: skip
    return Data(config, symbols_of(corpus.clips), healthy, faulty)


def mel_statistics(clips: Sequence[Clip]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each mel bin over clips, both of shape (80,), ln-power."""
    frames = torch.cat([torch.from_numpy(clip.mel) for clip in clips]).double()
    return frames.mean(0).float(), frames.std(0).clamp(min=0.1).float()
