"""Where values begin anew, a second start is known; no step is written there."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from healthlint.readers import read
from healthlint.readers.numbers_only import _Steps

START = [36.0 - at for at in range(10)]


def _course(values: Sequence[float]) -> list[int]:
    steps = _Steps()
    known = [step for at, value in enumerate(values, 1) for step in steps.take(at, value)]
    return [*known, *steps.close()]


def _written(path: Path, values: Sequence[float]) -> Path:
    path.write_text("".join(f"{value}\n" for value in values))
    return path


def test_a_second_start_is_a_run(tmp_path: Path) -> None:
    course = [*START, *[2.0] * 30]
    log = read(str(_written(tmp_path / "mel_loss.txt", [*course, *course])))

    assert [run.series["mel_loss"].steps[-1] for run in log.runs] == [40, 40]


@pytest.mark.parametrize(
    ("level", "again", "anew"),
    [
        (2.0, START, True),
        (2.0, START[:9], False),  # one value too few
        (2.0, [*START[:9], 2.0], False),  # a spike
        (2.0, [1.55 * each for each in START], True),
        (2.0, [1.65 * each for each in START], False),
        (2.0, [0.65 * each for each in START], True),
        (2.0, [0.55 * each for each in START], False),
        (11.9, START, True),
        (12.1, START, False),  # it had not fallen by three
    ],
)
def test_bounds_of_a_start(level: float, again: Sequence[float], anew: bool) -> None:
    values = [*START, *[level] * 20, *again, 2.0]
    steps = _course(values)

    assert len(steps) == len(values)
    assert steps.count(1) == 1 + anew
    assert anew or steps == [*range(1, len(values) + 1)]


def test_a_log_that_ends_within_a_start_goes_on() -> None:
    values = [*START, *[2.0] * 20, *START[:7]]
    assert _course(values) == [*range(1, len(values) + 1)]


def test_gains_and_zeros_never_begin_anew() -> None:
    values = [0.0] * 10 + [1.0] * 20 + [5.0] * 10
    assert _course(values) == [*range(1, 41)]


def test_files_of_a_folder_begin_anew_together(tmp_path: Path) -> None:
    course = [*START, *[2.0] * 30]
    _written(tmp_path / "mel_loss.txt", [*course, *course])
    _written(tmp_path / "duration_loss.txt", [1.0] * 80)
    log = read(str(tmp_path))

    assert [len(run.series["duration_loss"].values) for run in log.runs] == [40, 40]
