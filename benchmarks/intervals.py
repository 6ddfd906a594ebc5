"""Exact confidence bounds of a share (Clopper and Pearson), without SciPy."""

from __future__ import annotations

from math import exp, lgamma, log


def at_most(count: int, runs: int, share: float) -> float:
    """Return the probability of at most ``count`` of ``runs``, each with a probability ``share``.

    >>> round(at_most(1, 3, 0.5), 3)
    0.5
    """
    if share <= 0 or count >= runs:
        return 1.0
    if share >= 1:
        return 0.0
    return sum(exp(_log_term(k, runs, share)) for k in range(count + 1))


def upper(count: int, runs: int, confidence: float = 0.95) -> float:
    """Return the one-sided upper bound of a share seen ``count`` times in ``runs``.

    >>> round(upper(0, 1000), 5)  # the rule of three says 0.003
    0.00299
    """
    return 1.0 if count >= runs else _bisect(lambda p: at_most(count, runs, p) > 1 - confidence)


def lower(count: int, runs: int, confidence: float = 0.95) -> float:
    """Return the one-sided lower bound of a share seen ``count`` times in ``runs``.

    >>> round(lower(50, 50), 3)
    0.942
    """
    return 1 - upper(runs - count, runs, confidence)


def _log_term(k: int, runs: int, share: float) -> float:
    choose = lgamma(runs + 1) - lgamma(k + 1) - lgamma(runs - k + 1)
    return choose + k * log(share) + (runs - k) * log(1 - share)


def _bisect(is_below) -> float:  # type: ignore[no-untyped-def]
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high
