"""Groups of metrics as packs write them: patterns, what is left out of them, what stands in.

``mel_loss | total_loss else *loss* but *kl* | gen_loss`` is mel and total; in a split that logs
neither, every metric with the word loss, those of ``but`` left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

_SIGNS = re.compile(r"[*?|]| else | but ")


class Choice(NamedTuple):
    """One way to fill a group.

    Attributes:
        patterns: Patterns of canonical metrics, any of which is enough.
        but: Patterns of metrics that are left out.
    """

    patterns: tuple[str, ...]
    but: tuple[str, ...] = ()

    def takes(self, metric: str) -> bool:
        """Return whether a metric is in the group."""
        name = metric.lower()  # what has no canonical name keeps the case it was logged in
        is_in = any(fnmatchcase(name, pattern) for pattern in self.patterns)
        return is_in and not any(fnmatchcase(name, pattern) for pattern in self.but)


def is_group(canonical: str) -> bool:
    """Return whether what a name stands for is a group of metrics."""
    return _SIGNS.search(canonical) is not None


@lru_cache(maxsize=256)
def choices(group: str) -> tuple[Choice, ...]:
    """Return the ways to fill a group, in the order in which they are tried.

    >>> [choice.patterns for choice in choices("mel_loss | total_loss else *loss* but *kl*")]
    [('mel_loss', 'total_loss'), ('*loss*',)]
    """
    found = []
    for part in group.split(" else "):
        patterns, _, but = part.partition(" but ")
        found.append(Choice(_patterns(patterns), _patterns(but)))
    return tuple(found)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(pattern.strip() for pattern in text.split("|") if pattern.strip())


def members(group: str, metrics: Iterable[str]) -> list[str]:
    """Return the metrics that fill a group: of the first choice that has any.

    >>> members("mel_loss else *loss* but kl_loss", ["kl_loss", "ctc_loss", "lr"])
    ['ctc_loss']
    """
    known = list(metrics)
    for choice in choices(group):
        if taken := [metric for metric in known if choice.takes(metric)]:
            return taken
    return []
