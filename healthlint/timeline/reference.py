"""Good runs to compare with: the course of each of their metrics, an epoch a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from healthlint.logs.model import Floats
from healthlint.timeline.quantities import Unit
from healthlint.timeline.robust import MAD_TO_SIGMA, median, row_median

FEWEST = 3
"""Fewest runs that say how far good runs lie apart."""


class Curve(NamedTuple):
    """One metric over one run.

    Attributes:
        unit: Unit of the positions: ``epochs`` or ``steps``.
        axis: Positions, rising strictly, shape ``(n,)``.
        values: Values, all finite, shape ``(n,)``.
        scale: The scale that it is logged on, in words.
    """

    unit: Unit
    axis: Floats
    values: Floats
    scale: str = ""

    def at(self, axis: Floats) -> Floats:
        """Return the values at some positions, NaN outside the run; between two points, on a line.

        Shape of ``axis``.
        """
        if not len(self.axis):
            return np.full(len(axis), np.nan)
        values: Floats = np.interp(axis, self.axis, self.values, left=np.nan, right=np.nan)
        return values


class Reference(NamedTuple):
    """Good runs.

    Attributes:
        runs: The curves of each by series (``val/mel_loss``).
        name: What they are called in messages: the path of a profile, or how many logs.
    """

    runs: Sequence[Mapping[str, Curve]]
    name: str = ""

    def curves(self, key: str) -> list[Curve]:
        """Return the curves of a series, one for each run that logs it."""
        return [run[key] for run in self.runs if key in run]


def spread(curves: Sequence[Curve]) -> float:
    """Return how far good runs lie apart: the usual robust deviation, as a fraction of the median.

    NaN where fewer than three of them have a value anywhere.
    """
    axis = np.unique(np.concatenate([curve.axis for curve in curves]))
    rows = np.stack([curve.at(axis) for curve in curves], axis=1)
    rows = rows[np.isfinite(rows).sum(axis=1) >= FEWEST]
    middle = row_median(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = MAD_TO_SIGMA * row_median(np.abs(rows - middle[:, None])) / np.abs(middle)
    return median(apart)
