"""Values to pixels, on a linear or a logarithmic axis, and pixels to the path of a curve.

Ticks stand where a person would put them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, isnan, log10

_LINEAR_TICKS = 5
_LOG_STEPS = ((1, 2, 5), (1, 3), (1,))
_MOST_LOG_TICKS = 6
_FAR = 1e150


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A range of values on a range of pixels.

    Attributes:
        low: Value at the first pixel.
        high: Value at the last pixel, above ``low``.
        start: First pixel.
        stop: Last pixel.
        is_log: Whether equal distances are equal ratios; both values are positive then.
    """

    low: float
    high: float
    start: float
    stop: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of a value, of the nearer end where it lies outside.

        It is NaN for what is not positive on a logarithmic axis.

        >>> Axis(low=1.0, high=100.0, start=0.0, stop=10.0, is_log=True).at(10.0)
        5.0
        """
        low, high = self.low, self.high
        if self.is_log:
            if not value > 0:
                return float("nan")
            value, low, high = log10(value), log10(low), log10(high)
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return self.start + share * (self.stop - self.start)

    def clipped(self, value: float) -> float:
        """Return the pixel of a value, of the nearer end where it lies outside or has none."""
        return self.at(max(value, self.low))

    def ticks(self) -> list[float]:
        """Return about five round values within the range.

        >>> Axis(low=0.0, high=3.4, start=0.0, stop=1.0).ticks()
        [0.0, 1.0, 2.0, 3.0]
        >>> Axis(low=0.25, high=4.0, start=0.0, stop=1.0, is_log=True).ticks()
        [0.5, 1.0, 2.0]
        """
        is_wide = self.is_log and self.high >= 8 * self.low
        return self._log_ticks() if is_wide else self._linear_ticks()

    def _linear_ticks(self) -> list[float]:
        each = (self.high - self.low) / _LINEAR_TICKS
        if not each > sys.float_info.min:  # too small to be divided by
            return [self.low]
        step = _round_step(each)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [float(f"{number * step:.12g}") for number in range(first, last + 1)]

    def _log_ticks(self) -> list[float]:
        decades = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        ticks: list[float] = []
        for steps in _LOG_STEPS:
            every = [float(f"{step}e{decade}") for decade in decades for step in steps]
            ticks = [value for value in every if self.low <= value <= self.high]
            if len(ticks) <= _MOST_LOG_TICKS:
                break
        stride = -(-len(ticks) // _MOST_LOG_TICKS) or 1
        return ticks[::stride]


def _round_step(least: float) -> float:
    """Return the least of 1, 2, 5 times a power of ten that is not below a number."""
    power = 10.0 ** floor(log10(least))
    return next((s * power for s in (1, 2, 5) if s * power >= least * (1 - 1e-9)), 10 * power)


def linear(values: Sequence[float], start: float, stop: float) -> Axis:
    """Return a linear axis for values; it begins at 0 where they come near it."""
    low, high = _ends(values)
    if 0 <= low < 0.5 * high:
        low = 0.0
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return Axis(low=low - (room if low else 0.0), high=high + room, start=start, stop=stop)


def logarithmic(values: Sequence[float], start: float, stop: float) -> Axis | None:
    """Return a logarithmic axis, None where most values are not positive or all are alike."""
    positive = [value for value in values if isfinite(value) and value > 0]
    low, high = (max(end, 1 / _FAR) for end in _ends(positive))
    if not positive or len(positive) < len(values) / 2 or high < 1.5 * low:
        return None
    room = (high / low) ** 0.04
    return Axis(low=low / room, high=high * room, start=start, stop=stop, is_log=True)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and highest value, no further out than arithmetic reaches."""
    finite = [min(max(value, -_FAR), _FAR) for value in values if isfinite(value)]
    return min(finite, default=0.0), max(finite, default=1.0)


def path(points: Sequence[tuple[float, float]]) -> str:
    """Return the path through points, broken where there is no pixel.

    >>> path([(0.0, 1.0), (1.0, 2.0), (2.0, float("nan")), (3.0, 4.0)])
    'M0 1L1 2M3 4h0'
    """
    parts: list[str] = []
    length = 0
    for x, y in [*points, (0.0, float("nan"))]:
        if isnan(y):
            parts += ["h0"] if length == 1 else []
            length = 0
            continue
        parts.append(f"{'L' if length else 'M'}{pixel(x)} {pixel(y)}")
        length += 1
    return "".join(parts)


def pixel(value: float) -> str:
    """Return a pixel with two decimals at most.

    >>> pixel(1.0), pixel(0.126)
    ('1', '0.13')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
