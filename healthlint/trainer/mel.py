"""ln-power mel spectrograms: the representation in which the guide's loss phases hold.

``ln(mel + 1e-9)`` of the power spectrum: Hann window of 1024 samples, hop 256, centred with
reflection, 80 triangular filters on the HTK mel scale (``2595 log10(1 + f / 700)``) from 0 to
8 kHz (or to half the sample rate) **without** area normalisation. These are torchaudio's
defaults (``mel_scale="htk"``, ``norm=None``); librosa's are Slaney's scale and Slaney's
normalisation, which would shift every value.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

N_FFT = 1024
HOP_LENGTH = 256
N_MELS = 80
FLOOR = 1e-9


def log_mel(wave: Tensor, sample_rate: int) -> Tensor:
    """The ln-power mel spectrogram of a waveform.

    Args:
        wave: Shape (samples,), float32, amplitude in [-1, 1].
        sample_rate: In Hz.

    Returns:
        Shape (frames, 80) with ``frames = 1 + samples // 256``, natural logarithm of power,
        never below ln(1e-9) = -20.7.

    Raises:
        TrainerError: the waveform is shorter than half a window (513 samples).
    """
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(
        wave, N_FFT, HOP_LENGTH, window=window, pad_mode="reflect", return_complex=True
    )
    power = torch.matmul(spectrum.abs().pow(2.0).transpose(-1, -2), mel_filters(sample_rate))
    return (power + FLOOR).log().contiguous()


@lru_cache(maxsize=4)
def mel_filters(sample_rate: int) -> Tensor:
    """Triangular HTK mel filters without area normalisation.

    Formula: O'Shaughnessy, Speech Communication (1987), as in HTK; the triangles' corners are
    equally spaced in mel and each filter peaks at 1.

    Args:
        sample_rate: In Hz; the highest corner is ``min(8000, sample_rate / 2)``.

    Returns:
        Shape (513, 80), weights in [0, 1].
    """
    bins = torch.linspace(0, sample_rate // 2, N_FFT // 2 + 1)
    low, high = _hz_to_mel(0.0), _hz_to_mel(min(8000.0, sample_rate / 2))
    corners = 700.0 * (10.0 ** (torch.linspace(low, high, N_MELS + 2) / 2595.0) - 1.0)
    widths = corners[1:] - corners[:-1]
    slopes = corners[None, :] - bins[:, None]
    rising = -slopes[:, :-2] / widths[:-1]
    falling = slopes[:, 2:] / widths[1:]
    return torch.minimum(rising, falling).clamp(min=0.0)


def _hz_to_mel(hertz: float) -> float:
    return 2595.0 * float(torch.log10(torch.tensor(1.0 + hertz / 700.0, dtype=torch.float64)))
