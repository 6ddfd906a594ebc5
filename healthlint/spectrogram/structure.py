"""How much cells differ that lie some steps apart: the structure function of a spectrogram.

Every number is in dB of 20 s of white noise through the same front end, so that overlap of the
windows, width of the filters and length of the hop cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthlint.spectrogram.errors import SpectrogramError
from healthlint.spectrogram.frontend import Floats, Front, noise, to_mel

Cells = NDArray[np.float32]
Mask = NDArray[np.float32]
NEPER_DB = 20.0 / float(np.log(10.0))
_FEWEST_CELLS = 4
_CELLS_AT_ONCE = 1 << 19
"""Cells that are looked at in one go: bounds the memory that a long file takes."""
_FEWEST_BANDS = 3
_FRAME_MS, _WINDOW_MS = 256 / 22.05, 1024 / 22.05
_FARTHEST = 0.5
"""Octaves from the usual front end within which its shift is known."""
_SLOPES = {
    "fine": (2.3, -3.6, 0.0),
    "onset": (4.0, -1.2, 1.4),
    "fast": (2.0, 0.55, 0.55),
    "noise": (1.9, 0.45, 0.6),
}
"""dB an octave of window, of density of the bands, of lag (43 recordings, 12 front ends)."""
FINE_HZ = (3000.0, 7500.0)
_HARMONIC_HZ = 2300.0
_RANGE_DB, _LOUD_DB = 60.0, 40.0
_FLOOR_DB = 0.5
"""Cells less than that above the end of the range hold nothing."""
_CLEAR_DB, _STRONG_DB = 10.0, 25.0
_PRESENT = 0.1
"""Share of the loud frames in which a band must stand over the floor to be there at all."""
_SKIRT = 2
"""Bands at the end of band-limited sound that hold the slope of its filter, not its detail."""
_TRIMMED = 5
"""Of the bands of a term, one in so many is left out at each end before the mean."""


@dataclass(frozen=True, slots=True)
class Gates:
    """Which cells are looked at; masks of shape ``(bands, frames)`` with 1 for those that are.

    Attributes:
        active: In frames within 40 dB of the loud ones, above the floor, in a band that is there.
        clear: Active and 10 dB over the quietest of their band, at least its loudest fifth.
        strong: Active and within 25 dB of the loudest of their band.
    """

    active: Mask
    clear: Mask
    strong: Mask


def clipped(mel: Floats) -> Cells:
    """Return a log-mel cut 60 dB below its loud cells (99.5th percentile)."""
    values = np.asarray(mel, np.float32)
    top = np.percentile(values, 99.5, method="lower")
    return np.maximum(values, np.float32(top - _RANGE_DB / NEPER_DB))


def gates(values: Cells) -> Gates | None:
    """Return which cells are looked at, None where no frame is louder than the range's end."""
    power = np.einsum("ij,ij->j", *[np.exp(values - values.max())] * 2) / len(values)
    level = np.log(np.maximum(power, 1e-30)) / 2.0
    is_loud = level > np.percentile(level, 95) - _LOUD_DB / NEPER_DB
    floor = values.min() + np.float32(_FLOOR_DB / NEPER_DB)
    active = (values > floor) & is_loud
    active[_missing(active[:, is_loud])] = False
    if np.count_nonzero(is_loud) < _FEWEST_CELLS or not active.any():
        return None
    bounds = np.quantile(values[:, is_loud], [0.10, 0.80, 0.97], axis=1, keepdims=True)
    quiet, high, loudest = bounds.astype(np.float32)
    clear = np.minimum(quiet + _CLEAR_DB / NEPER_DB, high)
    strong = loudest - _STRONG_DB / NEPER_DB
    kept = [active, *((values > bound) & active for bound in (clear, strong))]
    return Gates(*(mask.astype(np.float32) for mask in kept))


def _missing(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return in which bands nothing is, and the skirt of sound that ends early, ``(bands,)``."""
    missing = np.asarray(active.mean(axis=1) < _PRESENT)
    there = np.flatnonzero(~missing)
    if len(there) and there[-1] < len(missing) - 1:
        missing[there[-1] - _SKIRT + 1 :] = True
    return missing


def measured(values: Cells, kept: Gates, front: Front) -> dict[str, Any]:
    """Return the terms of a clipped log-mel, each in dB of white noise; NaN where few cells speak.

    Returns:
        What of ``Sharpness`` they are. ``frequency_db`` is the change from band to band, 3 to
        7.5 kHz, and ``detail_db`` that over one band over that over four; ``harmonic_db`` the
        change from band to band under 2.3 kHz. ``onset_db`` is the second difference in time at
        12 ms, mean of roots, above 2.3 kHz; ``fast_db`` the change in time at 12 ms over that at
        46 ms, mean sizes; ``noise_db`` the same in mean squares of all active cells;
        ``static_db`` the excess of change at a quarter of the window over what changes at a half
        and a whole foretell. ``by_band`` is the fine change of each band, ``time_by_band`` the
        fast one; ``reach_hz`` the centre of the highest band that is there.

    Raises:
        SpectrogramError: The front end has too few bands between 3 and 7.5 kHz.
    """
    yardstick, shift = _yardstick(front), _shift(front)
    above = {name: own - yardstick[name] for name, own in _terms(values, kept, front).items()}
    is_fine, is_harmonic = fine_bands(front), front.centres < _HARMONIC_HZ
    return {
        "frequency_db": middle(above["fine"][is_fine]) - shift["fine"],
        "detail_db": middle(above["detail"][is_fine]),
        "harmonic_db": middle(above["fine"][is_harmonic]),
        "onset_db": middle(above["onset"][~is_harmonic]) - shift["onset"],
        "fast_db": middle(above["fast"]) - shift["fast"],
        "static_db": middle(above["speckle"]),
        "noise_db": middle(above["noise"]) - shift["noise"],
        "by_band": tuple((above["fine"] - shift["fine"]).tolist()),
        "time_by_band": tuple((above["fast"] - shift["fast"]).tolist()),
        "reach_hz": float(front.centres[kept.active.any(axis=1)].max()),
    }


def fine_bands(front: Front) -> NDArray[np.bool_]:
    """Return which bands lie between 3 and 7.5 kHz, shape ``(bands,)``.

    Raises:
        SpectrogramError: Fewer than three of them do.
    """
    inside = (front.centres >= FINE_HZ[0]) & (front.centres <= FINE_HZ[1])
    if np.count_nonzero(inside) < _FEWEST_BANDS:
        raise SpectrogramError(
            f"{front.bands} bands up to {front.top:.0f} Hz leave fewer than {_FEWEST_BANDS} "
            "between 3 and 7.5 kHz, where blur is seen",
            "make the mel from sound of 16 kHz or more",
        )
    return inside


def band_step(front: Front) -> int:
    """Return how many bands make one step of 80 bands up to 8 kHz, at least 1.

    >>> band_step(Front()), band_step(Front(bands=256))
    (1, 3)
    """
    return max(1, min(round(_density(front)), (front.bands - 1) // 4))


def _density(front: Front) -> float:
    """Return how much denser the bands lie than 80 of them up to 8 kHz."""
    ends = to_mel(np.array([front.fmin, front.top, 0.0, 8000.0]), front.mel)
    own, usual = (ends[1] - ends[0]) / (front.bands + 1), (ends[3] - ends[2]) / 81
    return float(usual / own)


@lru_cache(maxsize=8)
def _shift(front: Front) -> dict[str, float]:
    """Return by how many dB speech reads higher than through the usual front end, by term.

    Speech is not noise: a longer window resolves more of it than the yardstick foretells, a wider
    band less. Both are octaves of the usual front end, as is what is missing to a lag of 12 ms.
    """
    window = 1000.0 * (front.window or front.n_fft) / front.sample_rate
    octaves = np.log2([window / _WINDOW_MS, _density(front)])
    longer, denser = np.clip(octaves, -_FARTHEST, _FARTHEST).tolist()
    steps = {"fine": denser if band_step(front) == 1 else 0.0}
    lag = _steps(front, _FRAME_MS)[1]
    return {
        name: of_window * longer + of_bands * steps.get(name, denser) + of_lag * lag
        for name, (of_window, of_bands, of_lag) in _SLOPES.items()
    }


def _terms(values: Cells, kept: Gates, front: Front) -> dict[str, Floats]:
    """Return the terms before the yardstick is taken off, each of shape ``(bands,)``, in dB."""
    wide = band_step(front)
    near, next_, far = (_across(values, kept.clear, k * wide) for k in (1, 2, 4))
    # how windows overlap bounds what any waveform can do
    quarter_ms = 250.0 * (front.window or front.n_fft) / front.sample_rate
    step, overlap = _steps(front, _FRAME_MS), _steps(front, quarter_ms)
    sizes = _at_times(values, kept.clear, step, 1.0)
    squares = _at_times(values, kept.active, step, 2.0)
    strong = _at_times(values, kept.strong, overlap, 2.0)
    return {
        "fine": (near + next_) / 2,
        "detail": near - far,
        "onset": _onsets(values, kept.clear, step),
        "fast": sizes[0] - sizes[2],
        "speckle": (strong[0] - strong[1]) - (strong[1] - strong[2]) / 2,
        "noise": squares[0] - squares[2],
    }


@lru_cache(maxsize=8)
def _yardstick(front: Front) -> dict[str, Floats]:
    values = np.asarray(noise(front), np.float32)
    every = np.ones(values.shape, np.float32)
    return _terms(values, Gates(every, every, every), front)


def _at_times(values: Cells, kept: Mask, steps: tuple[int, float], power: float) -> list[Floats]:
    """Return the change of each band at 1, 2 and 4 steps in dB; between frames by its slope."""
    step, shift = steps
    apart = [_in_time(values, kept, k * step, power) for k in (1, 2, 4)]
    slopes = [apart[1] - apart[0], apart[2] - apart[1], apart[2] - apart[1]]
    return [distance + shift * slope for distance, slope in zip(apart, slopes, strict=True)]


def _steps(front: Front, milliseconds: float) -> tuple[int, float]:
    """Return a time as a number of frames, and what is missing to it in octaves."""
    frames = milliseconds / front.frame_ms
    step = max(1, round(frames))
    return step, float(np.log2(frames / step))


def _in_time(values: Cells, kept: Mask, lag: int, power: float, order: int = 1) -> Floats:
    """Return the first, or second, difference in time of each band in dB."""
    if values.shape[1] <= order * lag:
        return np.full(len(values), np.nan)

    def part(rows: slice) -> Floats:
        change, both = values[rows], kept[rows]
        for _ in range(order):
            change = change[:, lag:] - change[:, :-lag]
            both = both[:, lag:] * both[:, :-lag]
        return _mean_db(change, both, power)

    return _by_parts(part, values)


def _across(values: Cells, kept: Mask, lag: int) -> Floats:
    made = np.full(len(values), np.nan)

    def part(rows: slice) -> Floats:
        far = slice(rows.start + lag, rows.stop + lag)
        return _mean_db(values[far] - values[rows], kept[far] * kept[rows], 2.0)

    made[:-lag] = _by_parts(part, values[:-lag])
    return made


def _onsets(values: Cells, kept: Mask, steps: tuple[int, float]) -> Floats:
    """Return the second difference in time of each band, mean of roots in dB."""
    step, shift = steps
    near = _in_time(values, kept, step, 0.5, order=2)
    if not shift:
        return near
    return near + shift * (_in_time(values, kept, 2 * step, 0.5, order=2) - near)


def _by_parts(part: Callable[[slice], Floats], values: Cells) -> Floats:
    """Return what a function of some bands makes of all, few at a time where sound is long."""
    count = max(1, _CELLS_AT_ONCE // values.shape[1])
    if count >= len(values):
        return part(slice(0, len(values)))
    starts = range(0, len(values), count)
    return np.concatenate([part(slice(at, min(at + count, len(values)))) for at in starts])


def _mean_db(change: Cells, kept: Mask, power: float) -> Floats:
    """Return the mean power of the kept changes of each row in dB, NaN for fewer than four."""
    size = np.square(change) if power == 2.0 else np.abs(change)
    size = np.sqrt(size) if power == 0.5 else size
    count = kept.sum(axis=1)
    total = np.einsum("ij,ij->i", size, kept)
    level = (20.0 / power) * np.log10(np.maximum(total / np.maximum(count, 1.0), 1e-6))
    return np.where(count >= _FEWEST_CELLS, level, np.nan)


def middle(bands: Floats) -> float:
    """Return the mean of bands without the highest and the lowest fifth, NaN for under three.

    >>> middle(np.array([0.0, 1.0, 2.0, 3.0, 90.0, np.nan]))
    2.0
    """
    known = np.sort(bands[np.isfinite(bands)])
    if len(known) < _FEWEST_BANDS:
        return float("nan")
    cut = len(known) // _TRIMMED
    return float(known[cut : len(known) - cut].mean())
