"""Samples that a run announced become series on its epochs, and rules judge them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from spectrogram.runs import GENTLE, log

import healthlint
from healthlint.readers import read
from healthlint.spectrogram.series import with_sharpness

pytest.importorskip("scipy")
NAMES = ["sharpness", "sharpness_frequency", "sharpness_static", "sharpness_time"]


@pytest.mark.parametrize("targets", [True, False])
def test_series_of_samples(tmp_path: Path, targets: bool) -> None:
    run = with_sharpness(read(str(log(tmp_path, targets)))).runs[0]
    found = {name: run.series[f"val/{name}"] for name in NAMES}
    sharp = found["sharpness"]
    assert sharp.epochs.tolist() == list(range(1, 11))
    assert sharp.records.tolist() == list(range(10))
    assert np.all(np.diff(sharp.values[:5]) > 0)
    assert sharp.values[8] < 0.5 * sharp.values[7]
    for one in found.values():
        assert np.all((one.values >= 0) & (one.values <= 1))
    if targets:
        assert sharp.values[6] == pytest.approx(1.0)


def test_check_finds_announced_samples(tmp_path: Path) -> None:
    report = healthlint.check([log(tmp_path, targets=True, widths=GENTLE)], profile="all")
    fired = [one.rule for each in report.logs for one in each.findings]
    assert "spectrogram/blurring" in fired
    assert report.logs[0].problems == ()


def test_a_log_whose_samples_are_elsewhere_stays_as_it_is(tmp_path: Path) -> None:
    path = log(tmp_path, targets=True)
    for one in tmp_path.glob("*.npz"):
        one.unlink()
    made = with_sharpness(read(str(path)))
    assert list(made.runs[0].series) == ["val/mel_loss"]
    (problem,) = made.problems
    assert problem.message == "sample 1.npz was announced and is not there"
    assert (problem.line, problem.count, problem.kind) == (3, 10, "partial")


def test_samples_of_one_step_are_one_look(tmp_path: Path) -> None:
    """However many records were logged between them."""
    path = log(tmp_path, targets=True)
    whole = read(str(path))
    lines = []
    for line in path.read_text().splitlines(keepends=True):
        lines.append(line)
        if '"event": "sample"' in line:
            step = json.loads(line)["step"]
            lines.append(f'{{"step": {step}, "val/pitch_loss": 0.5}}\n')
            lines.append(line.replace('"clip": "a"', '"clip": "b"'))
    path.write_text("".join(lines))
    one, two = (with_sharpness(each).runs[0] for each in (whole, read(str(path))))
    sharp = two.series["val/sharpness"]
    assert sharp.values.tolist() == one.series["val/sharpness"].values.tolist()


def test_sharpness_that_was_logged_is_kept(tmp_path: Path) -> None:
    path = log(tmp_path, targets=True)
    path.write_text(
        path.read_text().replace('"val/mel_loss"', '"val/sharpness": 0.5, "val/mel_loss"')
    )
    series = with_sharpness(read(str(path))).runs[0].series
    assert set(series["val/sharpness"].values.tolist()) == {0.5}
    assert "val/sharpness_time" not in series


def test_a_broken_sample_is_a_problem_with_its_line(tmp_path: Path) -> None:
    path = log(tmp_path, targets=True)
    (tmp_path / "3.npz").write_bytes(b"PK")
    made = with_sharpness(read(str(path)))
    assert [(one.line, one.kind) for one in made.problems] == [(7, "partial")]
    assert "3.npz could not be looked at" in made.problems[0].message
    assert len(made.runs[0].series["val/sharpness"]) == 9
