"""Names in a pack: each that does not exist is pointed at, wherever it stands, all in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.rulebook import PackProblem, RulebookError, load

PACK = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss, dur: duration_loss}
let: {budget: 50, double: 2 * budget}
standing:
  - metric: mel
    label: mel
    phases: [{name: Low, below: budget}]
    notes:
      - when: {value: {metric: mel, below: 1}}
        say: "at {mel.value}"
rules:
  - id: team/stands
    severity: warning
    summary: mel no longer falls
    when:
      all:
        - trend: {metric: mel, over: 5 epochs, not_down_by: 2%}
        - value: {metric: val/dur, above: budget}
    message: >-
      mel moved {mel.change:+.1%}
      over {window.first}-{window.last}, budget {budget} of {run.utterances}
    help: Listen.
"""


def problems(tmp_path: Path, text: str) -> list[PackProblem]:
    path = tmp_path / "pack.yaml"
    path.write_text(text)
    with pytest.raises(RulebookError) as error:
        load([str(path)], shipped=False)
    return list(error.value.problems)


def pointed(problem: PackProblem) -> str:
    """Return the text that the caret stands under."""
    assert problem.column
    return problem.excerpt[problem.column - 1 :][: problem.length]


def test_the_pack_itself_is_right(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(PACK)
    assert [rule.id for rule in load([str(tmp_path)], shipped=False).rules] == ["team/stands"]


@pytest.mark.parametrize(
    ("old", "new", "line", "word", "message", "hint"),
    [
        ("  - id", "  - after: 2 * bugdet\n    id", 13, "2 * bugdet", "is not a span", ""),
        ("  - id", "  - after: '{bugdet} epochs'\n    id", 13, "bugdet", "unknown name", "budget"),
        ("  - id", "  - scale: giude\n    id", 13, "giude", "unknown scale `giude`", "guide"),
        ("label: mel", "label: mel\n    scale: giude", 8, "giude", "unknown scale", "guide"),
        ("below: budget", "below: bugdet", 8, "bugdet", "unknown name `bugdet`", "budget"),
        ("below: 1}}", "below: 2 * bugdet}}", 10, "bugdet", "unknown name", "budget"),
        ("{mel.value}", "{mel.vaule}", 11, "mel.vaule", "nothing offers", "mel.value"),
        ("{mel.value}", "{mel}", 11, "mel", "nothing offers the placeholder `{mel}`", "offered"),
        ("{mel.change", "{mel.chnage", 21, "mel.chnage", "nothing offers", "mel.change"),
        ("{window.last}", "{window.lats}", 22, "window.lats", "nothing offers", "window.last"),
        ("{mel.change:+.1%}", "{mel.change:+.1x}", 21, "+.1x", "is not a number format", ""),
        ("metric: val/dur", "metric: val/dru", 19, "dru", "unknown metric `val/dru`", "dur"),
        ("metric: val/dur", "metric: vla/dur", 19, "vla", "unknown split `vla`", "val/"),
        ("over: 5 epochs", "since: once", 18, "once", "`since: once` counts from", ""),
        ("metrics: {", "metrics: {step: steps, ", 3, "step", "`step` is there in every", ""),
        ("metrics: {", "metrics: {my-mel: x, ", 3, "my-mel", "not a name of a metric", "lower"),
        ("let: {", "let: {run: 3, ", 4, "run", "`run` is not a name of a value", "facts"),
        ("let: {", "let: {Big: 3, ", 4, "Big", "`Big` is not a name of a value", "lower"),
        ("budget: 50", "budget: double / 2", 4, "budget", "in terms of itself", ""),
        ("budget: 50", "budget: 'clmp(1, 2, 3)'", 4, "clmp", "unknown function", "clamp"),
        ("budget: 50", "budget: 1 / 0", 4, "1 / 0", "has no value", ""),
        ("over: 5 epochs", "over: 0 epochs", 18, "0 epochs", "not longer than zero", ""),
        ("over: 5 epochs", "over: 5 epcohs", 18, "epcohs", "unknown unit", "epochs"),
        ("by: 2%", "by: -2%", 18, "-2%", "negative", ""),
        ("pack: team", "pack: Team Pack", 2, "Team Pack", "not a name of a pack", "lower"),
        ("id: team/stands", "id: tema/stands", 13, "tema/stands", "not an id", "team/"),
        ("help: L", "until: 9 epochs\n    help: L", 0, "", "", ""),
    ],
)
def test_each_slip_is_pointed_at(
    tmp_path: Path, old: str, new: str, line: int, word: str, message: str, hint: str
) -> None:
    assert PACK.count(old) >= 1
    text = PACK.replace(old, new, 1)
    if not message:  # a change that is right
        (tmp_path / "pack.yaml").write_text(text)
        load([str(tmp_path)], shipped=False)
        return
    found = problems(tmp_path, text)
    first = found[0]
    assert (first.line, pointed(first)) == (line, word)
    assert message in first.message
    assert hint in f"{first.message} {first.hint}"


@pytest.mark.parametrize("side", ["after", "until"])
def test_a_limit_stands_in_one_place_only(tmp_path: Path, side: str) -> None:
    text = PACK.replace("    help", f"    {side}: 3 epochs\n    help")
    text = text.replace("      all:", f"      {side}: 5 epochs\n      all:")
    (problem,) = problems(tmp_path, text)
    assert pointed(problem) == side
    assert problem.message == f"`{side}` stands on the rule and on its condition"


def test_since_once_is_right_where_something_is_expected(tmp_path: Path) -> None:
    """Inside ``expect``, however deep, and not inside ``once``."""
    crossing = (
        "follow: {once: {value: {metric: dur, below: 1}}, "
        "expect: {all: [CONDITION]}, within: 8 epochs}"
    )
    trend = "trend: {metric: mel, since: once, down_by: 5%}"
    own = "      all:\n" + PACK.split("      all:\n")[1].split("    message")[0]
    right = PACK.replace(own, "      " + crossing.replace("CONDITION", f"{{{trend}}}") + "\n")
    right = right.replace(
        right[right.index("    message") : right.index("    help")], "    message: x\n"
    )
    (tmp_path / "pack.yaml").write_text(right)
    load([str(tmp_path)], shipped=False)
    wrong = right.replace("{value: {metric: dur, below: 1}}", f"{{{trend}}}")
    (problem,) = problems(tmp_path, wrong)
    assert (pointed(problem), "follow" in problem.message) == ("once", True)


def test_slips_of_different_sorts_are_told_together_in_order(tmp_path: Path) -> None:
    """A wrong type in one rule hides nothing of another; a second `help` hides nothing at all."""
    broken = PACK[PACK.index("  - id") :].replace("team/stands", "team/other")
    broken = broken.replace("severity: warning", "severity: wanring")
    twice = PACK[PACK.index("  - id") :].replace("{mel.change", "{mel.chnage")
    text = PACK.replace("below: budget", "below: bugdet") + broken + twice + "    help: Again.\n"
    found = problems(tmp_path, text)
    assert [pointed(problem) for problem in found] == [
        "bugdet",
        "wanring",
        "team/stands",
        "mel.chnage",
        "help",
    ]
    assert found[2].message.endswith("is defined twice; the first one is at line 13")
    assert sorted(problem.line or 0 for problem in found) == [problem.line for problem in found]


def test_a_rule_of_another_pack_is_not_defined_again(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PACK)
    (tmp_path / "b.yaml").write_text(PACK)
    with pytest.raises(RulebookError) as error:
        load([str(tmp_path)], shipped=False)
    (problem,) = error.value.problems
    assert (problem.line, pointed(problem)) == (13, "team/stands")
    assert problem.message == "rule `team/stands` is defined in another pack too"
