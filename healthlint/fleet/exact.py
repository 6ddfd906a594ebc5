"""Exact tests: small enough to be read, checked against scipy in the tests."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats

ENOUGH = 20
"""Permutations as far off as what was seen, after which no more are drawn."""
_CHUNK = 500
_ALIKE = 1 + 1e-9


def fisher(with_both: int, with_first: int, with_second: int, total: int) -> float:
    """Return the two-sided chance of Fisher's exact test.

    The sum of the probabilities of all tables that are no likelier than the one that was seen.

    Args:
        with_both: Members that have both properties.
        with_first: Members that have the first.
        with_second: Members that have the second.
        total: All members.

    >>> round(fisher(3, 4, 4, 8), 4)
    0.4857
    """
    least, most = max(0, with_first + with_second - total), min(with_first, with_second)
    ways = [
        _choices(with_first, k) + _choices(total - with_first, with_second - k)
        for k in range(least, most + 1)
    ]
    logs = np.array(ways) - _choices(total, with_second)
    seen = logs[with_both - least]
    return float(min(1.0, np.exp(logs[logs <= seen + math.log(_ALIKE)]).sum()))


def _choices(total: int, some: int) -> float:
    """Return the logarithm of in how many ways some of a total can be chosen."""
    return math.lgamma(total + 1) - math.lgamma(some + 1) - math.lgamma(total - some + 1)


def rank_permutation(values: Floats, is_first: NDArray[np.bool_], draws: int, name: str) -> float:
    """Return the two-sided chance of a difference of ranks, by permutation.

    No more is drawn once ``ENOUGH`` permutations were as far off, which keeps the chance exact
    (Besag and Clifford, Sequential Monte Carlo p-values, Biometrika 78, 1991).

    Args:
        values: Numbers, ties allowed, shape ``(n,)``.
        is_first: Which of them are of the first group, same shape.
        draws: Most permutations.
        name: What the draws depend on, so that they repeat.
    """
    centred = ranks(values) - (len(values) + 1) / 2
    seen = abs(float(centred[is_first].sum())) / _ALIKE
    size, draw = int(is_first.sum()), np.random.default_rng(zlib.crc32(name.encode()))
    beyond = done = 0
    while done < draws:
        count = min(_CHUNK, draws - done)
        drawn = draw.permuted(np.tile(centred, (count, 1)), axis=1)[:, :size].sum(axis=1)
        at = np.flatnonzero(np.abs(drawn) >= seen)
        if beyond + len(at) >= ENOUGH:
            return ENOUGH / (done + int(at[ENOUGH - beyond - 1]) + 1)
        beyond, done = beyond + len(at), done + count
    return (beyond + 1) / (draws + 1)


def ranks(values: Floats) -> Floats:
    """Return the ranks of numbers from 1, ties as their middle.

    >>> ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle: Floats = (ends - (counts - 1) / 2)[which]
    return middle


def holm(chances: Sequence[float]) -> list[float]:
    """Return chances corrected for their number, in their order (Holm, 1979).

    >>> holm([0.01, 0.5, 0.02])
    [0.03, 0.5, 0.04]
    """
    corrected, highest = [0.0] * len(chances), 0.0
    for done, i in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        highest = max(highest, min(1.0, chances[i] * (len(chances) - done)))
        corrected[i] = highest
    return corrected
