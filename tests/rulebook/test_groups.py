"""Groups as packs write them, and what they require of a run."""

from __future__ import annotations

import pytest

from healthlint.rulebook.groups import is_group, members, references, without_references
from healthlint.rulebook.requirement import Requirement

KNOWN = ["mel_loss", "total_loss", "kl_loss", "gen_loss", "ctc_loss", "lr", "Diff Loss"]


@pytest.mark.parametrize(
    ("group", "metrics", "expected"),
    [
        ("*_loss", KNOWN, ["mel_loss", "total_loss", "kl_loss", "gen_loss", "ctc_loss"]),
        ("mel_loss | lr", KNOWN, ["mel_loss", "lr"]),
        ("mel_loss else total_loss", KNOWN, ["mel_loss"]),
        ("mel_loss else total_loss", KNOWN[1:], ["total_loss"]),
        ("*loss* but *_loss", KNOWN, ["Diff Loss"]),
        ("x_loss else *loss* but kl_loss | gen_loss else lr", KNOWN[2:], ["ctc_loss", "Diff Loss"]),
        ("x_loss else y_loss", KNOWN, []),
        ("*loss*", ["best_val_loss", "loss-best", "best_rq_loss"], ["best_rq_loss"]),
        ("*best*", ["best_val_loss", "loss"], ["best_val_loss"]),
        ("best_loss | loss", ["best_loss", "loss"], ["best_loss", "loss"]),
    ],
)
def test_members(group: str, metrics: list[str], expected: list[str]) -> None:
    assert members(group, metrics) == expected


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("mel_loss", False), ("*loss*", True), ("a | b", True), ("a else b", True), ("melse", False)],
)
def test_what_is_a_group(text: str, is_one: bool) -> None:
    assert is_group(text) is is_one


@pytest.mark.parametrize(
    ("text", "facts", "is_met"),
    [
        ("run.device", {"device": "mps"}, True),
        ("run.device", {}, False),
        ("run.device == mps", {"device": "MPS"}, True),
        ("run.device == mps", {"device": "cuda"}, False),
        ("run.device == mps", {}, False),
        ("run.precision != fp16", {"precision": "fp32"}, True),
        ("run.precision != fp16", {}, True),
        ("run.precision != fp16", {"precision": "fp16"}, False),
    ],
)
def test_a_fact_is_met(text: str, facts: dict[str, object], is_met: bool) -> None:
    (need,) = Requirement.parse(text).needs
    assert need.is_met_by(facts) is is_met


def test_one_of_several_is_enough() -> None:
    assert [
        str(need) for need in Requirement.parse({"any": ["mel", "run.device == mps"]}).needs
    ] == [
        "mel",
        "run.device == mps",
    ]


@pytest.mark.parametrize("value", [3, {"all": ["mel"]}, {"any": []}, "run.", "run.device =! mps"])
def test_what_is_no_requirement_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"expected|no fact"):
        Requirement.parse(value)


def test_a_group_stands_for_those_above_it() -> None:
    groups = without_references(
        {"late": "x | $game", "game": "gen | disc", "foes": "$game | adv", "total": "t but $foes"}
    )
    assert groups["total"] == "t but gen | disc | adv"
    assert references(groups["late"]) == ["game"]  # it stands below
