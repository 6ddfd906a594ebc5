"""The clips of a run: split, distorted by the fault if there is one, and what to log of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from healthlint.trainer.batches import Batch, Example, collate, epoch_order, split, symbols_of
from healthlint.trainer.clips import Clip
from healthlint.trainer.config import Config
from healthlint.trainer.corpus import Corpus
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.faults import TINY_CORPUS


@dataclass(frozen=True)
class Data:
    """Clips of both splits, and batches of them as the fault makes them."""

    config: Config
    symbols: list[str]
    clips: dict[str, list[Clip]]
    """As recorded, by split: ``train`` and ``val``."""
    _made: dict[str, tuple[float, list[Example]]] = field(default_factory=dict)
    """The newest distorted clips of each split, with the fault's strength in them."""

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps of an epoch; the last batch may be smaller."""
        return -(-len(self.clips["train"]) // self.config.batch_size)

    def examples(self, split: str, epoch: int) -> list[Example]:
        """The clips of a split as the fault makes them in an epoch."""
        fault = self.config.parsed_fault
        strength = fault.strength(epoch) if fault else 0.0
        if split not in self._made or self._made[split][0] != strength:
            self._made[split] = strength, self._distort(split, strength)
        return self._made[split][1]

    def _distort(self, split: str, strength: float) -> list[Example]:
        clips, fault = self.clips[split], self.config.parsed_fault
        if not fault or not strength:
            return [Example(clip, clip) for clip in clips]
        targets = fault.distort(clips, self.config.seed, split=split, strength=strength)
        return [Example(clip, target) for clip, target in zip(clips, targets, strict=True)]

    def training_batches(self, epoch: int, done: int) -> Iterator[Batch]:
        """The batches of an epoch after the first ``done``, in the epoch's order."""
        examples = self.examples("train", epoch)
        order = epoch_order(examples, self.config.batch_size, self.config.seed, epoch)
        for indices in order[done:]:
            yield collate([examples[i] for i in indices], self.symbols)

    def validation_batches(self, epoch: int) -> Iterator[Batch]:
        """Every validation clip once, shortest first."""
        examples = sorted(self.examples("val", epoch), key=lambda example: len(example.target.mel))
        for start in range(0, len(examples), self.config.batch_size):
            yield collate(examples[start : start + self.config.batch_size], self.symbols)


def prepare(corpus: Corpus, config: Config) -> Data:
    """Split a corpus; the fault of a tiny corpus is done here.

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
    return Data(config, symbols_of(corpus.clips), {"train": train, "val": val})


def mel_statistics(clips: Sequence[Clip]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each mel bin over clips, both of shape (80,), ln-power."""
    frames = torch.cat([torch.from_numpy(clip.mel) for clip in clips]).double()
    return frames.mean(0).float(), frames.std(0).clamp(min=0.1).float()
