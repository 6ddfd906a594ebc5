"""Brenner's measure along frequency: mean squared change over two bands of the log-mel.

In squared nepers, 0 and above; higher is sharper.

Source:
    Brenner et al., Journal of Histochemistry and Cytochemistry, 1976.

What it cannot see:
    Which bands lost detail: the steep tilt of every voice outweighs it, and a vocoder puts
    harmonics back. Right on 52 to 64 % of pairs.
"""

from __future__ import annotations

import numpy as np

from healthlint.spectrogram.frontend import Floats, Front
from healthlint.spectrogram.measures._input import checked

UNIT = "Np²"
SHARPER = "higher"


def measure(mel: Floats, front: Front) -> float:  # noqa: ARG001
    """Return the mean squared change over two bands.

    Args:
        mel: Shape ``(bands, frames)``, at least three bands, natural logarithm of amplitude.
        front: Not used.

    Raises:
        SpectrogramError: The array is too small or not finite.

    >>> measure(np.tile(np.arange(5.0)[:, None], (1, 4)), Front(bands=5))
    4.0
    """
    values = checked(mel, 3, 1)
    return float(np.mean((values[2:] - values[:-2]) ** 2))
