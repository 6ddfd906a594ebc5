"""Numbers as people read them: counts, values, changes, curves of one character a value."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, isnan, log10


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "error"), plural(2214, "utterance")
    ('1 error', '2,214 utterances')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def number(value: float, decimals: int | None = None) -> str:
    """Return a value with three or four significant digits.

    >>> number(0.42512), number(34.0), number(0.00412), number(2e-4)
    ('0.425', '34.00', '0.00412', '2.00e-4')
    """
    if not isfinite(value):
        return "NaN" if isnan(value) else ("Inf" if value > 0 else "-Inf")
    places = _decimals(abs(value)) if decimals is None else decimals
    if places >= 0:
        return f"{value:.{places}f}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def numbers(values: Sequence[float]) -> list[str]:
    """Return the values of one table row, all with the decimals that the largest asks for."""
    finite = [abs(value) for value in values if isfinite(value)]
    places = _decimals(max(finite, default=0.0))
    return [number(value, places) for value in values]


def _decimals(magnitude: float) -> int:
    """Return the decimals that suit a magnitude, -1 for scientific notation."""
    if magnitude == 0:
        return 3
    if not 1e-3 <= magnitude < 1e5:
        return -1
    digits = 2 if magnitude < 1 else 3
    return max(digits - floor(log10(magnitude)), 0)


def percent(fraction: float | None) -> str:
    """Return a relative change in percent, empty where there is none.

    >>> percent(-0.035), percent(25.0), percent(None)
    ('-3.5%', '+2500%', '')
    """
    if fraction is None or not isfinite(fraction):
        return ""
    return f"{fraction:+.0%}" if abs(fraction) >= 10 else f"{fraction:+.1%}"


def ordinal(value: float) -> str:
    """Return an epoch, step or line without needless decimals.

    >>> ordinal(12.0), ordinal(12.26), ordinal(1500000.0)
    ('12', '12.3', '1500000')
    """
    if not isfinite(value):
        return number(value)
    return f"{value:.0f}" if value == round(value) or abs(value) > 1e4 else f"{value:.1f}"


def spark(curve: Sequence[float], width: int, *, fancy: bool) -> str:
    """Return a curve as one character a value, at most ``width``; a gap is a dot or a blank.

    >>> spark([8.0, 4.0, 2.0, 1.0], 8, fancy=True)
    '█▄▂▁'
    """
    ramp, gap = ("▁▂▃▄▅▆▇█", "·") if fancy else ("_.-~^", " ")
    values = thinned(list(curve), width)
    finite = [value for value in values if isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = high / 2 - low / 2  # halves, as the whole of enormous values is no number

    def share(value: float) -> float:
        return (value / 2 - low / 2) / span if span > 0 else 0.0

    top = len(ramp) - 1
    return "".join(ramp[round(share(value) * top)] if isfinite(value) else gap for value in values)


def thinned(values: list[float], width: int) -> list[float]:
    """Return at most ``width`` values: the last of each of equal stretches.

    >>> thinned([1.0, 2.0, 3.0, 4.0], 2)
    [2.0, 4.0]
    """
    if len(values) <= width:
        return values
    return [values[(i + 1) * len(values) // width - 1] for i in range(width)]
