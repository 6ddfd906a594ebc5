"""What a corpus module hands over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from healthlint.trainer.clips import Recording


@dataclass(frozen=True, kw_only=True)
class RawCorpus:
    """What a corpus module found, before any feature is measured."""

    language: str
    sample_rate: int
    count: int
    """How many recordings there will be."""
    recordings: Iterable[Recording]
    fingerprint: Sequence[object]
    """Whatever changes when the recordings would: names, sizes, times, settings, versions."""
    facts: dict[str, str | int | float] = field(default_factory=dict)
    """What else the log should say about the corpus, such as where durations came from."""
