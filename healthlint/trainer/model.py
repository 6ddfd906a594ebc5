"""A small FastSpeech 2 (Ren et al., ICLR 2021): phones in, ln-power mel spectrogram out.

phones -> encoder -> (durations) length regulator -> + pitch + energy -> decoder -> mel, stop

Pitch and energy are predicted per frame, as in the paper. Blocks normalise before each sub-layer
(Xiong et al. 2020), which trains without a long warm-up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from healthlint.trainer.mel import N_MELS

_HEADS = 2
_WIDENING = 4
_KERNEL = 3
_LONGEST_PHONE = 200.0
"""Frames; an untrained predictor must not ask for hours."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What the model says; curves of padding are meaningless."""

    mel: Tensor
    """Shape (clips, frames, 80), ln-power."""
    log_durations: Tensor
    """Shape (clips, phones): ln(1 + frames)."""
    pitch: Tensor
    """Shape (clips, frames), around [0, 1]."""
    energy: Tensor
    """Shape (clips, frames), around [0, 1]."""
    stop: Tensor
    """Shape (clips, frames): logit that the utterance ends here."""


class AcousticModel(nn.Module):
    """Phones to mel spectrogram, with durations, pitch and energy predicted on the way.

    Args:
        symbols: Size of the alphabet, padding included.
        hidden: Channels; 64 gives 0.7 million parameters, 96 gives 1.5 million.
        mel_mean: Mean of each mel bin over the corpus, shape (80,), ln-power.
        mel_std: Standard deviation of each, shape (80,); both only centre the last layer.
        dropout: Share of values dropped in every block and predictor while training.
    """

    mel_mean: Tensor
    mel_std: Tensor

    def __init__(
        self, symbols: int, hidden: int, mel_mean: Tensor, mel_std: Tensor, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, hidden, padding_idx=0)
        self.encoder = Blocks(hidden, dropout, 2)
        self.duration_predictor = CurvePredictor(hidden, dropout)
        self.pitch_predictor = CurvePredictor(hidden, dropout)
        self.energy_predictor = CurvePredictor(hidden, dropout)
        self.pitch_embedding = nn.Conv1d(1, hidden, 3, padding=1)
        self.energy_embedding = nn.Conv1d(1, hidden, 3, padding=1)
        self.decoder = Blocks(hidden, dropout, 3)
        self.mel_head = nn.Linear(hidden, N_MELS)
        self.stop_head = nn.Linear(hidden, 1)
        self.register_buffer("mel_mean", mel_mean)
        self.register_buffer("mel_std", mel_std)

    def forward(
        self,
        phones: Tensor,
        durations: Tensor,
        pitch: Tensor | None = None,
        energy: Tensor | None = None,
    ) -> Prediction:
        """Predict everything; with true pitch and energy the decoder is teacher-forced.

        Args:
            phones: Shape (clips, phones), int64; 0 is padding.
            durations: Shape (clips, phones), int64 frames.
            pitch: Shape (clips, frames) in [0, 1]; None uses the prediction.
            energy: Likewise.
        """
        phone_mask = phones != 0
        encoded = self.encoder(self.embedding(phones), phone_mask)
        log_durations = self.duration_predictor(encoded, phone_mask)
        longest = int(durations.sum(1).max()) if pitch is None else pitch.shape[1]
        spread, frame_mask = regulate_length(encoded, durations, longest)
        predicted_pitch = self.pitch_predictor(spread, frame_mask)
        predicted_energy = self.energy_predictor(spread, frame_mask)
        heard_pitch = (predicted_pitch if pitch is None else pitch) * frame_mask
        heard_energy = (predicted_energy if energy is None else energy) * frame_mask
        curves = self.pitch_embedding(heard_pitch[:, None])
        curves = curves + self.energy_embedding(heard_energy[:, None])
        decoded = self.decoder(spread + curves.transpose(1, 2), frame_mask)
        return Prediction(
            mel=self.mel_head(decoded) * self.mel_std + self.mel_mean,
            log_durations=log_durations,
            pitch=predicted_pitch,
            energy=predicted_energy,
            stop=self.stop_head(decoded).squeeze(-1),
        )

    def predict_durations(self, phones: Tensor) -> Tensor:
        """Whole frames of each phone, shape (clips, phones), at least 0 and 1 a clip."""
        mask = phones != 0
        logs = self.duration_predictor(self.encoder(self.embedding(phones), mask), mask)
        frames: Tensor = (logs.exp() - 1.0).round().clamp(min=0.0, max=_LONGEST_PHONE) * mask
        frames[:, 0] = frames[:, 0].clamp(min=1.0)
        return frames.nan_to_num(nan=1.0).long()


def regulate_length(encoded: Tensor, durations: Tensor, longest: int) -> tuple[Tensor, Tensor]:
    """Each phone's vector repeated for its frames.

    Args:
        encoded: Shape (clips, phones, channels).
        durations: Shape (clips, phones), int64, at least 0.
        longest: Frames of the longest clip; asking the durations would make a device wait.

    Returns:
        Shape (clips, longest, channels), 0 in padding, and the mask of real frames, shape
        (clips, longest).

    >>> spread, mask = regulate_length(torch.tensor([[[1.0], [2.0]]]), torch.tensor([[2, 1]]), 3)
    >>> spread.flatten().tolist()
    [1.0, 1.0, 2.0]
    """
    ends = durations.cumsum(1)
    frame = torch.arange(longest, device=encoded.device)
    # A frame belongs to the phone whose predecessors have all ended. (No searchsorted: comparing
    # is as fast at this size and exists on every device.)
    owner = (frame[None, :, None] >= ends[:, None, :]).sum(-1)
    mask = frame[None, :] < ends[:, -1:]
    owner = owner.clamp(max=durations.shape[1] - 1)
    spread = encoded.gather(1, owner[:, :, None].expand(-1, -1, encoded.shape[2]))
    return spread * mask[:, :, None], mask


class Blocks(nn.Module):
    """Sinusoidal positions, then feed-forward-transformer blocks, then a norm."""

    def __init__(self, hidden: int, dropout: float, count: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(FftBlock(hidden, dropout) for _ in range(count))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Shape (clips, length, channels) in and out; ``mask`` marks what is not padding."""
        x = x + positions(x.shape[1], x.shape[2], x.device)
        for block in self.blocks:
            x = block(x, mask)
        normed: Tensor = self.norm(x)
        return normed


class FftBlock(nn.Module):
    """Self-attention and a convolutional feed-forward, each added to its input."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(hidden)
        self.attention_in = nn.Linear(hidden, 3 * hidden)
        self.attention_out = nn.Linear(hidden, hidden)
        self.conv_norm = nn.LayerNorm(hidden)
        self.widen = nn.Conv1d(hidden, _WIDENING * hidden, _KERNEL, padding=_KERNEL // 2)
        self.narrow = nn.Conv1d(_WIDENING * hidden, hidden, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Shape (clips, length, channels) in and out."""
        x = x + self.dropout(self._attend(self.attention_norm(x), mask))
        convolved: Tensor = self.dropout(self._convolve(self.conv_norm(x), mask))
        return x + convolved

    def _attend(self, x: Tensor, mask: Tensor) -> Tensor:
        clips, length, hidden = x.shape
        heads = self.attention_in(x).view(clips, length, 3, _HEADS, hidden // _HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None])
        out: Tensor = self.attention_out(mixed.transpose(1, 2).reshape(clips, length, hidden))
        return out

    def _convolve(self, x: Tensor, mask: Tensor) -> Tensor:
        x = (x * mask[:, :, None]).transpose(1, 2)  # padding must not leak into real frames
        narrow: Tensor = self.narrow(F.relu(self.widen(x))).transpose(1, 2)
        return narrow


class CurvePredictor(nn.Module):
    """One number per position: two convolutions, each with ReLU, norm and dropout."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(hidden, hidden, 3, padding=1) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(2))
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Shape (clips, length, channels) in, (clips, length) out."""
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.relu(conv((x * mask[:, :, None]).transpose(1, 2))).transpose(1, 2)
            x = self.dropout(norm(x))
        curve: Tensor = self.out(x).squeeze(-1)
        return curve


def positions(length: int, channels: int, device: torch.device) -> Tensor:
    """Sinusoidal position codes (Vaswani et al. 2017, section 3.5), shape (length, channels)."""
    place = torch.arange(length, device=device, dtype=torch.float32)[:, None]
    rate = torch.arange(0, channels, 2, device=device, dtype=torch.float32)
    angle = place * torch.exp(rate * (-math.log(10000.0) / channels))
    return torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(length, channels)
