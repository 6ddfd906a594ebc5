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


class Spelled(str):
    """A value as it is written: ``1.5`` and ``"1.5"`` are the same."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Spelled:
        """Return it as a text.

        Raises:
            ValueError: It is not one value.
        """
        if isinstance(value, (dict, list, bool)) or value is None:
            raise ValueError("expected a value as --mutate prints it")
        return cls(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test.

    Attributes:
        name: What it shows.
        series: Values by series (``duration_loss``, ``val/mel_loss``).
        expect: Ids of the rules that must fire, all of them.
        only: Ids of the rules that are judged; all of the packs where empty.
        pending: Ids of quiet rules that are pending.
        not_judged: Ids of quiet rules that could not be judged.
        not_applicable: Ids of quiet rules that require what the run does not have.
        softened: Ids of expected rules that are told as less than their severity: the fault is
            small, has passed, or does not matter yet.
        facts: Facts of the run.
        every: Distance of two values (``1 epochs`` unless said otherwise).
        at: Epoch at which a rule must fire first, by id.
        ended: Whether the run has ended.
        reference: Good runs that rules compare with, each with its values by series.
        events: How often the trainer announced an event before the value at each position, by kind;
            one position beyond the series is after its last value.
    """

    name: str
    series: Mapping[str, SeriesText]
    expect: tuple[str, ...]
    only: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    softened: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    every: Span | None = None
    at: Mapping[str, float] = field(default_factory=dict)
    ended: bool = True
    reference: tuple[Mapping[str, SeriesText], ...] = ()
    events: Mapping[str, SeriesText] = field(default_factory=dict)

    @property
    def is_quiet(self) -> bool:
        """Return whether it shows rules that were judged and did not fire."""
        unjudged = self.pending or self.not_judged or self.not_applicable
        return not (self.expect or unjudged)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A moved bound that no test need notice.

    Attributes:
        bound: Rule and field as ``--mutate`` prints them (``core/overfit for``), or
            ``let stretch``.
        why: The reason.
        to: The moved value as printed; None for every one of this bound.
    """

    bound: str
    why: str
    to: Spelled | None = None

    def __post_init__(self) -> None:
        """Refuse an entry without a reason."""
        if not self.why.strip():
            raise ValueError("a survivor needs its reason in `why`")


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of tests.

    Attributes:
        schema: Version of the test format.
        tests: The tests.
        survivors: Moved bounds that no test need notice, each with its reason.
    """

    schema: Literal["healthlint.tests/1"]
    tests: tuple[Case, ...]
    survivors: tuple[Survivor, ...] = ()
