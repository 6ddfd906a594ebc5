"""Names of a pack to series of a timeline, all from one split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from healthlint.logs import Series, Split, Timeline
from healthlint.logs.scales import recognised
from healthlint.rulebook.checking import PSEUDO_METRICS, metrics_of
from healthlint.rulebook.model import Pack
from healthlint.timeline.clock import Clock
from healthlint.timeline.evaluation import Condition, Context
from healthlint.timeline.expression import Expression, ExpressionError, MissingFact
from healthlint.timeline.quantities import Values

_SPLITS: tuple[Split, ...] = ("val", "train", "")


class Lets(Mapping[str, float]):
    """Values of a pack's ``let:``, worked out when they are asked for."""

    def __init__(self, let: Mapping[str, Expression], facts: Mapping[str, object]) -> None:
        self._let, self._facts = let, facts
        self._open: set[str] = set()
        self._known: dict[str, float] = {}
        self._broken: dict[str, MissingFact | ExpressionError] = {}

    def __getitem__(self, name: str) -> float:
        """Return a value.

        Raises:
            MissingFact: It needs a fact that is not known.
            ExpressionError: It is defined in terms of itself, or has no value.
        """
        if name in self._broken:
            raise self._broken[name]
        if name not in self._known:
            self._known[name] = self._work_out(name)
        return self._known[name]

    def _work_out(self, name: str) -> float:
        if name in self._open:
            raise ExpressionError(f"`{name}` is defined in terms of itself")
        self._open.add(name)
        try:
            return self._let[name].evaluate(self, self._facts)
        except (MissingFact, ExpressionError) as error:
            self._broken[name] = error
            raise
        finally:
            self._open.discard(name)

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a name, without working out its value."""
        return name in self._let

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._let)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._let)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One timeline with its clock and facts: what all rules of a run share.

    Attributes:
        timeline: The timeline.
        clock: Positions of all its records.
        facts: Facts of the run.
        pseudo: The series ``epoch`` and ``step``.
        cache: What its conditions share.
    """

    timeline: Timeline
    clock: Clock
    facts: Mapping[str, object]
    pseudo: Mapping[str, Series]
    cache: dict[object, object]

    @classmethod
    def of(cls, timeline: Timeline, facts: Mapping[str, object]) -> Scene:
        """Return the scene of a timeline; a trainer that only its names tell becomes a fact."""
        if "trainer" not in facts:
            known = recognised(one.name for one in timeline.series.values())
            facts = facts if known is None else {**facts, "trainer": known.name}
        clock = Clock.of(timeline.series.values())
        columns = {"epoch": clock.epochs, "step": clock.steps}
        pseudo = {
            name: Series(
                name, "", name, clock.records, clock.steps, clock.epochs, clock.times, values
            )
            for name, values in columns.items()
            if np.isfinite(values).any()
        }
        return cls(timeline, clock, facts, pseudo, {})

    def context(self, pack: Pack, when: Sequence[Condition]) -> tuple[Context, Split]:
        """Return what conditions of a pack may look at, and the split that bare names mean."""
        names = list(dict.fromkeys(name for condition in when for name in metrics_of(condition)))
        split = self._split(pack, names)
        bound: dict[str, Sequence[Series]] = {}
        lacking: dict[str, str] = {}
        for name in names:
            bound[name] = self._find(pack, name, split)
            if not bound[name]:
                lacking[name] = self._why(pack, name, split)
        values = Values(Lets(pack.names, self.facts), self.facts)
        context = Context(self.timeline, self.clock, values, bound, lacking, cache=self.cache)
        return context, split

    def unmet(self, pack: Pack) -> str:
        """Return what a pack requires and the run does not have, in words; empty where all is."""
        for name in pack.requires:
            if name.startswith("run."):
                if name[4:] not in self.facts:
                    fact = name[4:]
                    return f"pack {pack.pack} requires the fact `{fact}`; pass --fact {fact}=VALUE"
            elif not any(map(len, self._find(pack, name, self._split(pack, [name])))):
                why = self._why(pack, name, self._split(pack, [name]))
                return f"{why}; pack {pack.pack} requires it"
        return ""

    def facts_for_messages(self, pack: Pack) -> dict[str, object]:
        """Return what every message may use: the pack's ``let:`` values and the run's facts."""
        known: dict[str, object] = {"run": dict(self.facts)}
        lets = Lets(pack.names, self.facts)
        for name in lets:
            try:
                known[name] = lets[name]
            except (MissingFact, ExpressionError):
                continue
        return known

    def _split(self, pack: Pack, names: Iterable[str]) -> Split:
        """Return the split of the bare names: the one that has most of them, validation first."""
        bare = [
            pack.metrics.get(name, name)
            for name in names
            if "/" not in name and name not in PSEUDO_METRICS
        ]
        wanted = [canonical for canonical in bare if not _is_glob(canonical)]
        if not wanted:  # every name says its own split, or is a group over all of them
            own = {name.rpartition("/")[0] for name in names if name not in PSEUDO_METRICS}
            return next((split for split in _SPLITS if own == {split}), "")
        counts = {
            split: sum(_key(split, canonical) in self.timeline.series for canonical in wanted)
            for split in _SPLITS
        }
        return max(_SPLITS, key=lambda split: counts[split])

    def _find(self, pack: Pack, name: str, split: Split) -> Sequence[Series]:
        if name in PSEUDO_METRICS:
            return [self.pseudo[name]] if name in self.pseudo else []
        own, _, bare = name.rpartition("/")
        canonical = pack.metrics.get(bare, bare)
        series = self.timeline.series
        if _is_glob(canonical):
            return [
                one
                for one in series.values()
                if _is_in(one.metric, canonical) and own in ("", one.split)
            ]
        keys = [_key(own or split, canonical)]
        if own == "train":  # a log that names no split is one of training
            keys.append(canonical)
        return [series[key] for key in keys if key in series][:1]

    def _why(self, pack: Pack, name: str, split: Split) -> str:
        own, _, bare = name.rpartition("/")
        canonical = pack.metrics.get(bare, bare)
        others = [key for key in self.timeline.series if key.endswith(canonical)]
        if not others:
            return f"no {name if own else canonical.replace(' | ', ' or ')} in this log"
        return f"no {_key(own or split, canonical)} in this log (it has {', '.join(others)})"


def _key(split: str, canonical: str) -> str:
    return f"{split}/{canonical}" if split else canonical


def _is_glob(canonical: str) -> bool:
    return any(sign in canonical for sign in "*?|")


def _is_in(metric: str, group: str) -> bool:
    """Return whether a metric is in a group: patterns with a bar between them."""
    return any(fnmatchcase(metric, pattern.strip()) for pattern in group.split("|"))
