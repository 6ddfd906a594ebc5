"""From a predicted mel spectrogram to something one can listen to."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from healthlint.trainer.mel import FLOOR, HOP_LENGTH, N_FFT, mel_filters

_ROUNDS = 32
_MOMENTUM = 0.99


def griffin_lim(mel: Tensor, sample_rate: int) -> Tensor:
    """A waveform whose mel spectrogram is near the given one.

    Fast Griffin-Lim (Perraudin, Balazs and Sondergaard 2013): phases that agree with the
    magnitudes are sought by going back and forth; the first phases are fixed.

    Args:
        mel: ln-power, shape (frames, 80), finite.
        sample_rate: In Hz.

    Returns:
        Shape ((frames - 1) * 256,), peak at most 1.
    """
    magnitude = _linear_magnitude(mel, sample_rate)
    window = torch.hann_window(N_FFT)
    generator = torch.Generator().manual_seed(0)
    turns = torch.rand(magnitude.shape, generator=generator) * (2 * torch.pi)
    phase = torch.polar(torch.ones_like(turns), turns)
    before = torch.zeros_like(phase)
    for _ in range(_ROUNDS):
        audio = torch.istft(magnitude * phase, N_FFT, HOP_LENGTH, window=window)
        rebuilt = torch.stft(audio, N_FFT, HOP_LENGTH, window=window, return_complex=True)
        ahead = rebuilt - before * (_MOMENTUM / (1 + _MOMENTUM))
        phase = ahead / ahead.abs().clamp(min=1e-8)
        before = rebuilt
    audio = torch.istft(magnitude * phase, N_FFT, HOP_LENGTH, window=window)
    return audio / audio.abs().max().clamp(min=1.0)


def write_wav(path: Path, audio: Tensor, sample_rate: int) -> None:
    """Write a waveform of shape (samples,) in [-1, 1] as 16-bit mono."""
    import soundfile

    samples = (audio.clamp(-1.0, 1.0) * 32767.0).round().to(torch.int16).numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, sample_rate)


def _linear_magnitude(mel: Tensor, sample_rate: int) -> Tensor:
    """Magnitude of shape (513, frames): the least-squares inverse of the filters, not below 0."""
    power = (mel.exp() - FLOOR).clamp(min=0.0)
    inverse = torch.linalg.pinv(mel_filters(sample_rate))
    magnitude: Tensor = (power @ inverse).clamp(min=0.0).sqrt()
    return magnitude.T
