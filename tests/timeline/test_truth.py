"""Three values: how they combine, how long they must hold, and when they go stale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from timeline.spelling import spelled, truth

from healthlint.logs import Series
from healthlint.timeline.clock import Clock, _recent_gap
from healthlint.timeline.truth import Truth, all_of, any_of, held, negate, streak_start

ORDER = "f?t"
"""Kleene's order: ``all`` is the lowest, ``any`` the highest."""


@pytest.mark.parametrize("one", ORDER)
@pytest.mark.parametrize("other", ORDER)
@pytest.mark.parametrize("third", ORDER)
def test_kleene(one: str, other: str, third: str) -> None:
    """Source: Kleene (1938), On notation for ordinal numbers: strong three-valued logic."""
    parts = [truth(one), truth(other), truth(third)]
    assert spelled(all_of(parts)) == min(one, other, third, key=ORDER.index)
    assert spelled(any_of(parts)) == max(one, other, third, key=ORDER.index)
    assert spelled(any_of(parts)) == spelled(negate(all_of([negate(part) for part in parts])))


@pytest.mark.parametrize(("state", "opposite"), ["tf", "ft", "??"])
def test_not(state: str, opposite: str) -> None:
    assert spelled(negate(truth(state))) == opposite


def test_evaluations_at_different_records_are_carried_to_each_other() -> None:
    """The second begins at the second record and is carried over the third."""
    parts = [truth("t.tt"), truth(".t.f")]
    assert spelled(all_of(parts)) == "?ttf"
    assert spelled(any_of(parts)) == "tttt"


def test_nothing_and_one_combine() -> None:
    assert len(all_of([])) == 0
    assert spelled(any_of([truth("tf?")])) == "tf?"
    assert spelled(all_of([truth("tf?"), Truth.empty()])) == "?f?"
    assert spelled(any_of([truth("tf?"), Truth.empty()])) == "t??"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("ttttt", "???tt"),
        ("tt?ttt", "?????t"),
        ("tt?tttt", "?????tt"),
        ("tttft", "???f?"),
        ("tttfttttt", "???f???tt"),
        ("ttttf?tttt", "???tf????t"),
        ("?f?", "?f?"),
        ("", ""),
    ],
    ids=["long", "pause", "paused", "reset", "anew", "both", "never true", "nothing"],
)
def test_held_for_three_steps_pauses_on_unknown_and_resets_on_false(
    states: str, expected: str
) -> None:
    """Only the time between two true evaluations in a row counts."""
    found = held(truth(states), np.arange(len(states), dtype=float), 3.0)
    assert spelled(found) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [("ttt", "??t"), ("t?tt", "???t"), ("ttftt", "??f??"), ("ttfttt", "??f??t")],
)
def test_held_for_three_points_counts_true_ones(states: str, expected: str) -> None:
    found = held(truth(states), np.arange(len(states), dtype=float), 3.0, counts="moments")
    assert spelled(found) == expected


@pytest.mark.parametrize(
    ("moments", "expected"),
    [([1, 1, 2], "??t"), ([1, 1, 1], "???"), ([1, 2, 2], "?tt")],
    ids=["two moments", "one moment", "from the second one on"],
)
def test_evaluations_of_one_moment_count_once(moments: list[int], expected: str) -> None:
    found = held(truth("ttt"), np.array(moments, float), 2.0, counts="moments")
    assert spelled(found) == expected


def test_a_moment_that_is_true_at_its_end_counts() -> None:
    found = held(truth("ft.ft"), np.array([1.0, 1.0, 2.0, 2.0]), 1.0, counts="moments")
    assert spelled(found) == "ftft"


@pytest.mark.parametrize(("length", "expected"), [(2.9, "??t"), (3.0, "??t"), (3.1, "???")])
def test_held_goes_by_the_axis(length: float, expected: str) -> None:
    found = held(truth("ttt"), np.array([0.0, 1.0, 3.0]), length)
    assert spelled(found) == expected


def test_time_in_which_a_truth_was_stale_does_not_count() -> None:
    axis = np.array([0.0, 1.0, 9.0, 10.0, 11.0])
    gone = truth("tt.......ttt", valid=3)
    assert spelled(held(gone, axis, 3.0)) == "????t"  # 1 + 2, not 1 + 8 + 2
    kept = truth("tt.......ttt")
    assert spelled(held(kept, axis, 3.0)) == "??ttt"


def test_without_a_position_nothing_is_held() -> None:
    unknown = np.full(3, np.nan)
    assert spelled(held(truth("ttf"), unknown, 1.0)) == "???"
    late = np.array([np.nan, 1.0, 2.0, 3.0])
    assert spelled(held(truth("tttt"), late, 2.0)) == "???t"


def test_a_streak_begins_after_the_last_false_one() -> None:
    assert streak_start(truth("?t?tft?").states).tolist() == [-1, 1, 1, 1, -1, 5, 5]


def clock(n: int, *, steps: bool = True, epochs: bool = True) -> Clock:
    """Return the clock of n records, ten steps apart, an epoch each."""
    at, unknown = np.arange(n), np.full(n, np.nan)
    series = Series(
        metric="loss",
        split="",
        name="loss",
        records=at,
        steps=at * 10.0 if steps else unknown,
        epochs=at + 1.0 if epochs else unknown,
        times=unknown,
        values=np.ones(n),
    )
    return Clock.of([series])


@pytest.mark.parametrize(
    "where",
    [{}, {"steps": False}, {"steps": False, "epochs": False}],
    ids=["step", "epoch", "none"],
)
@pytest.mark.parametrize(
    ("evaluated", "last"),
    [([0, 1, 2, 3, 4], 7), ([0, 2, 4], 10), ([0, 3, 6], 15)],
    ids=["every", "every second", "every third"],
)
def test_stale_after_three_of_its_own_intervals(
    where: dict[str, bool], evaluated: list[int], last: int
) -> None:
    """The interval is the median of the last five gaps, in steps, else epochs, else records."""
    records = np.array(evaluated)
    found = clock(20, **where).truth(records, np.ones(len(records)))
    states = found.at(np.arange(20))
    assert states[: last + 1].tolist() == [1] * (last + 1)
    assert states[last + 1 :].tolist() == [-1] * (19 - last)


@examples(200)
@given(st.text("tf?...", max_size=30), st.integers(0, 4) | st.none(), st.sets(st.integers(0, 40)))
def test_states_are_carried_to_many_records_as_to_one(
    states: str, valid: int | None, where: set[int]
) -> None:
    carried, records = truth(states, valid=valid), np.array(sorted(where), np.int64)
    alone = [int(carried.at(np.array([record]))[0]) for record in records]
    assert carried.at(records).tolist() == alone


@given(
    st.lists(st.sampled_from([1.0, 1.0, 1.0, 7.0, math.nan]), min_size=1, max_size=30),
    st.booleans(),
)
def test_the_interval_before_a_point_does_not_depend_on_what_else_is_asked(
    gaps: list[float], is_even: bool
) -> None:
    """Equal gaps are noticed at once where most points are asked for."""
    own = np.cumsum([1.0] * len(gaps) if is_even else gaps)
    every = np.arange(len(own))
    alone = [_recent_gap(own, every[at : at + 1])[0] for at in every]
    assert np.array_equal(_recent_gap(own, every), alone, equal_nan=True)


def test_one_gap_is_no_new_interval() -> None:
    """Stale within the gap, and after it as soon as before."""
    found = clock(20).truth(np.array([0, 1, 2, 3, 9]), np.ones(5))
    assert found.at(np.arange(20)).tolist() == [1] * 7 + [-1] * 2 + [1] * 4 + [-1] * 7


def test_a_single_evaluation_has_no_interval_to_go_stale_by() -> None:
    found = clock(20).truth(np.array([2]), np.array([1]))
    assert found.at(np.arange(20)).tolist() == [-1] * 2 + [1] * 18


def test_of_two_evaluations_at_one_record_the_last_counts() -> None:
    found = clock(5).truth(np.array([1, 1, 2]), np.array([0, 1, 0]))
    assert (found.records.tolist(), found.states.tolist()) == ([1, 2], [1, 0])
