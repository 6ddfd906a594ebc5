"""Scales of mels: declared or recognised, and the way to natural log of amplitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats

_LN10 = float(np.log(10.0))
_USUAL_SPREAD = 2.1
"""Standard deviation of ln-amplitude mels of speech (1.6 to 2.6 in 10 corpora)."""
FACTORS = {
    "ln-amp": 1.0,
    "ln-power": 0.5,
    "log10-amp": _LN10,
    "log10-power": _LN10 / 2,
    "db": _LN10 / 20,
}
"""What a value of each logarithmic scale is multiplied by to become natural log of amplitude."""
NAMES = (*FACTORS, "amp", "power", "z-scored")
BAND_COUNTS = (16, 20, 24, 32, 40, 48, 60, 64, 72, 80, 96, 100, 120, 128, 160, 192, 229, 256)
"""Numbers of bands in use: which side of an array is frequency is told by them."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A mel in natural log of amplitude.

    Attributes:
        mel: Shape ``(bands, frames)``.
        scale: The scale that it came in.
        is_assumed: Whether that was recognised from the values, not declared.
        is_relative: Whether the unit is unknown (z-scored): frequency sharpness and the total are
            then comparable only among mels of the same normalisation.
    """

    mel: Floats
    scale: str
    is_assumed: bool
    is_relative: bool


def scaled(mel: NDArray[np.generic], scale: str = "") -> Scaled:
    """Return a mel in natural log of amplitude.

    Args:
        mel: Shape ``(bands, frames)``, on any scale of ``NAMES``.
        scale: The declared scale, empty to recognise it.

    Raises:
        SpectrogramError: The scale is unknown, contradicts the values, or cannot be recognised.
    """
    if scale and scale not in NAMES:
        raise SpectrogramError(f"unknown scale {scale!r}", f"scales: {', '.join(NAMES)}")
    values = _finite(mel)
    name = scale or recognised(values)
    is_relative = name == "z-scored"
    if name in FACTORS:
        return Scaled(values * FACTORS[name], name, not scale, is_relative)
    if is_relative:
        return Scaled(values * _USUAL_SPREAD, name, not scale, is_relative)
    if values.min() < 0:
        raise SpectrogramError(
            f"declared as {name}, but {np.count_nonzero(values < 0)} are negative"
        )
    top = max(float(values.max()), 1e-30)
    power = 0.5 if name == "power" else 1.0
    return Scaled(
        np.log(np.maximum(values, top * 1e-6 ** (1 / power))) * power, name, not scale, False
    )


def recognised(values: Floats) -> str:
    """Return the scale that values of a mel of speech are on.

    Its floor and its spread tell: speech has a standard deviation of 1.6 to 2.6 in natural log of
    amplitude, and trainers cut it at 1e-5. Log10 of power lies too near to natural log of
    amplitude, the usual one, and is taken for it.

    Raises:
        SpectrogramError: No scale fits.
    """
    with np.errstate(over="ignore"):
        spread, mean = float(values.std()), float(values.mean())
    if spread == 0:
        return "ln-amp"  # silent on every scale
    if values.min() >= 0 and _is_linear(values):
        raise SpectrogramError(
            "values without a logarithm, of amplitude or of power",
            "declare it: --scale amp or power",
        )
    if values.min() >= 0 and values.max() <= 1:
        raise SpectrogramError(
            "values from 0 to 1: how many dB that range stands for is not in them",
            "give the mel before its normalisation",
        )
    if _is_squeezed(values):
        raise SpectrogramError(
            f"values from {values.min():g} to {values.max():g}, squeezed into a range about 0: how "
            "many dB it stands for is not in them",
            "give the mel before its normalisation",
        )
    if abs(mean) < 0.2 and 0.8 < spread < 1.25:
        return "z-scored"
    if spread >= 0.3:
        return _logarithm(spread, float(values.min()))
    raise SpectrogramError(
        f"a spread of {spread:.3g} is that of no scale of speech", f"--scale: {', '.join(NAMES)}"
    )


def _logarithm(spread: float, lowest: float) -> str:
    if spread >= 8:
        return "db"
    if lowest < -12.5 or spread >= 3.9:
        return "ln-power"
    return "ln-amp" if lowest < -5.6 or spread >= 1.3 else "log10-amp"


def _is_squeezed(values: Floats) -> bool:
    """Return whether values fill a range about 0 exactly, as mels do that a trainer squeezed."""
    low, high = float(values.min()), float(values.max())
    return low < 0 and abs(low + high) < 1e-3 * high


def _is_linear(values: Floats) -> bool:
    middle = float(np.median(values))
    return middle >= 0 and float(values.max()) > 30 * max(middle, 1e-12)


def _finite(mel: NDArray[np.generic]) -> Floats:
    if mel.ndim != 2 or not mel.size:
        raise SpectrogramError(f"an array of shape {mel.shape} is no spectrogram (bands, frames)")
    if mel.dtype.kind not in "fiu":
        raise SpectrogramError(f"values of type {mel.dtype} are no spectrogram")
    values = np.asarray(mel, float)
    is_wrong = ~np.isfinite(values)
    if is_wrong.any():
        band, frame = np.argwhere(is_wrong)[0].tolist()
        count = f"{int(np.count_nonzero(is_wrong))} of {values.size} values"
        raise SpectrogramError(f"{count} are not finite, the first in band {band}, frame {frame}")
    return values


def upright(mel: NDArray[np.generic], bands: int = 0) -> NDArray[np.generic]:
    """Return a mel as ``(bands, frames)``; an axis of length 1 in front is dropped.

    Args:
        mel: Shape ``(bands, frames)``, ``(frames, bands)`` or ``(1, ...)`` of either.
        bands: The declared number of bands, 0 to tell it from the shape.

    Raises:
        SpectrogramError: Neither side can be the bands.

    >>> upright(np.zeros((1, 431, 80))).shape
    (80, 431)
    """
    while mel.ndim > 2 and mel.shape[0] == 1:
        mel = mel[0]
    if mel.ndim != 2 or not mel.size:
        raise SpectrogramError(f"an array of shape {mel.shape} is no spectrogram (bands, frames)")
    rows, columns = mel.shape
    if bands and bands not in (rows, columns):
        raise SpectrogramError(f"an array of shape {mel.shape} has no side of {bands} bands")
    fits = (
        (rows == bands, columns == bands)
        if bands
        else (rows in BAND_COUNTS, columns in BAND_COUNTS)
    )
    if fits[0] == fits[1]:
        return mel if rows <= columns or fits[0] else mel.T
    return mel if fits[0] else mel.T
