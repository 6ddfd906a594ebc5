"""Groups of metrics as packs write them: patterns, what is left out of them, what stands in.

``mel_loss | total_loss else *loss* but *kl* | gen_loss`` is mel and total; in a split that logs
neither, every metric with the word loss, those of ``but`` left out. ``total_loss without gen_loss``
is the total of a run in which no generator loss is awake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from healthlint.logs.families import is_higher_better
from healthlint.logs.vocabulary import recognise

_WORDS = re.compile(r" else | but | without ")
_REFERENCE = re.compile(r"\$(\w+)")
_BEST = re.compile(r"(?<![a-z])best(?![a-z])[\W_]*(.*)$")
_SIGNS = re.compile(rf"[*?|]|{_WORDS.pattern}")


class Choice(NamedTuple):
    """One way to fill a group.

    Attributes:
        patterns: Patterns of canonical metrics, any of which is enough.
        but: Patterns of metrics that are left out.
        without: Patterns of metrics beside which the choice is none.
    """

    patterns: tuple[str, ...]
    but: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def takes(self, metric: str) -> bool:
        """Return whether a metric is in the group."""
        return _is_any(metric, self.patterns) and not _is_any(metric, self.but)

    def is_open(self, awake: Iterable[str]) -> bool:
        """Return whether it counts in a run in which these metrics are not always 0."""
        return not any(_is_any(metric, self.without) for metric in awake)


@lru_cache(maxsize=4096)  # the logs of a fleet log the same metrics
def _is_any(metric: str, patterns: tuple[str, ...]) -> bool:
    name = metric.lower()  # what has no canonical name keeps the case it was logged in
    if _is_best_so_far(name):  # infinite at first, then level
        patterns = tuple(pattern for pattern in patterns if "*" not in pattern or "best" in pattern)
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _is_best_so_far(name: str) -> bool:
    """Return whether a metric is a record of another: ``best_val_loss``, not ``best_rq_loss``."""
    found = _BEST.search(name)
    if found is None:
        return False
    known = recognise(found[1])
    return not found[1] or known.is_known or bool(known.split) or is_higher_better(found[1])


def without_references(metrics: Mapping[str, str]) -> dict[str, str]:
    """Return groups with the patterns of those above them in place of their names.

    A name that stands for none of them stays.

    >>> without_references({"game": "gen | disc", "total": "total but $game"})["total"]
    'total but gen | disc'
    """
    resolved: dict[str, str] = {}
    for name, group in metrics.items():
        resolved[name] = _REFERENCE.sub(lambda match: resolved.get(match[1], match[0]), group)
    return resolved


def references(group: str) -> list[str]:
    """Return the names of the groups that a group still refers to."""
    return _REFERENCE.findall(group)


def is_group(canonical: str) -> bool:
    """Return whether what a name stands for is a group of metrics."""
    return _SIGNS.search(canonical) is not None


@lru_cache(maxsize=256)
def choices(group: str) -> tuple[Choice, ...]:
    """Return the ways to fill a group, in the order in which they are tried.

    >>> [choice.patterns for choice in choices("mel_loss | total_loss else *loss* but *kl*")]
    [('mel_loss', 'total_loss'), ('*loss*',)]
    """
    choices = []
    for part in group.split(" else "):
        rest, _, without = part.partition(" without ")
        patterns, _, but = rest.partition(" but ")
        choices.append(Choice(_patterns(patterns), _patterns(but), _patterns(without)))
    return tuple(choices)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(pattern.strip() for pattern in text.split("|") if pattern.strip())


def named(group: str) -> list[str]:
    """Return the patterns of a group that name something; ``*`` names nothing.

    >>> named("mel_loss else *loss* but kl_loss"), named("* but *loss*")
    (['mel_loss', '*loss*'], [])
    """
    return [pattern for choice in choices(group) for pattern in choice.patterns if pattern != "*"]


def members(group: str, metrics: Iterable[str], awake: Iterable[str] = ()) -> list[str]:
    """Return the metrics that fill a group: of the first choice that has any.

    Args:
        group: The group.
        metrics: The metrics that may fill it.
        awake: All metrics of the run that are not always 0, for ``without``.

    >>> members("mel_loss else *loss* but kl_loss", ["kl_loss", "ctc_loss", "lr"])
    ['ctc_loss']
    >>> members("total_loss without gen_loss else mel_loss", ["total_loss", "mel_loss"])
    ['total_loss']
    """
    known, beside = list(metrics), list(awake)
    for choice in choices(group):
        taken = [metric for metric in known if choice.takes(metric)]
        if taken and choice.is_open(beside):
            return taken
    return []
