"""Points to the text of an SVG path."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan


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
