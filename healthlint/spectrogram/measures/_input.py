"""What every measure asks of its array."""

from __future__ import annotations

import numpy as np

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats
from healthlint.spectrogram.scales import finite


def checked(mel: Floats, bands: int, frames: int) -> Floats:
    """Return the array as floats where a measure can be taken of it.

    Args:
        mel: The log-mel, shape ``(bands, frames)``.
        bands: The fewest bands that the measure needs.
        frames: The fewest frames that it needs.

    Raises:
        SpectrogramError: It has another shape, is too small or not finite.
    """
    values = finite(np.asarray(mel))
    if values.shape[0] < bands or values.shape[1] < frames:
        raise SpectrogramError(f"shape {values.shape} is smaller than ({bands}, {frames})")
    return values
