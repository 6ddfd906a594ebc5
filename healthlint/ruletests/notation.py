"""The notation for series: ``1.2..0.7 x5, 0.5 x10, nan, _ x2``.

Counts say how many values there are: ``a..b xN`` is N values from a to b, evenly; ``v xN`` is v N
times; ``_`` is a value that was not logged; ``nan``, ``inf`` and ``-inf`` are what they say.
"""

from __future__ import annotations

import re

import numpy as np

from healthlint.logs.model import Bools, Floats, Integers

# no dot at the end of a number: `1...5` could be read two ways
_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_PART = re.compile(
    rf"^(?:(?P<start>{_NUMBER})\.\.(?P<stop>{_NUMBER})|(?P<value>{_NUMBER}|nan|[+-]?inf|_))"
    r"(?:\s+x(?P<count>\d+))?$"
)
MAX_POINTS = 1_000_000
"""Most values of one series."""


class NotationError(ValueError):
    """A text is not a series in this notation."""


def series(text: object) -> tuple[Integers, Floats]:
    """Return the positions (from 0) and the values of the logged points.

    >>> series("1..0 x3, _, nan, 5")
    (array([0, 1, 2, 4, 5]), array([1. , 0.5, 0. , nan, 5. ]))

    Raises:
        NotationError: The text is not in the notation.
    """
    parts: list[tuple[Floats, Bools]] = []
    for part in str(text).split(","):
        parts.append(_part(part.strip()))
        if sum(len(values) for values, _ in parts) > MAX_POINTS:
            raise NotationError(f"more than {MAX_POINTS} values")
    values = np.concatenate([value for value, _ in parts])
    is_logged = np.concatenate([logged for _, logged in parts])
    return np.flatnonzero(is_logged), values[is_logged]


def _part(text: str) -> tuple[Floats, Bools]:
    match = _PART.match(text)
    if not match:
        raise NotationError(f"`{text}` is not e.g. `1.2..0.7 x5`, `0.5 x10`, `nan` or `_ x2`")
    written = match["count"] or ("2" if match["start"] else "1")
    count = int(written[:9])
    if count < 1:
        raise NotationError(f"`{text}` has no values")
    if count > MAX_POINTS:
        raise NotationError(f"more than {MAX_POINTS} values")
    if match["start"]:
        values = np.linspace(float(match["start"]), float(match["stop"]), count)
        return values, np.ones(count, bool)
    is_logged = match["value"] != "_"
    value = float(match["value"]) if is_logged else float("nan")
    return np.full(count, value), np.full(count, is_logged)
