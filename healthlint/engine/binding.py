"""Names of a pack to series of a timeline, all from one split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from healthlint.logs import Series, Split, Timeline
from healthlint.logs.model import Floats, Integers
from healthlint.logs.scales import resolve, standing
from healthlint.rulebook.checking import PSEUDO_METRICS, metrics_of
from healthlint.rulebook.groups import is_group, members
from healthlint.rulebook.model import Pack
from healthlint.rulebook.requirement import Requirement
from healthlint.timeline.clock import Clock
from healthlint.timeline.derived import aligned, weighted_sum
from healthlint.timeline.evaluation import Condition, Context, Made, Missing
from healthlint.timeline.expression import Expression, ExpressionError, MissingFact
from healthlint.timeline.formula import Operand
from healthlint.timeline.looks import kept
from healthlint.timeline.quantities import Values
from healthlint.timeline.reference import Reference
from healthlint.timeline.waking import SUMS, without_zeros

_SPLITS: tuple[Split, ...] = ("val", "train", "")
_SIDES: tuple[tuple[Split, ...], ...] = (("val",), ("train", ""))
"""Splits that are judged as one: what names no split is of training."""


class Lets(Mapping[str, float]):
    """Values of a pack's ``let:``, worked out when they are asked for."""

    def __init__(self, let: Mapping[str, Expression], facts: Mapping[str, object]) -> None:
        self._let, self._facts = let, facts
        self._known: dict[str, float | MissingFact | ExpressionError] = {}

    def __getitem__(self, name: str) -> float:
        """Return a value.

        Raises:
            MissingFact: It needs a fact that is not known.
            ExpressionError: It is defined in terms of itself, or has no value.
        """
        if name not in self._known:
            expression = self._let[name]
            # what it is as long as it is worked out
            self._known[name] = ExpressionError(f"`{name}` is defined in terms of itself")
            try:
                self._known[name] = expression.evaluate(self, self._facts)
            except (MissingFact, ExpressionError) as error:
                self._known[name] = copy(error)  # without frames, which hold all that it took
            except RecursionError:
                del self._known[name]
                raise
        value = self._known[name]
        if isinstance(value, Exception):
            raise copy(value)
        return value

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a name, without working out its value."""
        return name in self._let

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._let)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._let)


class _OperandSeries(NamedTuple):
    """What one operand of a formula stands for.

    Attributes:
        series: Its values.
        parts: The logged metrics that they come from.
    """

    series: Series
    parts: tuple[Series, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """One timeline with its clock and facts: what all rules of a run share.

    Attributes:
        timeline: The timeline.
        clock: Positions of all its records.
        facts: Facts of the run.
        pseudo: The series ``epoch`` and ``step``.
        cache: What its conditions share.
        reference: Good runs to compare with, None where none are given.
    """

    timeline: Timeline
    clock: Clock
    facts: Mapping[str, object]
    pseudo: Mapping[str, Series]
    cache: dict[object, Any] = field(default_factory=dict)
    reference: Reference | None = None

    @classmethod
    def of(
        cls,
        timeline: Timeline,
        facts: Mapping[str, object],
        reference: Reference | None = None,
    ) -> Scene:
        """Return the scene of a timeline; what the guide is worth in it becomes a fact."""
        facts = {"standing": standing(facts, timeline.series), **facts}
        clock = Clock.of(timeline.series.values())
        columns = {"epoch": clock.epochs, "step": clock.steps}
        pseudo = {  # what is not known yet is nothing to look at
            name: _series(clock, name, "", name, clock.records, values).take(np.isfinite(values))
            for name, values in columns.items()
            if np.isfinite(values).any()
        }
        return cls(timeline=timeline, clock=clock, facts=facts, pseudo=pseudo, reference=reference)

    def context(self, pack: Pack, when: Sequence[Condition]) -> tuple[Context, Split]:
        """Return what conditions of a pack may look at, and the split that bare names mean."""
        return self.context_of(pack, chain.from_iterable(map(metrics_of, when)))

    def context_of(self, pack: Pack, metrics: Iterable[str]) -> tuple[Context, Split]:
        """Return what may be looked at of some metrics of a pack, and their split, likewise."""
        names = list(dict.fromkeys(metrics))
        split = self._split(pack, names)
        bound: dict[str, Sequence[Series]] = {}
        lacking: dict[str, str] = {}
        made: dict[str, Made] = {}
        values = Values(self._lets(pack), self.facts)
        for name in names:
            if name.rpartition("/")[2] in pack.derived:
                try:
                    series, made[name] = self._derived(pack, name, split, values)
                    bound[name] = [series]
                except Missing as missing:
                    bound[name], lacking[name] = [], missing.what
                except MissingFact as missing:
                    bound[name], fact = [], missing.fact
                    lacking[name] = f"needs the fact `{fact}`; pass --fact {fact}=VALUE"
                continue
            bound[name] = self._find(pack, name, split)
            if not bound[name]:
                lacking[name] = self._why(pack, name, split)
        context = Context(
            timeline=self.timeline,
            clock=self.clock,
            values=values,
            bound=bound,
            lacking=lacking,
            cache=self.cache,
            made=made,
            reference=self.reference,
        )
        return context, split

    def _lets(self, pack: Pack) -> Lets:
        """Return the values of a pack's ``let:``, the same for all its conditions."""
        return kept(self.cache, ("lets", pack.pack), lambda: Lets(pack.names, self.facts))

    def _derived(self, pack: Pack, name: str, split: Split, values: Values) -> tuple[Series, Made]:
        """Return a derived metric and how it was made.

        Raises:
            Missing: A metric that it is made of is not there, or the weight of one.
            MissingFact: It needs a fact that is not known.
        """
        own, _, bare = name.rpartition("/")
        formula = pack.derived[bare]
        known = {*pack.metrics, *PSEUDO_METRICS}
        operands = formula.metrics(known)
        text = spelled(formula.text, pack)
        inner: Split = own or split  # type: ignore[assignment]

        def derived() -> tuple[Series, Made]:
            sources = [self._operand(pack, bare, operand, inner) for operand in operands]
            made = Made(
                [each for source in sources for each in source.parts], formula.has_scale(known)
            )
            records, columns = aligned([source.series for source in sources])
            by_operand = dict(zip(operands, columns, strict=True))
            result = formula.evaluate(by_operand, values.names, self.facts)
            own_split = sources[0].series.split
            return _series(self.clock, bare, own_split, text, records, result), made

        return kept(self.cache, ("derived", text, inner, bare, pack.pack), derived)

    def _operand(self, pack: Pack, name: str, operand: Operand, split: Split) -> _OperandSeries:
        """Return a metric that a derived one is made of."""
        candidates = self._find(pack, operand.metric, split)
        if operand.is_weighted:
            own = operand.metric.rpartition("/")[0] or split
            parts = [one for one in candidates if one.split == own and one.metric not in SUMS]
            weights = self._weights(parts, operand.metric)
            kept = tuple(part for part in parts if part.key in weights)
            return _OperandSeries(weighted_sum(kept, weights), kept)
        if not candidates or not len(candidates[0]):
            raise Missing(f"{self._why(pack, operand.metric, split)}; `{name}` is made of it")
        series = candidates[0]
        return _OperandSeries(without_zeros(series), (series,))

    def _weights(self, parts: Iterable[Series], group: str) -> dict[str, float]:
        """Return what each part is multiplied by in the total, by key, as its scale declares it.

        Raises:
            Missing: A weight is not declared, or a part that is declared is not there.
        """
        weights = {}
        for part in parts:
            scale = resolve(part, self.facts).scale
            if scale.total_weight is None:
                raise Missing(
                    f"the weight of {part.metric} in the total is not declared; pass --fact "
                    f"metrics.{part.metric}.total_weight=W (0 where it is no part of it)"
                )
            if scale.total_weight:
                weights[part.key] = scale.total_weight / scale.factor
        declared = self.facts.get("metrics", {})
        assert isinstance(declared, Mapping)
        known = {part.metric for part in parts}
        for metric, fields in declared.items():
            if fields.get("total_weight") and metric.rpartition("/")[2] not in known:
                raise Missing(f"{metric} is declared as a part of the total and not in `{group}`")
        if not weights:
            raise Missing(f"none of `{group}` is in this log")
        return weights

    def unmet(self, pack: Pack, requires: Sequence[Requirement]) -> str:
        """Return what is required and the run does not have, in words; empty where all is there."""
        for requirement in requires:
            if not any(
                self.logs(pack, need.metric) if need.metric else need.is_met_by(self.facts)
                for need in requirement.needs
            ):
                return f"for runs with {requirement}"
        return ""

    def logs(self, pack: Pack, name: str) -> bool:
        """Return whether the run logs a metric, or all that a derived one is made of."""
        return all(
            any(map(len, self._find(pack, each, self._split(pack, [each]))))
            for each in _made_of(pack, name)
        )

    def facts_for_messages(self, pack: Pack) -> dict[str, object]:
        """Return what every message may use: the pack's ``let:`` values and the run's facts."""
        known: dict[str, object] = {"run": dict(self.facts)}
        for name in (lets := self._lets(pack)):
            try:
                known[name] = lets[name]
            except (MissingFact, ExpressionError):
                continue
        return known

    def _split(self, pack: Pack, names: Iterable[str]) -> Split:
        """Return the split of the bare names: the one that has most of them, validation first."""
        names = [each for name in names for each in _made_of(pack, name)]
        bare = [
            pack.metrics.get(name, name)
            for name in names
            if "/" not in name and name not in PSEUDO_METRICS
        ]
        wanted = [canonical for canonical in bare if not is_group(canonical)]
        if not wanted:  # every name says its own split, or is a group over all of them
            own = {name.rpartition("/")[0] for name in names if name not in PSEUDO_METRICS}
            return next((split for split in _SPLITS if own == {split}), "")
        known = self.timeline.series
        return max(_SPLITS, key=lambda split: sum(_key(split, each) in known for each in wanted))

    def _find(self, pack: Pack, name: str, split: Split) -> Sequence[Series]:
        if name in PSEUDO_METRICS:
            return [self.pseudo[name]] if name in self.pseudo else []
        own, _, bare = name.rpartition("/")
        canonical = pack.metrics.get(bare, bare)
        series = self.timeline.series
        if is_group(canonical):
            sides = (self._members(canonical, side, own) for side in _SIDES)
            key = ("members", canonical, own)
            return kept(self.cache, key, lambda: list(chain.from_iterable(sides)))
        keys = [_key(own or split, canonical)]
        if own == "train":  # a log that names no split is one of training
            keys.append(canonical)
        return [series[key] for key in keys if key in series][:1]

    def _members(self, group: str, side: Sequence[Split], own: str) -> list[Series]:
        """Return the series of one side that fill a group."""
        if own and own not in side:
            return []
        there = self._there(side)
        awake = self._awake() if " without " in group else ()
        chosen = set(members(group, (series.metric for series in there), awake))
        return [series for series in there if series.metric in chosen]

    def _there(self, side: Sequence[Split]) -> list[Series]:
        """Return the series of one side that groups choose from."""

        def there() -> list[Series]:
            known = self.timeline.series.values()
            own = [series for series in known if series.split in side and len(series)]
            if "val" in side:  # evaluations are looked at one by one: batches of one are no looks
                return [series for series in own if self.timeline.mean_of(series) is None]
            return [series for series in own if not series.cadence]

        return kept(self.cache, side, there)

    def _awake(self) -> set[str]:
        """Return the metrics that are not 0 all along."""
        every = self.timeline.series.values()
        return kept(
            self.cache, "awake", lambda: {one.metric for one in every if (one.values != 0).any()}
        )

    def _why(self, pack: Pack, name: str, split: Split) -> str:
        own, _, bare = name.rpartition("/")
        canonical = pack.metrics.get(bare, bare)
        others = [key for key in self.timeline.series if key.endswith(canonical)]
        if not others and is_group(canonical):
            return f"nothing of `{name}` in this log"
        if not others:
            return f"no {name if own else canonical} in this log"
        return f"no {_key(own or split, canonical)} in this log (it has {', '.join(others)})"


def _series(
    clock: Clock, metric: str, split: Split, name: str, records: Integers, values: Floats
) -> Series:
    """Return a series at some records of a clock."""
    is_whole = records is clock.records  # no second million
    at = slice(None) if is_whole else clock.records.searchsorted(records)
    return Series(
        metric=metric,
        split=split,
        name=name,
        records=records,
        steps=clock.steps[at],
        epochs=clock.epochs[at],
        times=clock.times[at],
        values=values,
    )


def _key(split: str, canonical: str) -> str:
    return f"{split}/{canonical}" if split else canonical


def _made_of(pack: Pack, name: str) -> Iterator[str]:
    """Yield a metric, or those that a derived one is made of."""
    own, _, bare = name.rpartition("/")
    if bare not in pack.derived:
        yield name
        return
    for operand in pack.derived[bare].metrics({*pack.metrics, *PSEUDO_METRICS}):
        is_bare = "/" not in operand.metric and operand.metric not in PSEUDO_METRICS
        yield f"{own}/{operand.metric}" if own and is_bare else operand.metric


def spelled(text: str, pack: Pack) -> str:
    """Return a formula with what its names stand for, so that equal ones come out equal."""

    def stands_for(match: re.Match[str]) -> str:
        split, name = match[1] or "", match[2]
        if split in ("", "val.", "train.") and name in pack.metrics:
            return f"{split.replace('.', '/')}{pack.metrics[name]}"
        return match[0]

    return re.sub(r"(?<![\w.])([a-z]+\.)?([a-z]\w*)(?![\w(])", stands_for, text)
