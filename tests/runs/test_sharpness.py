"""Two real runs that logged the sharpness of their validation mels, with no sample beside the log.

Equal but for the fault: from epoch 20 on the targets of one are blurred. Beside each log lies the
report of every rule. After a wanted change: ``HEALTHLINT_UPDATE_GOLDEN=1 pytest tests/runs``.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import healthlint
from healthlint.looking import look
from healthlint.report import Report
from healthlint.reporters import Style, render

RUNS = Path(__file__).parents[2] / "fixtures" / "sharpness"
FAULT = 20
STATIC_DB = 0.45
"""Static above the recordings' at which the verdict is `static`: theirs lies at -0.3, the bound
at +0.15."""


@cache
def checked(name: str) -> Report:
    return healthlint.check(RUNS / name / "logs.jsonl", profile="all")


def values(name: str, metric: str) -> np.ndarray:
    series = look(str(RUNS / name / "logs.jsonl")).runs[0].series[f"val/{metric}"]
    assert series.epochs.tolist() == list(range(1, 41))  # logged once, not seen once more
    return np.asarray(series.values)


@pytest.mark.parametrize("name", ["healthy", "blurred-targets"])
def test_report_is_the_one_beside_the_log(name: str) -> None:
    shown = replace(checked(name).logs[0], path=f"fixtures/sharpness/{name}/logs.jsonl")
    actual = render(replace(checked(name), logs=[shown]), "full", Style(width=100))
    golden = RUNS / name / "report.txt"
    if os.environ.get("HEALTHLINT_UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert actual == golden.read_text(encoding="utf-8")


def test_sharpness_rises_over_the_healthy_run() -> None:
    stats = pytest.importorskip("scipy.stats")
    rho = stats.spearmanr(np.arange(40), values("healthy", "sharpness")).statistic
    assert rho == pytest.approx(0.991, abs=0.0005)  # as docs/blur.md states
    assert not checked("healthy").logs[0].findings


def test_sharpness_falls_within_two_samples_of_the_fault() -> None:
    sharp = values("blurred-targets", "sharpness")
    assert np.argmax(sharp) + 1 in (FAULT - 2, FAULT - 1)
    assert np.all(np.diff(sharp[FAULT - 2 : FAULT + 5]) < 0)
    assert sharp[FAULT] < 0.8 * sharp[FAULT - 2]
    assert np.array_equal(
        sharp[: FAULT - 1],
        values("healthy", "sharpness")[: FAULT - 1],
    )


def test_the_fall_is_named_in_time() -> None:
    found = {one.rule: one for one in checked("blurred-targets").logs[0].findings}
    epoch = found["spectrogram/blurring"].first.epoch
    assert epoch is not None
    assert FAULT < epoch <= FAULT + 5


@pytest.mark.parametrize("name", ["healthy", "blurred-targets"])
def test_the_first_epochs_are_static_and_no_other(name: str) -> None:
    is_static = values(name, "sharpness_static") > STATIC_DB
    assert np.flatnonzero(is_static).tolist() == [0, 1]
