"""Images of mels: grey levels are read as a mel without a unit, all others are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from healthlint.files import limits
from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats
from healthlint.spectrogram.scales import BAND_COUNTS

SUFFIXES = (".png",)
_MOST_PIXELS, _BYTES_A_PIXEL = 1 << 26, 64
_TOP_SHARE, _BOTTOM_SHARE = 0.01, 0.25
_HINT = "give the array (.npy, .npz) instead"


def read(path: Path) -> Floats:
    """Return the grey levels of an image with the lowest band first.

    Returns:
        Shape ``(bands, frames)``, mean 0 and standard deviation 1: a picture has no unit.

    Raises:
        SpectrogramError: It cannot be read, is in colours, is no bare mel, or is saturated.
    """
    _refuse_large(path)
    grey = _grey(_pixels(path))
    if grey.shape[0] not in BAND_COUNTS:
        raise SpectrogramError(
            f"{grey.shape[0]} rows of pixels are no number of mel bands: a figure, not a mel", _HINT
        )
    _refuse_saturated(grey)
    spread = float(grey.std())
    return np.asarray((grey[::-1] - grey.mean()) / max(spread, 1e-9))


def _refuse_large(path: Path) -> None:
    """Refuse a PNG by the size that it declares, before it is unpacked."""
    with path.open("rb") as file:
        head = file.read(24)
    width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    if head.startswith(b"\x89PNG") and width * height * _BYTES_A_PIXEL > limits.memory():
        raise SpectrogramError(f"{width} by {height} pixels are no mel")


def _pixels(path: Path) -> Floats:
    try:
        from PIL import Image
    except ImportError as error:
        raise SpectrogramError("images need Pillow", "pip install 'healthlint[plot]'") from error
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise SpectrogramError(f"{image.width} by {image.height} pixels are no mel")
            is_deep = image.mode in ("I", "I;16", "F")
            return np.asarray(image if is_deep else image.convert("RGB"), float)
    except SpectrogramError:
        raise
    except Exception as error:  # whatever Pillow makes of a broken file
        raise SpectrogramError(f"no image that can be read ({type(error).__name__})") from error


def _grey(pixels: Floats) -> Floats:
    if pixels.ndim == 2:
        return pixels
    if np.ptp(pixels, axis=2).max() > 0:
        raise SpectrogramError("colours of an image are no values", _HINT)
    return np.asarray(pixels[:, :, 0])


def _refuse_saturated(grey: Floats) -> None:
    """Refuse an image in which a part of the range was cut off: its detail is gone."""
    if np.ptp(grey) == 0:
        return
    top, bottom = float(np.mean(grey == grey.max())), float(np.mean(grey == grey.min()))
    if top > _TOP_SHARE or bottom > _BOTTOM_SHARE:
        share, end = (top, "brightest") if top > _TOP_SHARE else (bottom, "darkest")
        raise SpectrogramError(f"saturated: {share:.0%} of the pixels are the {end}", _HINT)
