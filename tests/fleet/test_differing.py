"""What differs: planted settings are named with their cause, and nothing where nothing differs."""

from __future__ import annotations

from collections.abc import Sequence

from fleet import drawn_rows, indifferent, named, planted

from healthlint.fleet.differing import FEWEST, compare
from healthlint.fleet.row import Row, Value
from healthlint.fleet.summary import Fleet


def row(**settings: Value) -> Row:
    return Row(settings=settings)


def told(failed: Sequence[Row], healthy: Sequence[Row]) -> list[tuple[str, Value]]:
    return [(one.setting, one.value) for one in compare({"a": failed}, healthy).differences]


def test_planted_causes_are_named_each_with_its_setting() -> None:
    assert set(named(400, 1, planted)) == {
        "core/non-finite: learning_rate 0.01",
        "core/lr-jump: device mps",
        "tts/over-smoothing: corpus bad",
    }


def test_at_most_one_fleet_in_twenty_is_told_what_is_not_there() -> None:
    assert sum(bool(named(60, seed, indifferent)) for seed in range(100)) <= 5


def test_equal_fleets_are_told_the_same() -> None:
    rows = drawn_rows(200, 2, planted)
    assert Fleet(rows).compared == Fleet(rows).compared


def test_as_many_as_asked_for_are_compared_and_one_fewer_is_not() -> None:
    sick, well = [row(a="x")] * FEWEST, [row(a="y")] * 40
    assert told(sick, well) == [("a", "x")]
    assert told(sick[1:], well) == []
    assert compare({"a": sick[1:]}, well).tests == 0


def test_a_setting_with_two_names_is_one() -> None:
    sick, well = [row(lr=1, opt=1)] * 9, [row(lr=2, opt=2)] * 30
    (one,) = compare({"a": sick}, well).differences
    assert (one.setting, list(one.also)) == ("lr", ["opt"])


def test_a_number_that_is_another_in_each_run_is_compared_by_rank() -> None:
    sick, well = [row(lr=0.1 + i / 1e3) for i in range(20)], [row(lr=i / 1e3) for i in range(40)]
    (one,) = compare({"a": sick}, well).differences
    assert (one.setting, one.value, one.larger) == ("lr", None, 1.0)
    assert one.medians == (0.1095, 0.0195)


def test_words_that_tell_every_run_apart_are_no_setting() -> None:
    sick, well = [row(dir=f"s{i}") for i in range(20)], [row(dir=f"w{i}") for i in range(40)]
    assert compare({"a": sick}, well).settings == 0


def test_true_is_not_one() -> None:
    assert told([row(amp=True)] * 9, [row(amp=1)] * 30) == [("amp", "true")]


def test_runs_that_lack_a_setting_are_left_out_of_it() -> None:
    sick, well = [row(a="x")] * 9 + [row()] * 9, [row(a="y")] * 30
    (one,) = compare({"a": sick}, well).differences
    assert (one.failed_with, one.failed, one.healthy) == (9, 9, 30)


def test_what_makes_runs_fail_otherwise_is_no_difference_of_this_cause() -> None:
    # every run of the bad corpus fails by b, so that no healthy run has it
    a = [row(corpus="bad")] * 10 + [row(corpus="good")] * 20
    b = [row(corpus="bad")] * 40
    healthy = [row(corpus="good")] * 80
    found = compare({"a": a, "b": b}, healthy).differences
    assert [(one.cause, one.value) for one in found] == [("b", "bad")]
