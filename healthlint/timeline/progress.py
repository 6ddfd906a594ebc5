"""How far training had come at each record, as one rising number."""

from __future__ import annotations

import numpy as np

from healthlint.logs.model import Floats
from healthlint.timeline.clock import Clock


def progress(clock: Clock) -> Floats:
    """Return the step of each record of a clock, its epoch or, failing both, its ordinal.

    Which of them is settled by the first record, so that later ones change nothing before them. A
    record without a position is where the one before it was. Shape of ``clock.records``, rising.
    """
    for column in (clock.steps, clock.epochs):
        if len(column) and np.isfinite(column[0]):
            return np.maximum.accumulate(np.where(np.isfinite(column), column, -np.inf))
    return clock.records.astype(np.float64)
