"""Scales of mels: declared or recognised, and the way to natural log of amplitude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats

_LN10 = float(np.log(10.0))
_USUAL_SPREAD = 2.1
"""Standard deviation of ln-amplitude mels of speech (1.6 to 3.4 in 10 corpora)."""
FACTORS = {
    "ln-amp": 1.0,
    "ln-power": 0.5,
    "log10-amp": _LN10,
    "log10-power": _LN10 / 2,
    "db": _LN10 / 20,
    "whisper": 2.0 * _LN10,
    "styletts2": 2.0,
    "rayhane": 12.5 * _LN10 / 20,
}
"""What a value of each logarithmic scale is multiplied by to become natural log of amplitude; what
is added is a gain, which changes nothing. Whisper: (log10 of power + 4) / 4. StyleTTS 2 and Kokoro:
(ln of power + 4) / 4. Rayhane's Tacotron 2: 100 dB on -4 to 4."""
NAMES = (*FACTORS, "amp", "power", "z-scored")
_TIMES = "*"
_CUT_SHARE = 1e-3
_WHISPER_REACH, _ROUNDING = 2.0, 3e-3
"""Whisper cuts 8 decades of power under the loudest cell, which are 2 after its division by 4."""
_FEWEST_ROWS, _SURE, _SURE_OF_FEW = 60, 0.06, 0.2
"""How much smoother time must be than frequency, in log, for the order of the axes to be told."""
BAND_COUNTS = (16, 20, 24, 32, 40, 48, 60, 64, 72, 80, 96, 100, 120, 128, 160, 192, 229, 256)
"""Numbers of bands in use: which side of an array is frequency is told by them."""


def scaled(mel: NDArray[np.generic], scale: str = "") -> tuple[Floats, str]:
    """Return a mel in natural log of amplitude, and the scale that it came in.

    The unit of one that is z-scored is unknown: its frequency sharpness and total are comparable
    only among mels of the same normalisation.

    Args:
        mel: Shape ``(bands, frames)``, on any scale of ``NAMES``.
        scale: The declared scale, empty to recognise it; ``ln-amp*2.07`` where values were divided
            by 2.07 on top.

    Raises:
        SpectrogramError: The scale is unknown, contradicts the values, or cannot be recognised.
    """
    base, factor = parsed(scale)
    values = finite(mel)
    name = base or scale_of(statistics(values))
    if name == "z-scored":
        return values * _USUAL_SPREAD, name
    if name in FACTORS:
        return values * (FACTORS[name] * factor), name
    if values.min() < 0:
        raise SpectrogramError(
            f"declared as {name}, but {np.count_nonzero(values < 0)} are negative"
        )
    top = max(float(values.max()), 1e-30)
    power = 0.5 if name == "power" else 1.0
    logarithms = np.log(np.maximum(values, top * 1e-6 ** (1 / power)))
    return logarithms * power, name


def parsed(scale: str) -> tuple[str, float]:
    """Return a declared scale as its name and what its values are multiplied by.

    Raises:
        SpectrogramError: It is unknown.

    >>> parsed("log10-amp*3.75"), parsed("db"), parsed("")
    (('log10-amp', 3.75), ('db', 1.0), ('', 1.0))
    """
    name, times, word = scale.partition(_TIMES)
    try:
        factor = float(word) if times else 1.0
    except ValueError:
        factor = 0.0
    if (scale and name not in NAMES) or not 0 < factor < 1e4 or (times and name not in FACTORS):
        raise SpectrogramError(f"unknown scale {scale!r}", f"scales: {', '.join(NAMES)}")
    return name, factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What tells the scale of a mel, or of many.

    Attributes:
        low: Smallest value.
        high: Largest value.
        reach: Largest less smallest value of one mel.
        mean: Mean.
        spread: Standard deviation.
        middle: Median.
        floor: The smallest value where cells are cut at it, NaN where they are not.
    """

    low: float
    high: float
    reach: float
    mean: float
    spread: float
    middle: float
    floor: float = float("nan")


def statistics(mel: NDArray[np.generic]) -> Statistics:
    """Return what tells the scale of a mel.

    Raises:
        SpectrogramError: It is no array of finite numbers.
    """
    values = finite(mel)
    low, high = float(values.min()), float(values.max())
    with np.errstate(over="ignore"):
        mean, spread = float(values.mean()), float(values.std())
    is_cut = np.count_nonzero(values == low) > max(3, _CUT_SHARE * values.size)
    floor = low if is_cut else float("nan")
    return Statistics(
        low=low,
        high=high,
        reach=high - low,
        mean=mean,
        spread=spread,
        middle=float(np.median(values)),
        floor=floor,
    )


def pooled(many: Sequence[Statistics]) -> Statistics:
    """Return the medians of the statistics of mels of one kind: one odd file moves nothing."""

    def usual(name: str) -> float:
        values = [getattr(statistics, name) for statistics in many]
        known = [value for value in values if not np.isnan(value)]
        return float(np.median(known)) if len(known) > len(many) / 2 else float("nan")

    return Statistics(**{each.name: usual(each.name) for each in fields(Statistics)})


def scale_of(seen: Statistics) -> str:
    """Return the scale on which mels of speech have these statistics.

    Floor, mean and spread tell: speech has a mean of -8 to -3.5 and a deviation of 1.6 to 3.4 in
    natural log of amplitude, and trainers cut it at 1e-5. Log10 of power lies near to natural log
    of amplitude and is taken for it unless it is cut at a power of ten.

    Raises:
        SpectrogramError: No scale fits.
    """
    if seen.spread == 0:
        return "ln-amp"  # silent on every scale
    _refuse_without_unit(seen)
    if abs(seen.reach - _WHISPER_REACH) < _ROUNDING and seen.spread > 0.2:
        return "whisper"
    if abs(seen.mean) < 1.2 and 0.5 < seen.spread < 1.9:
        return "z-scored"
    if seen.spread >= (0.3 if seen.mean < -1.4 else 3.0):
        return _logarithm(seen)
    raise SpectrogramError(
        f"a mean of {seen.mean:.3g} with a spread of {seen.spread:.3g} is of no scale of speech",
        f"--scale: {', '.join(NAMES)}",
    )


def _refuse_without_unit(seen: Statistics) -> None:
    """Refuse values that do not tell how many dB they stand for."""
    if seen.low >= 0 and seen.middle >= 0 and seen.high > 30 * max(seen.middle, 1e-12):
        raise SpectrogramError(
            "values without a logarithm, of amplitude or of power",
            "declare it: --scale amp or power",
        )
    hint = "give the mel before its normalisation, or what undoes it: --scale log10-amp*3.75"
    if seen.low >= 0 and seen.high <= 1:
        raise SpectrogramError(
            "values from 0 to 1: how many dB that range stands for is not in them", hint
        )
    if _is_squeezed(seen):
        raise SpectrogramError(
            f"values from {seen.low:g} to {seen.high:g}, squeezed into a range about 0: how "
            "many dB it stands for is not in them",
            f"{hint}; of Rayhane's Tacotron 2: --scale rayhane",
        )


def _logarithm(seen: Statistics) -> str:
    if seen.spread >= 8:
        return "db"
    if (seen.low < -12.5 and seen.mean < -7.0) or seen.spread >= 3.9:
        return "ln-power"
    if seen.low >= -5.6 and seen.spread < 1.6:
        return "log10-amp"
    is_decade = abs(seen.floor - round(seen.floor)) < _ROUNDING if seen.floor < 0 else False
    return "log10-power" if is_decade else "ln-amp"


def _is_squeezed(seen: Statistics) -> bool:
    """Return whether values fill a range about 0, as mels do that a trainer squeezed.

    Either both of its ends are there, or it begins at -1 or at -4, which trainers use.
    """
    if seen.low < 0 and abs(seen.low + seen.high) < 1e-3 * seen.high:
        return True
    ends = (-1.0, -4.0)
    return any(abs(seen.low - end) < 1e-3 and seen.high <= -end for end in ends)


def finite(mel: NDArray[np.generic]) -> Floats:
    """Return a mel as floats.

    Raises:
        SpectrogramError: It has not two axes, or nothing is in it, or not finite numbers alone.
    """
    _refuse_shape(mel)
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

    Where its shape leaves both open, what is in it tells: frames overlap, bands hardly do.

    Args:
        mel: Shape ``(bands, frames)``, ``(frames, bands)`` or ``(1, ...)`` of either.
        bands: The declared number of bands, 0 to tell it from the shape.

    Raises:
        SpectrogramError: Neither side can be the bands, or both can.

    >>> upright(np.zeros((1, 431, 80))).shape
    (80, 431)
    """
    mel = flat(mel)
    rows, columns = mel.shape
    if bands and bands not in (rows, columns):
        raise SpectrogramError(f"an array of shape {mel.shape} has no side of {bands} bands")
    usual = (bands,) if bands else BAND_COUNTS
    fits = (rows in usual, columns in usual)
    if fits[0] != fits[1]:
        return mel if fits[0] else mel.T
    lead = uprightness(mel)
    if abs(lead) > (_SURE if min(rows, columns) >= _FEWEST_ROWS else _SURE_OF_FEW):
        return mel if lead > 0 else mel.T
    if lead and fits[0] and not bands:
        raise SpectrogramError(
            f"{rows} by {columns}: which side is frequency, neither the shape nor what is in it "
            "tells",
            f"--bands {rows} or {columns}",
        )
    return mel if rows <= columns or fits[0] else mel.T


def flat(mel: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array without axes of length 1 in front.

    Raises:
        SpectrogramError: It has not two axes then, or nothing is in it.
    """
    while mel.ndim > 2 and mel.shape[0] == 1:
        mel = mel[0]
    _refuse_shape(mel)
    return mel


def _refuse_shape(mel: NDArray[np.generic]) -> None:
    if mel.ndim != 2 or not mel.size:
        raise SpectrogramError(f"an array of shape {mel.shape} is no spectrogram (bands, frames)")


def uprightness(mel: NDArray[np.generic]) -> float:
    """Return how much smoother the second axis is than the first; 0 where nothing tells.

    Logarithm of change over one step to change over two, of rows less of columns: windows overlap,
    so that time is smoother on every logarithmic scale. Of 1,590 cuttings of 80 frames by 80 bands
    none was wrong beyond 0.06, and 2 % lay within.
    """
    if mel.dtype.kind not in "fiu" or min(mel.shape) < 3:
        return 0.0
    values = np.asarray(mel, float)
    if not np.isfinite(values).all():
        return 0.0
    values = np.maximum(values, np.percentile(values, 20))
    return _roughness(values) - _roughness(values.T)


def _roughness(values: Floats) -> float:
    near, far = values[1:] - values[:-1], values[2:] - values[:-2]
    sizes = float(np.mean(near**2)), float(np.mean(far**2))
    return float(np.log(sizes[0] / sizes[1])) if min(sizes) > 0 else 0.0
