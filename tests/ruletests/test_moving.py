"""Every bound of a pack is moved, in the spelling of the pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.rulebook.loading import load_one
from healthlint.ruletests.gathering import PackFile, gather
from healthlint.ruletests.moving import bounds, moved, put
from healthlint.ruletests.mutation import mutate

SLOW = Path(__file__).parents[2] / "fixtures" / "ruletests" / "slow.yaml"


@pytest.mark.parametrize(
    ("written", "is_whole", "expected"),
    [
        (0.3, False, [[0.24], [0.375]]),
        (2, True, [[1], [3]]),
        (5, True, [[4], [7]]),
        ("0.5%", False, [["0.4%"], ["0.625%"]]),
        ("2 epochs", True, [["1 epoch"], ["3 epochs"]]),
        ("2.5 epochs", False, [["2 epochs"], ["3.125 epochs"]]),
        ("20% of budget", False, [["16% of budget"], ["25% of budget"]]),
        ("{budget} epochs", False, [["{0.8 * budget} epochs"], ["{1.25 * budget} epochs"]]),
        ("{10 * budget}%", False, [["{8 * budget}%"], ["{12.5 * budget}%"]]),
        ("1.5 * budget", False, [["1.2 * budget"], ["1.875 * budget"]]),
        ("max(5, 2)", False, [["max(4, 2)", "max(5, 1.6)"], ["max(6.25, 2)", "max(5, 2.5)"]]),
        (0, False, [[0], [0]]),
    ],
)
def test_moves(written: object, is_whole: bool, expected: list[list[object]]) -> None:
    assert [moved(written, factor, is_whole=is_whole) for factor in (0.8, 1.25)] == expected


def test_every_bound_of_a_pack_is_found_with_its_place() -> None:
    file = PackFile(*load_one(SLOW, "slow.yaml"), SLOW)
    found = {one.name: one.written for one in bounds(file.pack, file.document)}
    assert found == {
        "slow/duration-high all.0.value.above": 1.2,
        "slow/duration-high all.1.trend.over": "5 epochs",
        "slow/duration-high all.1.trend.down_by": "1%",
        "slow/duration-high for": "2 epochs",
        "slow/duration-high after": "{patience} epochs",
        "slow/mel-rises rise.by": "10%",
        "let patience": 12,
    }
    places = [file.document.locate(one.path, "") for one in bounds(file.pack, file.document)]
    assert [place.line for place in places] == [14, 15, 15, 16, 11, 23, 6]
    assert [
        place.excerpt[place.column - 1 :][: place.length] for place in places if place.column
    ] == [
        "1.2",
        "5 epochs",
        "1%",
        "2 epochs",
        '"{patience} epochs"',
        "10%",
        "12",
    ]


def test_params_are_moved_and_what_a_pack_inherits_is_not() -> None:
    """The pack gate extends tts, whose numbers are moved with its own tests."""
    rules = Path(__file__).parents[2] / "rules"
    path = rules / "gate.yaml"
    file = PackFile(*load_one(path, "gate.yaml"), path)
    names = {one.name for one in bounds(file.pack, file.document) if "/" not in one.name}
    assert names == {f"param {name}" for name in file.document.data["params"]}


OWN = """\
schema: healthlint.rules/1
pack: own
extends: [tts]
params: {above: 2}
rules:
  - id: own/mel-rises
    severity: warning
    summary: mel rises
    when: {rise: {metric: mel, by: "{above}%"}}
    message: "mel {change:+.1%}"
    help: Look.
"""
TESTS = """\
schema: healthlint.tests/1
tests:
  - {name: above, series: {mel_loss: "2..1 x9, 1 x3, 1.1 x9"}, expect: [own/mel-rises]}
  - {name: below, series: {mel_loss: "2..1 x9, 1 x3, 1.018 x9"}, expect: []}
"""


def test_a_param_is_moved_with_the_rules_that_use_it(tmp_path: Path) -> None:
    """No test lies between 2 and 2.5 %, so nobody notices that the bound went up."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "tests" / "own.yaml").write_text(TESTS)
    paths = [str(tmp_path / "own.yaml")]
    found = mutate(gather(paths), paths, [])
    assert [(one.bound.name, one.to) for one in found.unnoticed] == [
        ("own/mel-rises rise.by", "{1.25 * above}%"),
        ("param above", 2.5),
    ]


def test_putting_leaves_the_original_as_it_was() -> None:
    data = {"rules": [{"when": {"value": {"above": 1}}}]}
    after = put(data, ("rules", 0, "when", "value", "above"), 2)
    assert (data["rules"][0]["when"]["value"]["above"], after["rules"][0]["when"]) == (
        1,
        {"value": {"above": 2}},
    )
