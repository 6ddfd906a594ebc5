"""One typing slip a pack: the error names it, points into it, and says what was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from healthlint.rulebook import PackProblem, RulebookError, load

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "packs"
TYPOS = sorted(FOLDER.glob("typo-*.yaml"))
EXPECTED = re.compile(r"^# expect: (\d+):(\d+) (\S+)(?: -> (.+))?$")


def problems(path: Path) -> tuple[PackProblem, ...]:
    with pytest.raises(RulebookError) as error:
        load([str(path)], shipped=False)
    return error.value.problems


def test_there_are_typos() -> None:
    assert len(TYPOS) >= 15


def test_without_a_slip_the_pack_loads() -> None:
    (pack,) = load([str(FOLDER / "good.yaml")], shipped=False).packs
    assert [rule.id for rule in pack.rules] == ["team/mel-stands"]


@pytest.mark.parametrize("path", TYPOS, ids=lambda path: path.stem)
def test_a_slip_is_named_pointed_at_and_corrected(path: Path) -> None:
    expected = EXPECTED.match(path.read_text().splitlines()[0])
    assert expected
    line, column, word, meant = expected.groups()
    (problem,) = problems(path)
    assert problem.line == int(line)
    assert problem.column is not None
    assert problem.column <= int(column) < problem.column + problem.length
    assert word in problem.message
    assert (meant or "") in problem.message.replace(f"`{word}`", "") + problem.hint


def test_the_caret_lies_under_the_word() -> None:
    (problem,) = problems(FOLDER / "typo-placeholder.yaml")
    _, excerpt, caret = str(problem).splitlines()
    assert excerpt[caret.index("^") : caret.rindex("^") + 1] == "mle.change"
