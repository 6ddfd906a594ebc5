"""One typing slip in a file of tests: it is named, pointed at, and what was meant is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.rulebook import PackProblem, RulebookError
from healthlint.ruletests.gathering import gather
from healthlint.ruletests.session import run

PACK = """\
schema: healthlint.rules/1
pack: own
metrics: {mel: mel_loss}
rules:
  - id: own/high
    severity: warning
    summary: mel is high
    when: {value: {metric: mel, above: 1}}
    message: m
    help: h
  - id: own/behind
    severity: warning
    summary: mel is behind
    when: {compare: {metric: mel, above_by: 10%, deviations: 3}}
    message: m
    help: h
"""
TESTS = """\
schema: healthlint.tests/1
tests:
  - name: high
    only: [own/high]
    facts: {steps_per_epoch: 10}
    every: 10 steps
    series: {val/mel_loss: "0.5 x3, 2..3 x4"}
    expect: [own/high]
    at: {own/high: 4}
  - name: as good runs
    only: [own/behind]
    series: {val/mel_loss: "1 x4"}
    reference: [{val/mel_loss: "1 x4"}, {val/mel_loss: "1 x4"}, {val/mel_loss: "1 x4"}]
    expect: []
survivors:
  - {bound: own/behind compare.deviations, why: of good runs that do not lie apart}
"""
# what is written, the slip in its place, the word pointed at, what was meant
SLIPS = [
    ("only: [own/high]", "onyl: [own/high]", "onyl", "did you mean `only`?"),
    ("[own/high]\n    facts", "[own/hihg]\n    facts", "own/hihg", "did you mean `own/high`?"),
    ("expect: [own/high]", "expect: [own/hihg]", "own/hihg", "did you mean `own/high`?"),
    ("expect: [own/high]", "expect: own/high", "own/high", "write `[own/high]`"),
    ("10 steps", "10 stpes", "stpes", "did you mean `steps`?"),
    ("10 steps", "10", "10", "write `10 epochs`"),
    ("series: {val/", "sereis: {val/", "sereis", "did you mean `series`?"),
    ('{val/mel_loss: "0.5', '{val/mel_los: "0.5', "val/mel_los", "did you mean `mel_loss`?"),
    ('{val/mel_loss: "0.5', '{vla/mel_loss: "0.5', "vla/mel_loss", "write `train/` or `val/`"),
    ("2..3 x4", "2.3 - x4", "2.3 - x4", "is not e.g. `1.2..0.7 x5`"),
    ("2..3 x4", "2..3 4x", "2..3 4x", "is not e.g. `1.2..0.7 x5`"),
    ("at: {own/high: 4}", "at: {own/hihg: 4}", "own/hihg", "did you mean `own/high`?"),
    ("at: {own/high: 4}", "at: {own/high: four}", "four", "expected a number"),
    ("reference: [{val/", "refrence: [{val/", "refrence", "did you mean `reference`?"),
    (
        "reference: [{val/mel_loss",
        "reference: [{val/mel_lss",
        "val/mel_lss",
        "did you mean `mel_loss`",
    ),
    ("expect: []", "expcet: []", "expcet", "did you mean `expect`?"),
    ("healthlint.tests/1", "healthlint.tests/2", "healthlint.tests/2", "`healthlint.tests/1`"),
    ("survivors:", "survivers:", "survivers", "did you mean `survivors`?"),
    (
        "compare.deviations",
        "compare.devaitions",
        "own/behind compare.devaitions",
        "did you mean `own/behind compare.deviations`?",
    ),
]


def told(folder: Path, tests: str) -> list[PackProblem]:
    """Return what is said of a file of tests."""
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(PACK)
    (folder / "tests" / "own.yaml").write_text(tests)
    paths = [str(folder / "own.yaml")]
    try:
        session = run(gather(paths), paths, mutants=True)
    except RulebookError as error:
        return list(error.problems)
    stale = session.mutation.stale if session.mutation else ()
    return [where for one in session.tried for _, where in one.differences] + list(stale)


def test_without_a_slip_nothing_is_said(tmp_path: Path) -> None:
    assert told(tmp_path, TESTS) == []


@pytest.mark.parametrize(("old", "new", "word", "meant"), SLIPS)
def test_a_slip(tmp_path: Path, old: str, new: str, word: str, meant: str) -> None:
    assert old in TESTS
    (problem,) = told(tmp_path, TESTS.replace(old, new, 1))
    assert problem.line is not None
    assert problem.column is not None
    start = problem.column - 1
    pointed = problem.excerpt[start : start + max(problem.length, 1)]
    assert word.startswith(pointed) or word in pointed
    assert word.split("/")[0] in problem.message
    assert meant in f"{problem.message} {problem.hint}"
