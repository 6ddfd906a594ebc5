"""Better or worse than another run: at equal look, beyond noise, or not said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import healthlint
from healthlint.checking.selection import SelectionError
from healthlint.report import Comparison, LogReport


def falling(count: int, scale: float = 1.0, wobble: float = 0.004) -> list[float]:
    """Return values that fall to a floor, with a little noise that is the same each time."""
    signs = (1.0, -1.0, 0.5, -0.5, 0.0)
    return [scale * (0.3 + 0.93**i) * (1 + wobble * signs[i * 7 % 5]) for i in range(count)]


def write(path: Path, runs: Sequence[Sequence[float]], **meta: object) -> Path:
    """Write runs of one value an epoch one after the other."""
    lines = []
    for number, values in enumerate(runs):
        head = {"_type": "run", "_schema": "healthlint.log/1", "run": str(number), "meta": meta}
        lines.append(head)
        lines += [
            {"step": 10 * at, "epoch": at, "train/mel_loss": value}
            for at, value in enumerate(values, 1)
        ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def against(folder: Path, now: Sequence[float], then: Sequence[float]) -> Comparison | None:
    other = write(folder / "then.jsonl", [then])
    return healthlint.check(write(folder / "now.jsonl", [now]), against=str(other)).logs[0].against


def judged(path: Path) -> LogReport:
    return healthlint.check(path).logs[0]


def test_a_lower_level_at_the_same_epoch_is_better(tmp_path: Path) -> None:
    told = against(tmp_path, falling(20, 0.9), falling(40))
    assert told is not None
    assert (told.side, told.label) == ("better", "mel")
    assert told.change == pytest.approx(-0.1, abs=0.01)
    assert told.at is not None
    assert (told.at.epoch, told.at.step) == (20.0, None)


def test_what_came_later_is_not_compared(tmp_path: Path) -> None:
    """The other went on to a lower level; where both have come it was the higher one."""
    told = against(tmp_path, falling(20, 0.9), [*falling(20), *[0.01] * 30])
    assert told is not None
    assert told.side == "better"


@pytest.mark.parametrize(("scale", "side"), [(1.1, "worse"), (1.012, "alike"), (0.988, "alike")])
def test_a_difference_counts_beyond_two_percent(tmp_path: Path, scale: float, side: str) -> None:
    told = against(tmp_path, falling(30, scale, 0.0), falling(30, 1.0, 0.0))
    assert told is not None
    assert told.side == side


def test_noise_makes_a_difference_alike(tmp_path: Path) -> None:
    told = against(tmp_path, falling(30, 1.1, 0.15), falling(30, 1.0, 0.15))
    assert told is not None
    assert told.side == "alike"


def test_few_values_are_unclear(tmp_path: Path) -> None:
    told = against(tmp_path, falling(4, 0.5), falling(40))
    assert told is not None
    assert told.side == "unclear"


def test_another_metric_is_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    rows = [{"step": at, "epoch": at, "val/total_loss": 1 / at} for at in range(1, 20)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    now = write(tmp_path / "now.jsonl", [falling(20)])
    told = healthlint.check(now, against=str(path)).logs[0].against
    assert told is not None
    assert (told.side, told.reason) == ("unclear", "it logs no train/mel_loss")


def test_another_scale_is_not_compared(tmp_path: Path) -> None:
    other = write(tmp_path / "other.jsonl", [falling(20)], trainer="espnet")
    told = healthlint.check(write(tmp_path / "now.jsonl", [falling(20)]), against=str(other))
    assert told.logs[0].against is not None
    assert "another scale" in told.logs[0].against.reason


def test_the_run_before_is_compared_with_by_itself(tmp_path: Path) -> None:
    told = judged(write(tmp_path / "two.jsonl", [falling(30), falling(20, 0.8)])).against
    assert told is not None
    assert (told.name, told.side) == ("run 1", "better")
    assert judged(write(tmp_path / "one.jsonl", [falling(30)])).against is None


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    now = write(tmp_path / "now.jsonl", [falling(20)])
    with pytest.raises(SelectionError, match="absent"):
        healthlint.check(now, against=str(tmp_path / "absent.jsonl"))
