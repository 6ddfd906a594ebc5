"""Each kind of condition comes to the states that its file in ``fixtures/kinds`` works out by hand.

A file has ``kind`` and ``cases``; a case has ``name``, ``when`` (a condition), ``series`` in the
notation of rule tests, ``states`` and, where needed, ``facts``, ``every``, ``ended`` and
``reference``. ``states`` has one state for each position, ``?`` unknown, ``0`` false, ``1`` true:
``"? x5, 0 x3, 1"``. A series is named as in the log; bare names, split names and the group
``losses`` (all of them) work.

Beside what the cases list, each numeric parameter must be pinned from both sides: a tenth up or
down, some case must come to other states.
"""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from conditions.worlds import World, condition

from healthlint import conditions
from healthlint.rulebook.building import build
from healthlint.rulebook.checking import offered_by
from healthlint.rulebook.yaml12 import Document
from healthlint.ruletests.model import Case
from healthlint.ruletests.synthetic import synthetic_log, synthetic_reference
from healthlint.timeline.evaluation import Outcome
from healthlint.timeline.truth import TRUE

FOLDER = Path(__file__).parents[2] / "fixtures" / "kinds"
KINDS = conditions.names()
NUMERIC = re.compile(r"\b(Number|Percent|Span|int|float)\b")
COUNTS = {
    field.name
    for kind in KINDS
    for field in fields(conditions.kind(kind).params)
    if field.type in ("int", "int | None")
}
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SIGNS = {1: "1", 0: "0", -1: "?"}
NOT_PINNED: dict[tuple[str, str], str] = {}
"""Parameters that no case pins, each with the reason."""


@dataclass(frozen=True)
class Example:
    """One case of a file."""

    name: str
    when: dict[str, Any]
    series: dict[str, str]
    states: str
    facts: dict[str, object]
    every: str | None
    ended: bool
    reference: list[dict[str, str]]
    events: dict[str, str]

    def judge(self, when: dict[str, Any]) -> str:
        """Return the states that a condition comes to at every position."""
        outcome, last = self.outcome(when)
        return "".join(SIGNS[int(state)] for state in outcome.truth.at(np.arange(last + 1)))

    def outcome(self, when: dict[str, Any]) -> tuple[Outcome, int]:
        """Return what a condition comes to, and the last position."""
        data = {"name": self.name, "series": self.series, "expect": [], "facts": self.facts}
        data |= {"ended": self.ended} | ({"every": self.every} if self.every else {})
        data |= {"reference": self.reference, "events": self.events}
        case = build(Case, data, Document(self.name, lines=[""]), ())
        log = synthetic_log(case)
        run = log.runs[0]
        timeline = run.timelines[0]
        metrics = {series.metric: series.metric for series in timeline.series.values()}
        metrics |= {"losses": "*_loss", "nothing": "nothing"}
        good = synthetic_reference(case)
        world = World(timeline, metrics, run.facts, {}, reference=good)
        outcome = world.judge(condition(when))
        return outcome, timeline.last_record


@cache
def examples(kind: str) -> tuple[Example, ...]:
    data = yaml.safe_load((FOLDER / f"{kind}.yaml").read_text())
    assert data.keys() == {"kind", "cases"}
    assert data["kind"] == kind
    plain: dict[str, Any] = {"facts": {}, "every": None, "ended": True, "reference": []}
    plain["events"] = {}
    return tuple(Example(**{**plain, **case}) for case in data["cases"])


def spelled(states: str) -> str:
    """Return one sign for each position of ``"? x5, 0 x3, 1"``."""
    found = [re.fullmatch(r"([?01])(?: x(\d+))?", part.strip()) for part in states.split(",")]
    assert all(found), states
    return "".join(part[1] * int(part[2] or 1) for part in found if part)


def numbers(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything with a number in it: ``0.3``, ``2%``, ``5 epochs``."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from numbers(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from numbers(value, (*path, index))
    elif isinstance(data, bool):
        return
    elif isinstance(data, (int, float)) or (isinstance(data, str) and NUMBER.search(data)):
        yield path


def parameter(path: tuple[str | int, ...]) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def moved(when: dict[str, Any], path: tuple[str | int, ...], factor: float) -> dict[str, Any]:
    """Return a condition with one of its numbers a tenth up or down, a count by at least 1."""
    result = copy.deepcopy(when)
    holder: Any = result
    for part in path[:-1]:
        holder = holder[part]
    value = holder[path[-1]]
    if isinstance(value, str):
        new: object = NUMBER.sub(lambda found: f"{float(found[0]) * factor:g}", value, count=1)
    elif path[-1] in COUNTS:
        sign = 1 if factor > 1 else -1
        new = value + sign * max(1, round(value * abs(factor - 1)))
    else:
        new = value * factor
    holder[path[-1]] = new
    return result


def numeric_parameters(kind: str) -> set[str]:
    params = conditions.kind(kind).params
    return {field.name for field in fields(params) if NUMERIC.search(str(field.type))}


def test_every_kind_has_a_file_and_every_file_a_kind() -> None:
    assert KINDS
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{k}.yaml" for k in KINDS)


@pytest.mark.parametrize(
    ("kind", "example"),
    [pytest.param(kind, one, id=f"{kind}: {one.name}") for kind in KINDS for one in examples(kind)],
)
def test_each_case_comes_to_its_states(kind: str, example: Example) -> None:
    assert spelled(example.states) == example.judge(example.when)


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_firing_a_quiet_and_an_unknown_case(kind: str) -> None:
    found = [set(spelled(one.states)) for one in examples(kind)]
    assert any("1" in states for states in found)
    assert any("0" in states and "1" not in states for states in found)
    assert {"?"} in found


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_cases_differ(kind: str) -> None:
    names = [one.name for one in examples(kind)]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("kind", KINDS)
def test_every_numeric_parameter_is_used(kind: str) -> None:
    used = {part for one in examples(kind) for path in numbers(one.when) for part in path}
    assert numeric_parameters(kind) <= used


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_pinned_from_both_sides(kind: str) -> None:
    """A tenth up and a tenth down, some case of the file comes to other states."""
    asked: set[tuple[str, str]] = set()
    noticed: set[tuple[str, str]] = set()
    for one in examples(kind):
        expected = spelled(one.states)
        for path in numbers(one.when):
            for factor, direction in ((0.9, "down"), (1.1, "up")):
                key = (parameter(path), direction)
                asked.add(key)
                if key not in noticed and is_noticed(one, moved(one.when, path, factor), expected):
                    noticed.add(key)
    assert sorted(key for key in asked - noticed if (kind, key[0]) not in NOT_PINNED) == []
    assert {name for known, name in NOT_PINNED if known == kind} <= {name for name, _ in asked}


KNOBS = [(kind, name) for kind in KINDS for name in conditions.kind(kind).quieter]


@pytest.mark.parametrize(("kind", "name"), KNOBS)
def test_a_knob_is_turned_the_way_it_says(kind: str, name: str) -> None:
    """A third or three times: where it says quieter, the cases of the file are true less often."""
    sign = conditions.kind(kind).quieter[name]
    quiet, loud = (sum(trues(kind, name, 3.0**turn)) for turn in (sign, -sign))
    assert quiet < loud


def trues(kind: str, name: str, factor: float) -> Iterator[int]:
    """Yield how often each case with a parameter is true once that is multiplied."""
    for one in examples(kind):
        for path in numbers(one.when):
            if path[-1] == name:
                with contextlib.suppress(AssertionError):  # `share: 2.4` is refused
                    yield one.judge(moved(one.when, path, factor)).count("1")


def is_noticed(one: Example, when: dict[str, Any], expected: str) -> bool:
    """Return whether a condition comes to other states, or is none: `least: 3` is refused."""
    try:
        return one.judge(when) != expected
    except AssertionError:
        return True


def dotted(facts: Any, path: str = "") -> Iterator[str]:
    """Yield the placeholders that have a value in what a condition says."""
    if isinstance(facts, dict):
        for name, value in facts.items():
            yield from dotted(value, f"{path}.{name}" if path else name)
    elif facts is not None:
        yield path


@pytest.mark.parametrize("kind", KINDS)
def test_a_firing_condition_gives_exactly_what_its_kind_offers(kind: str) -> None:
    """But for how long something took to follow, which it has not where ``follow`` is true.

    And for what is said of a ``while``, where a condition has none.
    """
    for one in examples(kind):
        outcome, last = one.outcome(one.when)
        offered = offered_by(condition(one.when)) - {"followed.after"}
        if kind in ("since_best", "stays_above") and "down_by" not in str(one.when):
            offered = {name for name in offered if not name.startswith("while.")}
        for record in np.flatnonzero(outcome.truth.at(np.arange(last + 1)) == TRUE).tolist():
            given = set(dotted(outcome.explain(record).facts))
            given = {name for name in given if "while." not in name or name in offered}
            missing = offered - given if kind not in ("any", "either", "not") else set()
            assert (sorted(missing), sorted(given - offered)) == ([], []), (one.name, record)
