"""What the rules of a pack may name: its own, and what the packs that it extends lend it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from healthlint.rulebook.model import Pack, numbers
from healthlint.timeline.expression import Expression
from healthlint.timeline.formula import Formula


class Names(NamedTuple):
    """What the rules of a pack may name.

    Attributes:
        metrics: Canonical metric, or group, by name.
        params: Named numbers.
        let: Named arithmetic.
        derived: Metrics made of others, by name.
    """

    metrics: Mapping[str, str] = MappingProxyType({})
    params: Mapping[str, float] = MappingProxyType({})
    let: Mapping[str, Expression] = MappingProxyType({})
    derived: Mapping[str, Formula] = MappingProxyType({})

    @classmethod
    def of(cls, pack: Pack) -> Names:
        """Return the names that a pack gives itself."""
        return cls(pack.metrics, pack.params, pack.let or {}, pack.derived)

    def under(self, others: Names) -> Names:
        """Return these names together with others; where both have one, these count."""
        return Names(
            {**others.metrics, **self.metrics},
            {**others.params, **self.params},
            {**others.let, **self.let},
            {**others.derived, **self.derived},
        )

    @property
    def values(self) -> Mapping[str, Expression]:
        """Return what an expression may name."""
        return {**numbers(self.params), **self.let} if self.params else self.let
