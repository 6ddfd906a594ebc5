"""What a number of alarms over a number of runs says of the true rate."""

from __future__ import annotations

from math import comb

CONFIDENCE = 0.95
"""Confidence of the upper bound, one-sided."""
_STEPS = 60


def highest_rate(alarms: int, runs: int) -> float:
    """Return the highest rate of alarms that the runs do not exclude, as a fraction.

    One-sided Clopper-Pearson bound, exact. Without an alarm it is close to 3 / n (the rule of
    three): 45 % after five runs, 14 % after twenty.

    Source: Clopper, C. J. and Pearson, E. S. (1934), The use of confidence or fiducial limits.

    Args:
        alarms: Runs with an alarm.
        runs: All runs.

    >>> round(highest_rate(0, 5), 3), round(highest_rate(0, 20), 3), highest_rate(3, 3)
    (0.451, 0.139, 1.0)
    """
    if alarms >= runs:
        return 1.0
    low, high = alarms / runs, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        is_excluded = _at_most(alarms, runs, middle) < 1 - CONFIDENCE
        low, high = (low, middle) if is_excluded else (middle, high)
    return high


def _at_most(alarms: int, runs: int, rate: float) -> float:
    """Return how likely so few alarms are at a rate."""
    return sum(comb(runs, i) * rate**i * (1 - rate) ** (runs - i) for i in range(alarms + 1))
