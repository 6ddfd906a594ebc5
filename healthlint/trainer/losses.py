"""The losses of the guide's trainer on its scales, so that the guide's numbers hold unconverted.

All are means over what is not padding. ``SCALES`` is what the header of the log says of them.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from healthlint.trainer.batches import Batch
from healthlint.trainer.model import Prediction

DURATION_DELTA = 1.0
CURVE_DELTA = 0.05
WEIGHTS = dict.fromkeys(
    ("mel_loss", "duration_loss", "pitch_loss", "energy_loss", "stop_loss"), 1.0
)
"""Weight of each loss in the total; the logged values are unweighted."""
NAMES = ("total_loss", *WEIGHTS, "spectral_convergence")
"""The order of the vector that ``measure_losses`` returns."""


def scales(mel_kind: str) -> dict[str, dict[str, Any]]:
    """Kind, space and weight of each logged loss, for the header of the log."""
    kinds: dict[str, dict[str, Any]] = {
        "mel_loss": {"kind": mel_kind, "space": "ln-power-mel"},
        "duration_loss": {"kind": "huber", "space": "ln1p-frames", "delta": DURATION_DELTA},
        "pitch_loss": {"kind": "huber", "space": "unit-pitch", "delta": CURVE_DELTA},
        "energy_loss": {"kind": "huber", "space": "unit-energy", "delta": CURVE_DELTA},
        "stop_loss": {"kind": "bce", "space": "logit"},
    }
    weighted = {
        name: {**scale, "logged_factor": 1.0, "total_weight": WEIGHTS[name]}
        for name, scale in kinds.items()
    }
    return {**weighted, "spectral_convergence": {"kind": "frobenius", "space": "ln-power-mel"}}


def measure_losses(prediction: Prediction, batch: Batch, mel_kind: str = "l1") -> Tensor:
    """Every loss of a batch in the order of ``NAMES``, shape (7,); the first is the one to descend.

    Spectral convergence carries no gradient and is measured against the recording itself, also
    where a fault has changed the target.
    """
    phone_mask = batch.phones != 0
    frame_mask = frame_mask_of(batch.frames, batch.mel.shape[1])
    parts = {
        "mel_loss": mel_loss(prediction.mel, batch.mel, frame_mask, mel_kind),
        "duration_loss": duration_loss(prediction.log_durations, batch.durations, phone_mask),
        "pitch_loss": curve_loss(prediction.pitch, batch.pitch, frame_mask),
        "energy_loss": curve_loss(prediction.energy, batch.energy, frame_mask),
        "stop_loss": stop_loss(prediction.stop, batch.frames, frame_mask),
    }
    total = torch.stack([WEIGHTS[name] * loss for name, loss in parts.items()]).sum()
    convergence = spectral_convergence(prediction.mel.detach(), batch.true_mel, frame_mask).mean()
    return torch.stack([total, *parts.values(), convergence])


def frame_mask_of(frames: Tensor, longest: int) -> Tensor:
    """Which frames are real, shape (clips, longest), from the frames of each clip."""
    return torch.arange(longest, device=frames.device)[None, :] < frames[:, None]


def mel_loss(said: Tensor, true: Tensor, mask: Tensor, kind: str = "l1") -> Tensor:
    """Mean absolute (or squared) difference of ln-power mel spectrograms.

    ``sum |said - true| / (frames * bins)`` (Ren et al. 2021, section 2.5). Nothing is masked or
    clamped: what is not finite is to be seen.

    Args:
        said: Shape (clips, frames, bins).
        true: Likewise.
        mask: Shape (clips, frames), true where there is no padding.
        kind: ``l1`` or ``mse``.

    >>> mel_loss(torch.zeros(1, 2, 2), torch.tensor([[[1., 3.], [9., 9.]]]),
    ...          torch.tensor([[True, False]])).item()
    2.0
    """
    error = (said - true).abs() if kind == "l1" else (said - true).square()
    return _mean(error.mean(dim=-1), mask)


def duration_loss(said: Tensor, frames: Tensor, mask: Tensor) -> Tensor:
    """Mean Huber loss (delta 1) of ln(1 + frames).

    ``e^2 / 2`` for ``|e| <= 1``, else ``|e| - 1/2`` (Huber 1964).

    Args:
        said: Predicted ln(1 + frames), shape (clips, phones).
        frames: True frames, shape (clips, phones), int64.
        mask: Shape (clips, phones), true where there is no padding.

    >>> duration_loss(torch.tensor([[1.0, 0.0]]), torch.tensor([[0, 0]]),
    ...               torch.tensor([[True, True]])).item()
    0.25
    """
    true = torch.log1p(frames.to(said.dtype))
    return _mean(F.huber_loss(said, true, delta=DURATION_DELTA, reduction="none"), mask)


def curve_loss(said: Tensor, true: Tensor, mask: Tensor) -> Tensor:
    """Mean Huber loss (delta 0.05) of a curve in [0, 1]; a constant error of 1 gives 0.04875.

    ``e^2 / 2`` for ``|e| <= delta``, else ``delta * (|e| - delta / 2)`` (Huber 1964).

    Args:
        said: Shape (clips, frames).
        true: Likewise, in [0, 1].
        mask: Likewise, true where there is no padding.

    >>> round(curve_loss(torch.zeros(1, 1), torch.ones(1, 1), torch.ones(1, 1) > 0).item(), 6)
    0.04875
    """
    return _mean(F.huber_loss(said, true, delta=CURVE_DELTA, reduction="none"), mask)


def stop_loss(said: Tensor, frames: Tensor, mask: Tensor) -> Tensor:
    """Mean binary cross-entropy of "this is the last frame".

    ``-ln sigmoid(x)`` at the last frame of a clip, ``-ln(1 - sigmoid(x))`` elsewhere.

    Args:
        said: Logits, shape (clips, frames).
        frames: Frames of each clip, shape (clips,), int64.
        mask: Shape (clips, frames), true where there is no padding.

    >>> round(stop_loss(torch.zeros(1, 3), torch.tensor([2]),
    ...                 torch.tensor([[True, True, False]])).item(), 4)  # ln 2
    0.6931
    """
    last = torch.zeros_like(said).scatter(1, frames[:, None] - 1, 1.0)
    return _mean(F.binary_cross_entropy_with_logits(said, last, reduction="none"), mask)


def spectral_convergence(said: Tensor, true: Tensor, mask: Tensor) -> Tensor:
    """Relative Frobenius distance of ln-power mel spectrograms, one an utterance.

    ``||true - said||_F / ||true||_F`` (Arik et al. 2018, equation 3, taken on the logarithm as the
    guide's trainer does, where its size depends on the floor: judge it by its trend).

    Args:
        said: Shape (clips, frames, bins).
        true: Likewise.
        mask: Shape (clips, frames), true where there is no padding.

    Returns:
        Shape (clips,), at least 0.

    >>> spectral_convergence(torch.zeros(1, 1, 2), torch.tensor([[[3., 4.]]]),
    ...                      torch.tensor([[True]])).tolist()
    [1.0]
    """
    keep = mask[:, :, None]
    distance = (true - said).masked_fill(~keep, 0.0).flatten(1).norm(dim=1)
    convergence: Tensor = distance / true.masked_fill(~keep, 0.0).flatten(1).norm(dim=1)
    return convergence


def _mean(error: Tensor, mask: Tensor) -> Tensor:
    """Mean over the mask; no indexing by it, which would make an accelerator wait."""
    return torch.where(mask, error, 0.0).sum() / mask.sum()
