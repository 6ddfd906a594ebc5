"""What every measure asks of its array."""

from __future__ import annotations

import numpy as np

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats


def checked(mel: Floats, bands: int, frames: int) -> Floats:
    """Return the array as floats where a measure can be taken of it.

    Args:
        mel: The log-mel, shape ``(bands, frames)``.
        bands: The fewest bands that the measure needs.
        frames: The fewest frames that it needs.

    Raises:
        SpectrogramError: It has another shape, is too small or not finite.
    """
    values = np.asarray(mel, float)
    if values.ndim != 2:
        raise SpectrogramError(
            f"an array of shape {values.shape} is no spectrogram (bands, frames)"
        )
    if values.shape[0] < bands or values.shape[1] < frames:
        raise SpectrogramError(f"shape {values.shape} is smaller than ({bands}, {frames})")
    if not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise SpectrogramError(f"{count} of {values.size} values are not finite")
    return values
