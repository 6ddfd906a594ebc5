"""Logs with the scars of real ones, each with the verdict that it must come to."""

from pathlib import Path

import pytest

import healthlint

FOLDER = Path(__file__).parents[2] / "fixtures" / "scars"
NONFINITE = "core/non-finite"
EXPECTED: dict[str, tuple[int, set[str]]] = {
    "bars.out": (1, {NONFINITE}),
    "console.md": (1, {NONFINITE}),
    "coqui.txt": (1, {NONFINITE}),  # in the running mean alone
    "dllogger-first.json": (1, {NONFINITE}),
    "dllogger-inference.json": (3, set()),
    "dllogger.json": (1, {NONFINITE}),
    "espnet.log": (1, {NONFINITE}),
    "fairseq.log": (0, set()),  # a gradient norm of NaN at its first step
    "fastspeech-2019.txt": (1, {NONFINITE}),
    "fastspeech2.txt": (1, {NONFINITE}),  # of its second attempt
    "header-only.csv": (3, set()),
    "hf-cut.json": (2, set()),
    "hf-nan.json": (0, set()),
    "jets.log": (0, set()),  # a sum of 120 is no loss of the generator
    "keithito.log": (1, {NONFINITE}),  # in the running mean alone
    "mel_loss.txt": (1, {NONFINITE}),
    "mlperf.log": (1, {NONFINITE}),
    "mmcv.json": (1, {NONFINITE}),
    "mmengine.json": (0, set()),
    "paddlespeech.log": (0, set()),
    "printed.out": (1, {NONFINITE}),  # of validation; that of its first gradient is none
    "run-a-tag-train_mel_loss.csv": (0, set()),
    "rvc.log": (1, {NONFINITE}),
    "semicolons.csv": (0, set()),
    "so-vits.log": (0, set()),
    "styletts2.log": (1, {NONFINITE}),
    "timm-summary.csv": (1, {NONFINITE}),
    "traceback.log": (3, set()),
    "vits.log": (1, {NONFINITE}),
    "wandb-export.csv": (1, {NONFINITE}),
    "web.log": (3, set()),
}


def test_every_log_has_its_verdict():
    assert EXPECTED.keys() == {p.name for p in FOLDER.iterdir() if ".expect." not in p.name}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name):
    report = healthlint.check(str(FOLDER / name))
    rules = {finding.rule for log in report.logs for finding in log.findings}
    assert (healthlint.exit_code(report), rules) == EXPECTED[name]


def test_a_restart_is_no_spike_and_a_resume_no_step_error():
    report = healthlint.check(str(FOLDER / "fastspeech2.txt"), run="all", profile="all")
    found = {finding.rule for log in report.logs for finding in log.findings}
    assert found == {NONFINITE}
    resumed = FOLDER.parent / "formats" / "tensorboard-resumed"
    (log,) = healthlint.check(str(resumed), profile="all").logs
    assert not log.findings
