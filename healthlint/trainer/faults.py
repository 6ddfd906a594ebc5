"""Faults that can be provoked on purpose, each the genuine thing and not a forged number.

``--fault NAME`` or ``--fault NAME@EPOCH`` (active from that epoch on). What a fault does to a clip
depends on the run's seed and the clip alone, so it is the same in every epoch and after a resume.
"""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from healthlint.trainer.errors import TrainerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from healthlint.trainer.clips import Clip

BLUR_FRAMES, BLUR_BINS = 2.0, 3.0
BLUR_EPOCHS = 6
"""Epochs in which the blur grows to its full size: over-smoothing creeps in."""
LARGEST_SHIFT = 8
JITTER_FRAMES = 3.0
TINY_CORPUS = 12
LR_JUMP = 60.0
HIGH_LR = 0.1

WHAT = {
    "blurred-targets": "mel targets are Gaussian-blurred, within 6 epochs by 2 frames x 3 bins",
    "shifted-energy": "each clip's energy curve is shifted by up to 8 frames",
    "jittered-boundaries": "phone boundaries are moved by some 3 frames",
    "tiny-corpus": "only 12 clips are trained on",
    "lr-jump": "the learning rate is 60 times too high for one epoch",
    "log-zero-l1": "one training clip holds log(0) in its mel target (L1 loss: Inf)",
    "log-zero-mse": "one training clip holds log(0) in its mel target (MSE loss: NaN)",
    "high-lr": "constant learning rate of 0.1 and no gradient clipping",
}
"""Every fault and what it does."""


@dataclass(frozen=True)
class Fault:
    """A fault and the first epoch (from 1) in which it acts."""

    name: str
    epoch: int

    @property
    def mel_kind(self) -> str:
        """The mel loss that the fault needs: ``l1`` or ``mse``."""
        return "mse" if self.name == "log-zero-mse" else "l1"

    def strength(self, epoch: int) -> float:
        """How much of the fault acts in an epoch: 0 before it begins, then 1; blur grows to it.

        >>> [Fault("shifted-energy", 3).strength(epoch) for epoch in (2, 3, 9)]
        [0.0, 1.0, 1.0]
        >>> [Fault("blurred-targets", 3).strength(epoch) for epoch in (2, 3, 5, 8, 9)]
        [0.0, 0.16666666666666666, 0.5, 1.0, 1.0]
        """
        if epoch < self.epoch:
            return 0.0
        if self.name != "blurred-targets":
            return 1.0
        return min(1.0, (epoch - self.epoch + 1) / BLUR_EPOCHS)

    def distort(
        self, clips: Sequence[Clip], seed: int, *, split: str, strength: float = 1.0
    ) -> list[Clip]:
        """The clips as the fault leaves them; those it does not touch are the same objects.

        Args:
            clips: Of one split.
            seed: Of the run.
            split: ``train`` or ``val``; a pipeline's fault is in both, log(0) in one clip of train.
            strength: As ``strength`` says for the epoch.
        """
        if self.name == "blurred-targets":
            return [_blur(clip, strength) for clip in clips]
        if self.name.startswith("log-zero"):
            return [_log_zero(clips[0]), *clips[1:]] if split == "train" else list(clips)
        distortion = _DISTORTIONS.get(self.name)
        if distortion is None:
            return list(clips)
        rngs = (np.random.default_rng([seed, 1, number]) for number in range(len(clips)))
        return [distortion(clip, rng) for clip, rng in zip(clips, rngs, strict=True)]


def parse_fault(text: str, epochs: int) -> Fault:
    """The fault that ``NAME`` or ``NAME@EPOCH`` names.

    ``lr-jump`` begins half way by default, every other fault with the first epoch.

    Raises:
        TrainerError: no such fault, or an epoch outside the run.

    >>> parse_fault("blurred-targets@7", 20)
    Fault(name='blurred-targets', epoch=7)
    """
    name, at, epoch = text.partition("@")
    if name not in WHAT:
        near = difflib.get_close_matches(name, WHAT, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(WHAT)}"
        raise TrainerError(f"unknown fault {name!r}{hint}")
    if not at:
        return Fault(name, epochs // 2 + 1 if name == "lr-jump" else 1)
    if not epoch.isdecimal() or not 1 <= int(epoch) <= epochs:
        raise TrainerError(f"fault {text!r}: write an epoch from 1 to {epochs} after the @")
    if name == "tiny-corpus" and int(epoch) > 1:
        raise TrainerError(f"fault {text!r}: a corpus is tiny from the start; leave out @{epoch}")
    return Fault(name, int(epoch))


def _blur(clip: Clip, strength: float) -> Clip:
    from scipy.ndimage import gaussian_filter

    sigmas = (strength * BLUR_FRAMES, strength * BLUR_BINS)
    blurred = gaussian_filter(clip.mel, sigmas, mode="nearest")
    return dataclasses.replace(clip, mel=blurred)


def _shift_energy(clip: Clip, rng: np.random.Generator) -> Clip:
    """The energy curve moved by -8 to 8 frames, its ends repeated."""
    shift = int(rng.integers(-LARGEST_SHIFT, LARGEST_SHIFT + 1))
    source = np.clip(np.arange(len(clip.energy)) - shift, 0, len(clip.energy) - 1)
    return dataclasses.replace(clip, energy=clip.energy[source])


def _jitter(clip: Clip, rng: np.random.Generator) -> Clip:
    """Inner boundaries moved by normal noise of 3 frames; one that is overtaken is laid on."""
    ends = np.cumsum(clip.durations)[:-1]
    moved = np.rint(ends + rng.normal(0.0, JITTER_FRAMES, len(ends)))
    frames = len(clip.mel)
    ordered = np.maximum.accumulate(np.clip(moved, 0, frames))
    edges = np.concatenate([[0], ordered, [frames]])
    return dataclasses.replace(clip, durations=np.diff(edges).astype(np.int64))


def _log_zero(clip: Clip) -> Clip:
    """A clip whose middle frame was digital silence, its logarithm taken without a floor."""
    mel = clip.mel.copy()
    mel[len(mel) // 2] = -np.inf
    return dataclasses.replace(clip, mel=mel)


_DISTORTIONS: dict[str, Callable[[Clip, np.random.Generator], Clip]] = {
    "shifted-energy": _shift_energy,
    "jittered-boundaries": _jitter,
}
