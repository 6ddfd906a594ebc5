"""Brenner's measure along time: mean squared change over two frames of the log-mel.

In squared nepers, 0 and above; higher is sharper.

Source:
    Brenner et al., Journal of Histochemistry and Cytochemistry, 1976.

What it cannot see:
    Onsets apart from level: loud recordings with deep pauses win. Right on 67 to 73 % of pairs, and
    noise at 20 dB moves it ten times as far as over-smoothing does.
"""

from __future__ import annotations

import numpy as np

from healthlint.spectrogram.frontend import Floats, Front
from healthlint.spectrogram.measures._input import checked

UNIT = "Np²"
SHARPER = "higher"


def measure(mel: Floats, front: Front) -> float:  # noqa: ARG001
    """Return the mean squared change over two frames.

    Args:
        mel: Shape ``(bands, frames)``, at least three frames, natural logarithm of amplitude.
        front: Not used.

    Raises:
        SpectrogramError: The array is too small or not finite.

    >>> measure(np.tile(np.arange(5.0), (4, 1)), Front(bands=4))
    4.0
    """
    values = checked(mel, 1, 3)
    return float(np.mean((values[:, 2:] - values[:, :-2]) ** 2))
