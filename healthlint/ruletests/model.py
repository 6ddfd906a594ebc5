"""Tests of rules as YAML files hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from healthlint.timeline.quantities import Span


class SeriesText(str):
    """A series in the notation of rule tests."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> SeriesText:
        """Return the text; a bare number is one value."""
        from healthlint.ruletests.notation import series

        series(value)
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, object]:
        """Return the JSON Schema of a series."""
        words = "e.g. `1.2..0.7 x5, 0.5 x10, nan, _ x2`; counts say how many values there are"
        return {"type": ["string", "number"], "description": words}


class Fact:
    """A fact of the run: a number, a text, or a mapping; taken as it is."""

    @classmethod
    def parse(cls, value: object) -> object:
        """Return the value."""
        return value

    @classmethod
    def json_schema(cls) -> dict[str, object]:
        """Return the JSON Schema of any value."""
        return {}


@dataclass(frozen=True, slots=True)
class Case:
    """One test.

    Attributes:
        name: What it shows.
        series: Values by series (``duration_loss``, ``val/mel_loss``).
        expect: Ids of the rules that must fire, all of them.
        only: Ids of the rules that are judged; all of the packs where empty.
        pending: Ids of quiet rules that are pending.
        not_judged: Ids of quiet rules that could not be judged.
        facts: Facts of the run.
        every: Distance of two values (``1 epochs`` unless said otherwise).
        at: Epoch at which a rule must fire first, by id.
        ended: Whether the run has ended.
    """

    name: str
    series: Mapping[str, SeriesText]
    expect: tuple[str, ...]
    only: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    every: Span | None = None
    at: Mapping[str, float] = field(default_factory=dict)
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of tests.

    Attributes:
        schema: Version of the test format.
        tests: The tests.
    """

    schema: Literal["healthlint.tests/1"]
    tests: tuple[Case, ...]
