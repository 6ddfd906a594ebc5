"""Text with several attempts in one file comes apart as a person would take it apart."""

import math
from pathlib import Path

import pytest

import healthlint
from healthlint.readers import read


def mel(step: float) -> float:
    return 0.6 + 2.5 * math.exp(-step / 8000) + 0.01 * math.sin(step)


def fastspeech2(*attempts: range) -> str:
    """Return attempts of ming024's trainer, appended one to the other."""
    return "".join(
        f"Step {step}/900000, Total Loss: {2 * mel(step):.4f}, Mel Loss: {mel(step):.4f}, "
        f"Mel PostNet Loss: {mel(step):.4f}, Duration Loss: {mel(step) / 5:.4f}\n"
        for steps in attempts
        for step in steps
    )


def styletts(*attempts: tuple[range, int]) -> str:
    """Return attempts of a trainer whose steps begin again with each epoch, by its length."""
    lines = []
    for epochs, length in attempts:
        for epoch in epochs:
            for step in range(10, length + 1, 10):
                loss = mel((epoch - 1) * length + step)
                lines.append(f"Epoch [{epoch}/200], Step [{step}/{length}], Mel Loss: {loss:.5f}\n")
            lines.append(f"Validation loss: {mel(epoch * length):.3f}\n\n\n\n\n\n")
    return "".join(lines)


def epochs_apart(*attempts: range) -> str:
    """Return attempts whose epoch does not tell the step, as in a fine-tuning."""
    return "".join(
        f"Epoch [1/10], Step [{step}/100000]: Mel Loss: {mel(step):.4f}\n"
        for steps in attempts
        for step in steps
    )


CASES = {
    "restarts and resumes": (
        fastspeech2(
            *(range(100, 600, 100), range(100, 300, 100), range(100, 20100, 100)),
            *(range(15100, 32000, 100), range(30100, 40000, 100)),
        ),
        [(500, []), (200, []), (39900, [15000, 30000])],
    ),
    "another length of the epoch": (
        styletts((range(1, 3), 3120), (range(1, 4), 6250), (range(3, 5), 6250)),
        [(6240, []), (25000, [12500])],
    ),
    "an epoch that stands still": (
        epochs_apart(range(12000, 12145, 5), range(12005, 12400, 5)),
        [(12395, [12000])],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_attempts(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    path = tmp_path / "train.log"
    path.write_text(text)
    found = [
        (
            max(one.steps.max() for one in run.series.values()),
            [timeline.resumed_from for timeline in run.timelines[1:]],
        )
        for run in read(str(path)).runs
    ]
    assert found == expected


@pytest.mark.parametrize("name", CASES)
def test_a_restart_is_no_spike_and_a_resume_no_step_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "train.log"
    path.write_text(CASES[name][0])
    report = healthlint.check(str(path), run="all", profile="all")
    assert [finding.rule for log in report.logs for finding in log.findings] == []
