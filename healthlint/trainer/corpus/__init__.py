"""Corpora: one module each, found by its name in this folder.

A corpus is a module without a leading underscore that has ``read(path, utterances, seed) ->
RawCorpus``. Its features are measured once and kept on disk.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from healthlint.trainer.clips import Clip
from healthlint.trainer.corpus import _cache
from healthlint.trainer.corpus._source import RawCorpus
from healthlint.trainer.errors import TrainerError


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Clips ready for training, and what is known of them."""

    name: str
    language: str
    sample_rate: int
    clips: Sequence[Clip]
    facts: dict[str, str | int | float]


def names() -> list[str]:
    """The corpora that can be named, in alphabetical order."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


def load(
    spec: str,
    *,
    utterances: int | None,
    seed: int,
    cache_folder: Path,
    report: Callable[[int, int], None],
) -> Corpus:
    """The clips of ``NAME`` or ``NAME:PATH``.

    Args:
        spec: As given to ``--corpus``.
        utterances: How many clips to take, None for all that there are.
        seed: Decides which sentences a synthetic corpus speaks.
        cache_folder: Where measured features are kept.
        report: Told how many clips are measured, and of how many.

    Raises:
        TrainerError: no such corpus, nothing at the path, or nothing usable in it.
    """
    name, _, path = spec.partition(":")
    if name not in names():
        raise TrainerError(f"unknown corpus {name!r}; there are: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    source: RawCorpus = module.read(path or None, utterances, seed)
    clips = _cache.through(cache_folder, name, source, report)
    return Corpus(
        name=name,
        language=source.language,
        sample_rate=source.sample_rate,
        clips=clips,
        facts=source.facts,
    )
