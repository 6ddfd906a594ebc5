"""Recordings and the features that the model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from healthlint.trainer.errors import TrainerError
from healthlint.trainer.mel import HOP_LENGTH, N_FFT, log_mel
from healthlint.trainer.pitch import energy, pitch


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One utterance as a corpus gives it."""

    id: str
    text: str
    phones: Sequence[str]
    ends: Sequence[float]
    """End of each phone in seconds, never falling; the last is taken as the end of the wave."""
    wave: NDArray[np.float32]
    """Shape (samples,), amplitude in [-1, 1], at the corpus's sample rate."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One utterance as the model sees it; ``frames`` is the length of its mel spectrogram."""

    id: str
    text: str
    phones: tuple[str, ...]
    durations: NDArray[np.int64]
    """Shape (phones,), frames of each phone, at least 0, summing to ``frames``."""
    mel: NDArray[np.float32]
    """Shape (frames, 80), ln-power."""
    pitch: NDArray[np.float32]
    """Shape (frames,), in [0, 1]."""
    energy: NDArray[np.float32]
    """Shape (frames,), in [0, 1]."""


def measure(recording: Recording, sample_rate: int) -> Clip:
    """The features of one recording.

    Raises:
        TrainerError: the recording is too short, holds a non-finite sample, or has no phones.
    """
    _refuse_unusable(recording)
    wave = torch.from_numpy(recording.wave)
    mel = np.asarray(log_mel(wave, sample_rate).numpy(), dtype=np.float32)
    return Clip(
        id=recording.id,
        text=recording.text,
        phones=tuple(recording.phones),
        durations=frames_of(recording.ends, len(mel), sample_rate),
        mel=mel,
        pitch=np.asarray(pitch(recording.wave, sample_rate)[: len(mel)], np.float32),
        energy=np.asarray(energy(mel), np.float32),
    )


def frames_of(ends: Sequence[float], frames: int, sample_rate: int) -> NDArray[np.int64]:
    """Whole frames of each phone, so that they add up to the clip.

    Boundaries are rounded, not lengths, so no error accumulates.

    >>> frames_of([0.1, 0.2, 0.31], 19, 16000).tolist()
    [6, 6, 7]
    """
    boundaries = np.rint(np.asarray(ends[:-1]) * sample_rate / HOP_LENGTH)
    boundaries = np.clip(boundaries, 0, frames).astype(np.int64)
    edges: NDArray[Any] = np.concatenate([[0], boundaries, [frames]])
    return np.diff(edges)


def _refuse_unusable(recording: Recording) -> None:
    if not recording.phones or len(recording.phones) != len(recording.ends):
        raise TrainerError(f"{recording.id}: the clip has no phones with times")
    if len(recording.wave) <= N_FFT:
        raise TrainerError(f"{recording.id}: the clip has only {len(recording.wave)} samples")
    if not np.isfinite(recording.wave).all():
        raise TrainerError(f"{recording.id}: the clip holds a non-finite sample")
