"""Coverage finds what no test tries; mutation finds what no test would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.ruletests.coverage import gaps
from healthlint.ruletests.gathering import Bench, gather
from healthlint.ruletests.mutation import mutate

PACK = """\
schema: healthlint.rules/1
pack: own
metrics: {mel: mel_loss, dur: duration_loss, energy: energy_loss}
let:
  level: 1.2
rules:
  - id: own/high
    severity: error
    summary: high
    when:
      all:
        - value: {metric: dur, above: level}
        - not: {value: {metric: mel, above: 10}}
    message: "{dur.value}"
    help: Look.
  - id: own/follows
    severity: info
    summary: energy does not follow
    when:
      follow:
        once: {value: {metric: dur, below: 1}}
        expect: {value: {metric: energy, below: 2}}
        within: 3 epochs
    message: "{once.epoch}"
    help: Look.
"""
HIGH = """\
  - name: above 1.2
    only: [own/high]
    series: {duration_loss: "1, 1.25", mel_loss: "9 x2"}
    expect: [own/high]
  - name: below 1.2
    only: [own/high]
    series: {duration_loss: "1, 1.15", mel_loss: "9 x2"}
    expect: []
"""
HIGH_MEL = """\
  - name: mel above 10
    only: [own/high]
    series: {duration_loss: "1, 1.25", mel_loss: "10.5 x2"}
    expect: []
"""
FOLLOWS = """\
  - name: energy stays
    only: [own/follows]
    series: {duration_loss: "1.05 x2, 0.95 x4", energy_loss: "2.1 x6"}
    expect: [own/follows]
    at: {own/follows: 6}
  - name: energy falls
    only: [own/follows]
    series: {duration_loss: "1.05 x2, 0.95 x4", energy_loss: "2.1 x3, 1.9 x3"}
    expect: []
"""


def bench(folder: Path, tests: str, survivors: str = "") -> Bench:
    """Return the pack with tests beside it."""
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(PACK)
    text = f"schema: healthlint.tests/1\ntests:\n{tests}{survivors}"
    (folder / "tests" / "own.yaml").write_text(text)
    return gather([str(folder)])


def missing(found: Bench) -> list[tuple[int | None, str]]:
    return [(gap.line, gap.message) for gap in gaps(found)]


def test_tests_of_one_rule_leave_the_other_untried(tmp_path: Path) -> None:
    assert missing(bench(tmp_path, HIGH + HIGH_MEL)) == [
        (16, "own/follows fires in no test"),
        (16, "own/follows is judged and quiet in no test"),
        (21, "own/follows has a branch that is never true or false: when.follow.once"),
        (22, "own/follows has a branch that is never true or false: when.follow.expect"),
    ]


def test_a_branch_that_is_never_false(tmp_path: Path) -> None:
    assert missing(bench(tmp_path, HIGH + FOLLOWS)) == [
        (13, "own/high has a branch that is never false: when.all.1"),
        (13, "own/high has a branch that is never true: when.all.1.not"),
    ]


def test_nothing_is_missing(tmp_path: Path) -> None:
    assert missing(bench(tmp_path, HIGH + HIGH_MEL + FOLLOWS)) == []


def unnoticed(found: Bench) -> list[str]:
    return [f"{one.bound.name}: {one.to}" for one in mutate(found, [], [], 1).unnoticed]


def test_a_bound_without_a_near_miss_on_one_side(tmp_path: Path) -> None:
    """10.5 is above 10 and above 8; nothing lies between 9 and 10, but 9 lies above 8."""
    assert unnoticed(bench(tmp_path, HIGH + HIGH_MEL + FOLLOWS)) == []
    tests = HIGH + HIGH_MEL.replace("10.5", "30") + FOLLOWS
    assert unnoticed(bench(tmp_path, tests)) == ["own/high all.1.not.value.above: 12.5"]


def test_a_let_value_is_moved_where_it_is_used(tmp_path: Path) -> None:
    tests = HIGH.replace("1.25", "3") + HIGH_MEL + FOLLOWS
    assert unnoticed(bench(tmp_path, tests)) == [
        "own/high all.0.value.above: 1.25 * level",
        "let level: 1.5",
    ]


def test_moves_are_the_same_in_several_processes(tmp_path: Path) -> None:
    tests = HIGH.replace("1.25", "3") + HIGH_MEL + FOLLOWS
    found = bench(tmp_path, tests)
    assert mutate(found, [str(tmp_path)], [], 2) == mutate(found, [str(tmp_path)], [], 1)


def survivor(bound: str, to: str = "") -> str:
    lines = ["survivors:", f"  - bound: {bound}", "    why: it need not be noticed"]
    return "\n".join([*lines, *([f"    to: {to}"] if to else []), ""])


@pytest.mark.parametrize("to", ["", "1.5"])
def test_a_named_survivor_is_no_gap(tmp_path: Path, to: str) -> None:
    tests = HIGH.replace("1.25", "1.45") + HIGH_MEL + FOLLOWS
    assert unnoticed(bench(tmp_path, tests)) == []
    tests = HIGH.replace("1.25", "3") + HIGH_MEL + FOLLOWS
    found = mutate(bench(tmp_path, tests, survivor("let level", to)), [], [], 1)
    assert [one.bound.name for one in found.named] == ["let level"]
    assert [one.bound.name for one in found.unnoticed] == ["own/high all.0.value.above"]
    assert found.stale == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (("own/high all.0.value.abov",), "did you mean `own/high all.0.value.above`?"),
        (("let level",), "is noticed by the tests now"),
        (("let level", "7"), "it is not moved to `7`: 0.96, 1.5"),
    ],
)
def test_an_entry_that_is_not_true_is_reported(
    tmp_path: Path, entry: tuple[str, ...], expected: str
) -> None:
    found = mutate(bench(tmp_path, HIGH + HIGH_MEL + FOLLOWS, survivor(*entry)), [], [], 1)
    (stale,) = found.stale
    assert expected in str(stale)
    assert stale.excerpt.strip().startswith(("- bound", "to:"))


def test_a_value_that_the_format_refuses_is_no_move(tmp_path: Path) -> None:
    """`smooth: 1` becomes 0, which no pack may say, and 2."""
    (tmp_path / "one.yaml").write_text(
        "schema: healthlint.rules/1\npack: one\nmetrics: {mel: mel_loss}\nrules:\n"
        "  - {id: one/up, severity: info, summary: up, message: up, help: Look.,\n"
        "     when: {value: {metric: mel, above: 1, smooth: 1}}}\n"
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "one.yaml").write_text(
        "schema: healthlint.tests/1\ntests:\n"
        "  - {name: just above, series: {mel_loss: 1.1}, only: [one/up], expect: [one/up]}\n"
        "  - {name: just below, series: {mel_loss: 0.9}, only: [one/up], expect: []}\n"
    )
    found = mutate(gather([str(tmp_path)]), [], [], 1)
    assert (found.moved, len(found.unnoticed)) == (3, 0)
