"""Share of high quefrencies (HQER): fine structure across bands over all structure across bands.

Of each frame, centred and under a Hann window, the power of the real transform across bands at and
above a quarter of the quefrency range, over all of it but DC; the median over frames. No unit, 0 to
1; higher is sharper; 0 where every frame is flat.

Source:
    Nippert 2025 (arXiv 2512.00937).

What it cannot see:
    Blur in time. Noise raises it by eight times what over-smoothing takes, static most of all.
    Right on 62 to 75 % of pairs.
"""

from __future__ import annotations

import numpy as np

from healthlint.spectrogram.frontend import Floats, Front
from healthlint.spectrogram.measures._input import checked

UNIT = "1"
SHARPER = "higher"


def measure(mel: Floats, front: Front) -> float:  # noqa: ARG001
    """Return the median share of high quefrencies.

    Args:
        mel: Shape ``(bands, frames)``, at least 8 bands, on any logarithmic scale.
        front: Not used.

    Raises:
        SpectrogramError: The array is too small or not finite.

    >>> ripples = np.cos(2 * np.pi * np.arange(16) * 2 / 16)
    >>> round(measure(np.tile(ripples[:, None], (1, 3)), Front(bands=16)), 3)
    0.817
    """
    values = checked(mel, 8, 1)
    centred = (values - values.mean(axis=0)) * np.hanning(len(values))[:, None]
    power = np.abs(np.fft.rfft(centred, axis=0)) ** 2
    total = power[1:].sum(axis=0)
    high = power[(len(power) - 1) // 4 :].sum(axis=0)
    return float(np.median(np.where(total > 1e-20, high / np.maximum(total, 1e-20), 0.0)))
