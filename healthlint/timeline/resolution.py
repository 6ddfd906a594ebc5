"""How finely values were written: to which decimals, or to which binary fraction.

Text logs round to three or four decimals and half-precision losses to a few bits, so values repeat
and small ones read exactly 0 in healthy runs. What looks bit-equal is only as telling as the
values' resolution is fine.
"""

from __future__ import annotations

import numpy as np

from healthlint.logs.model import Floats
from healthlint.timeline.robust import row_median

FEWEST_STEPS = 5
"""Resolution steps below which a level or a movement may be rounding."""
COARSEST = 0.01
"""Coarsest resolution that is believed of values below 1."""
_STEPS = np.array(sorted({10.0**-k for k in range(7)} | {2.0**-k for k in range(13)}))[::-1]
_SHARE = 0.01
_ROOM = 1e-4


def resolution(rows: Floats) -> Floats:
    """Return the coarsest step of which all finite values of each row are multiples.

    0 where there is none: the values are written in full. A step above 0.01 and above a hundredth
    of the row's level is not believed: few values may be multiples of it by chance. Shape
    ``(r, m)`` in, ``(r,)`` out, in the unit of the values.

    >>> resolution(np.array([[0.412, 0.409, 0.41], [0.41231, 1 / 3, 0.4]])).tolist()
    [0.001, 0.0]
    """
    values = np.where(np.isfinite(rows), rows, 0.0)
    level = row_median(np.where(np.isfinite(rows), np.abs(rows), np.nan))
    most = np.fmax(COARSEST, _SHARE * level)
    result = np.zeros(len(rows))
    for step in _STEPS:
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = values / step
            is_multiple = (np.abs(scaled - np.rint(scaled)) < _ROOM).all(axis=1)
        is_found = is_multiple & (step <= most * (1 + _ROOM)) & (result == 0)
        result[is_found] = step
    return result
