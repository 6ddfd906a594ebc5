"""The real runs that ship: each fault is found by its cause, the healthy ones are silent.

Beside each log lies the report that it must give. After a wanted change:
``HEALTHLINT_UPDATE_GOLDEN=1 pytest tests/runs``, then read the diff.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import healthlint
from healthlint.engine.binding import Scene
from healthlint.logs import Log, Run
from healthlint.readers import read
from healthlint.report import Finding, LogReport, Report
from healthlint.reporters import Style, render
from healthlint.timeline.projection import project

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "fixtures" / "runs"
LOGS = sorted(path.parent.name for path in RUNS.glob("*/logs.jsonl"))

# What each fault must be called, and the epochs in which it must be found: from the first in which
# anything could be seen to the latest that is still of use.
CAUSES: dict[str, tuple[str, int, int]] = {
    "energy-stuck": ("tts/energy-lags-duration", 8, 12),
    "high-lr": ("tts/no-learning", 9, 12),
    "inf": ("core/non-finite", 1, 12),
    "lr-jump": ("core/lr-jump", 9, 11),
    "misaligned": ("tts/duration-stuck", 7, 14),
    "nan": ("core/non-finite", 1, 2),
    "over-smoothed": ("tts/over-smoothing", 8, 14),
    "overfit": ("core/overfit", 20, 200),
}
SHORT = {
    "tts/detail-stalls",
    "tts/pitch-unnormalised",
    "tts/energy-unnormalised",
    "core/always-clipped",
}
HEALTHY = ("healthy-espeak", "healthy-festvox", "killed-and-resumed")


@cache
def checked(name: str) -> Report:
    return healthlint.check(RUNS / name / "logs.jsonl")


def judged(name: str) -> LogReport:
    return checked(name).logs[0]


def loud(name: str) -> list[Finding]:
    return [finding for finding in judged(name).findings if finding.severity != "info"]


def test_the_folder_holds_what_this_test_names() -> None:
    assert sorted({*CAUSES, *HEALTHY}) == LOGS


@pytest.mark.parametrize("name", LOGS)
def test_report_is_the_one_beside_the_log(name: str) -> None:
    shown = replace(judged(name), path=f"fixtures/runs/{name}/logs.jsonl")
    actual = render(replace(checked(name), logs=[shown]), "full", Style(width=100))
    golden = RUNS / name / "report.txt"
    if os.environ.get("HEALTHLINT_UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert actual == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(CAUSES))
def test_a_fault_is_found_by_its_cause_in_time(name: str) -> None:
    rule, earliest, latest = CAUSES[name]
    (found,) = [finding for finding in judged(name).findings if finding.rule == rule]
    epoch = found.first.epoch
    assert epoch is not None
    assert earliest <= epoch <= latest


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_raises_nothing_at_warning_or_above(name: str) -> None:
    assert loud(name) == []


@pytest.mark.parametrize("name", HEALTHY)
def test_silence_is_no_ignorance(name: str) -> None:
    """On the healthy runs every rule on what they log came to a verdict.

    Twelve epochs are too few to say that nothing stalls or turns, and 216 steps that a head fits
    raw values.
    """
    verdicts = judged(name).verdicts
    reasons = {one.rule: one.reason for one in verdicts if one.state == "not_judged"}
    absent = ("amp_scale", "`others`", "`length`", "alignment_score", "skipped_steps", "step_time")
    assert {rule for rule, why in reasons.items() if not any(one in why for one in absent)} == set()
    waiting = {verdict.rule for verdict in verdicts if verdict.state == "pending"}
    assert waiting == (SHORT if name == "killed-and-resumed" else set())


def test_a_resume_is_no_fault_and_no_new_run() -> None:
    run = judged("killed-and-resumed").run
    assert run is not None
    assert (run.number, run.attempts, len(run.resumed)) == (1, 2, 1)
    assert judged("killed-and-resumed").other_runs == []


@pytest.mark.parametrize("name", LOGS)
def test_the_log_was_read_whole(name: str) -> None:
    """Nothing was lost but the samples, which are not kept beside these logs."""
    problems = [each for each in judged(name).problems if "is not there" not in each.message]
    assert [problem.message for problem in problems if problem.kind != "partial"] == []
    assert len(problems) <= (1 if name == "killed-and-resumed" else 0)


def _crossings(log: Log, run: Run) -> list[tuple[float, float, float]]:
    """Return low and high ends of the projections of a run cut at every epoch, and the truth."""
    series = run.series["val/mel_loss"]
    axis = Scene.of(run.current, run.facts).clock.axis("epochs", series.records)
    best = np.minimum.accumulate(series.values)
    found = []
    for share in (0.5, 0.65, 0.8, 0.9, 0.97):
        bound = float(best[int(len(best) * share) - 1]) * 1.0001
        below = np.flatnonzero(series.values < bound)
        for stop in range(5, int(below[0]) + 1):
            ahead = project(axis[:stop], series.values[:stop], bound)
            if ahead is not None:
                found.append((ahead.low, ahead.high, float(axis[below[0]])))
    return found


def test_projections_of_the_healthy_runs_hold_at_least_as_often_as_stated() -> None:
    """Cut at every epoch, with bounds the run did come below, 80 % of the intervals hold it."""
    found = []
    for name in HEALTHY:
        log = read(str(RUNS / name / "logs.jsonl"))
        found += _crossings(log, log.runs[-1])
    held = [low <= truth <= high for low, high, truth in found]
    assert len(held) > 100
    assert np.mean(held) >= 0.8
