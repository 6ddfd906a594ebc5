"""Images of mels: grey levels are read as a mel without a unit, all others are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats
from healthlint.spectrogram.scales import BAND_COUNTS

SUFFIXES = (".png",)
_MOST_PIXELS = 1 << 26
_TOP_SHARE, _BOTTOM_SHARE = 0.01, 0.25
_HINT = "give the array (.npy, .npz) instead"


def read(path: Path) -> Floats:
    """Return the grey levels of an image with the lowest band first.

    Returns:
        Shape ``(bands, frames)``, mean 0 and standard deviation 1: a picture has no unit.

    Raises:
        SpectrogramError: It cannot be read, is in colours, is no bare mel, or is saturated.
    """
    pixels = _pixels(path)
    grey = _grey(pixels)
    if grey.shape[0] not in BAND_COUNTS:
        raise SpectrogramError(
            f"{grey.shape[0]} rows of pixels are no number of mel bands: a figure, not a mel", _HINT
        )
    _refuse_saturated(grey)
    spread = float(grey.std())
    return np.asarray((grey[::-1] - grey.mean()) / max(spread, 1e-9))


def _pixels(path: Path) -> NDArray[Any]:
    try:
        from PIL import Image
    except ImportError as error:
        raise SpectrogramError("images need Pillow", "pip install 'healthlint[plot]'") from error
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise SpectrogramError(f"{image.width} by {image.height} pixels are no mel")
            is_deep = image.mode in ("I", "I;16", "F")
            pixels: NDArray[Any] = np.asarray(image if is_deep else image.convert("RGB"), float)
            return pixels
    except (OSError, ValueError, SyntaxError) as error:
        if isinstance(error, SpectrogramError):
            raise
        raise SpectrogramError("no image that can be read") from error


def _grey(pixels: NDArray[Any]) -> Floats:
    if pixels.ndim == 2:
        return np.asarray(pixels, float)
    if np.ptp(pixels, axis=2).max() > 0:
        raise SpectrogramError("colours of an image are no values", _HINT)
    return np.asarray(pixels[:, :, 0], float)


def _refuse_saturated(grey: Floats) -> None:
    """Refuse an image in which a part of the range was cut off: its detail is gone."""
    if np.ptp(grey) == 0:
        return
    top, bottom = float(np.mean(grey == grey.max())), float(np.mean(grey == grey.min()))
    if top > _TOP_SHARE or bottom > _BOTTOM_SHARE:
        share, end = (top, "brightest") if top > _TOP_SHARE else (bottom, "darkest")
        raise SpectrogramError(f"saturated: {share:.0%} of the pixels are the {end}", _HINT)
