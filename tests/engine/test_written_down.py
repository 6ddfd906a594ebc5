"""How the records of a step are written down changes nothing: one line, many, any order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from healthlint.engine import judge
from healthlint.logs import Log
from healthlint.report import Finding, LogReport
from healthlint.rulebook import load
from healthlint.rulebook.checking import parts_of
from healthlint.ruletests.model import Case
from healthlint.ruletests.running import CaseFile, synthetic_log

FOLDER = Path(__file__).resolve().parents[2] / "rules" / "tests"
BOOK = load()
BY_LOOKS = {"since_best", "stays_above", "falls_behind", "improves_since"}
RULES = {
    rule.id
    for pack in BOOK.packs
    for rule in pack.rules
    if {part.name for part in parts_of(rule.when)} <= BY_LOOKS | {"all", "any", "either", "not"}
    and {part.name for part in parts_of(rule.when)} & BY_LOOKS
}
CASES = [
    pytest.param(case, id=f"{name}: {case.name}")
    for name in ("core", "tts")
    for case in CaseFile.read(str(FOLDER / f"{name}.yaml")).suite.tests
    if case.only and set(case.only) <= RULES
]


def rewritten(log: Log, order: list[int], every: int) -> Log:
    """Return a log with each record on ``every`` lines, each series on a line of its own."""
    run = log.runs[0]
    timeline = run.timelines[0]
    series = {
        key: replace(one, records=one.records * every + order[i] % every)
        for i, (key, one) in enumerate(timeline.series.items())
    }
    last = timeline.last_record * every + every - 1
    moved = replace(timeline, series=series, last_record=last)
    lines = np.arange(1, last + 2)
    return replace(log, runs=(replace(run, timelines=(moved,)),), lines=lines)


def told(report: LogReport) -> object:
    """Return verdicts and findings without lines."""

    def flat(found: Finding) -> object:
        ends = (found.first.step, found.last.step, found.severity, found.message, found.active)
        return found.rule, ends, [flat(one) for one in found.folded]

    states = [(one.rule, one.state) for one in report.verdicts]
    return states, [flat(one) for one in report.findings]


def test_there_are_rules() -> None:
    assert {"core/divergence", "core/overfit", "tts/over-smoothing", "tts/energy-stays"} <= RULES
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_does_not_depend_on_it(case: Case) -> None:
    log, chosen = synthetic_log(case), BOOK.select(case.only, profile="all")
    expected = told(judge(log, chosen))
    n = len(case.series)
    for order in (list(range(n)), list(range(n))[::-1]):
        assert told(judge(rewritten(log, order, n), chosen)) == expected
