"""Drawn logs whose mel loss is logged on other scales: the same verdicts once declared.

Healthy logs and faulty ones, through files, as trainers write them; single curves and all scales
are in tests/engine/test_scaling.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from alarms import judge
from shapes.dialects import TOLD
from shapes.draw import Draw
from shapes.faulty import small
from shapes.models import acoustic
from shapes.writing import log

from healthlint.report import LogReport

ABSOLUTE = {"tts/mel-phase-late", "tts/no-learning", "tts/mel-rests-high"}
GUIDE = {"kind": "l1", "space": "ln-power-mel"}
SCALES: Mapping[str, tuple[float, Mapping[str, object]]] = {
    "45 times": (45.0, GUIDE | {"logged_factor": 45}),
    "ln amplitude, 45 times": (22.5, {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45}),
    "decibels": (10 / math.log(10), {"kind": "l1", "space": "raw-db-mel"}),
}
SEEDS = range(6)


def drawn(seed: int) -> str:
    """Return a log of this project's trainer: healthy, over-smoothed or overfitting in turn."""
    draw = Draw("scales", seed)
    course = acoustic(draw, small(draw))
    for values, epochs in course.both():
        late = epochs > 15
        if seed % 3 == 1:
            values["spectral_convergence"] = 0.4 + 0.01 * epochs
        if seed % 3 == 2 and values is course.val:
            values["mel_loss"] = values["mel_loss"] * (1 + 0.01 * late * (epochs - 15))
    return log(course, TOLD[0])


def rescaled(text: str, factor: float, scale: Mapping[str, object]) -> str:
    """Return the log with its mel losses multiplied, and declared as told."""
    lines = [json.loads(line) for line in text.splitlines()]
    lines[0]["meta"]["metrics"]["mel_loss"] = dict(scale)
    for line in lines[1:]:
        for key in line:
            if key.endswith("/mel_loss"):
                line[key] *= factor
    return "".join(json.dumps(line) + "\n" for line in lines)


def told(report: LogReport) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    """Return of each rule its state, and where its findings begin and end."""
    places = {
        verdict.rule: [
            (finding.first, finding.last, finding.count, finding.active)
            for finding in report.findings
            if finding.rule == verdict.rule
        ]
        for verdict in report.verdicts
    }
    return {v.rule: (v.state, places[v.rule]) for v in report.verdicts}


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("seed", SEEDS)
def test_declared_scales_give_the_same_verdicts(seed: int, name: str, tmp_path: Path) -> None:
    factor, scale = SCALES[name]
    text = drawn(seed)
    guide = told(judge(tmp_path, rescaled(text, 1.0, GUIDE), "all"))
    other = told(judge(tmp_path, rescaled(text, factor, scale), "all"))
    relative = guide.keys() - ABSOLUTE
    assert {rule: other[rule] for rule in relative} == {rule: guide[rule] for rule in relative}
    assert [other[rule] for rule in sorted(ABSOLUTE)] == [("not_judged", [])] * len(ABSOLUTE)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_that_a_scale_cannot_give_leave_absolute_rules_out(
    seed: int, tmp_path: Path
) -> None:
    """45 times the loss under the header of the plain one: only what is relative is judged."""
    text = drawn(seed)
    guide = told(judge(tmp_path, rescaled(text, 1.0, GUIDE), "all"))
    report = judge(tmp_path, rescaled(text, 45.0, GUIDE), "all")
    other = told(report)
    for rule in guide.keys() - ABSOLUTE:
        assert other[rule] == guide[rule]
    for verdict in report.verdicts:
        if verdict.rule in ABSOLUTE:
            assert verdict.state == "not_judged"
            assert "above the most" in verdict.reason


def test_the_drawn_logs_differ_in_their_verdicts(tmp_path: Path) -> None:
    reports = [judge(tmp_path, drawn(seed), "all") for seed in SEEDS]
    failed = {v.rule for report in reports for v in report.verdicts if v.state == "fail"}
    assert {"tts/over-smoothing", "core/overfit"} <= failed
