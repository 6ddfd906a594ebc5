"""The answer: one of six, worst first, green only where everything vital was looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

import healthlint
from healthlint.acceptance.suppression import Suppression
from healthlint.report import Answer

RUNS = Path(__file__).parents[2] / "fixtures" / "runs"
FALLING = [1.0 * 0.93**i + 0.2 for i in range(30)]


def answer(folder: Path, series: Mapping[str, Sequence[float]], **meta: object) -> Answer:
    """Return the answer to a log of one value an epoch."""
    path = folder / "logs.jsonl"
    count = max(map(len, series.values()))
    head = {"_type": "run", "_schema": "healthlint.log/1", "run": "1", "meta": meta}
    lines: list[Mapping[str, object]] = [head]
    for at in range(count):
        values = {name: column[at] for name, column in series.items() if at < len(column)}
        lines.append({"step": 10 * (at + 1), "epoch": at + 1, **values})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return healthlint.check(path).logs[0].answer


def both(values: Sequence[float]) -> dict[str, Sequence[float]]:
    return {"train/total_loss": values, "val/total_loss": values}


class TestStates:
    def test_a_run_that_falls_goes_on_and_is_green(self, tmp_path: Path) -> None:
        told = answer(tmp_path, both(FALLING))
        assert (told.state, told.is_green, told.next) == ("go on", True, "")
        assert "epoch 30" in told.reason

    def test_an_error_that_holds_stops(self, tmp_path: Path) -> None:
        told = answer(tmp_path, both([*FALLING, *[3.0] * 8]))
        assert (told.state, told.is_green) == ("stop", False)
        assert told.reason.startswith("divergence since epoch ")
        assert told.next.startswith("Stop.")

    def test_an_error_that_passed_asks_for_attention(self, tmp_path: Path) -> None:
        values = [*FALLING, float("nan"), *FALLING[-9:]]
        told = answer(tmp_path, both(values))
        assert told.state == "attention"
        assert told.reason.startswith("non-finite")

    def test_a_level_that_came_back_is_no_matter(self, tmp_path: Path) -> None:
        told = answer(tmp_path, both([*FALLING, *[3.0] * 4, *FALLING[-9:]]))
        assert told.state == "go on"

    def test_a_warning_that_holds_asks_for_attention(self, tmp_path: Path) -> None:
        worse = [0.4 + 0.01 * i for i in range(10)]
        val = [*FALLING[:20], *worse]
        told = answer(tmp_path, {"train/total_loss": FALLING, "val/total_loss": val})
        assert (told.state, told.is_green) == ("attention", False)
        assert told.reason.startswith("overfit since epoch ")

    def test_few_values_that_do_not_fall_are_too_early(self, tmp_path: Path) -> None:
        told = answer(tmp_path, {"train/total_loss": [1.0, 1.1, 1.05, 1.2]})
        assert (told.state, told.is_green) == ("too early", False)
        assert "looks" in told.reason

    @pytest.mark.parametrize(("planned", "state"), [(30, "finished"), (31, "go on")])
    def test_the_plan_decides_whether_it_is_finished(
        self, tmp_path: Path, planned: int, state: str
    ) -> None:
        assert answer(tmp_path, both(FALLING), planned_epochs=planned).state == state

    @pytest.mark.parametrize(("last", "state"), [(1e-6, "finished"), (1e-5, "go on")])
    def test_so_does_a_rate_that_is_gone(self, tmp_path: Path, last: float, state: str) -> None:
        rates = np.geomspace(2e-3, last, 30).tolist()
        assert answer(tmp_path, {**both(FALLING), "lr": rates}).state == state

    def test_nothing_but_values_that_are_no_numbers_cannot_tell(self, tmp_path: Path) -> None:
        told = answer(tmp_path, {"mel_lr": FALLING})
        assert (told.state, told.is_green) == ("cannot tell", False)


def test_what_was_not_looked_at_is_not_green(tmp_path: Path) -> None:
    """Validation without its training: overfit could not look."""
    told = answer(tmp_path, {"val/total_loss": FALLING})
    assert (told.state, told.is_green) == ("go on", False)


def test_the_cause_comes_before_what_follows(tmp_path: Path) -> None:
    report = healthlint.check(RUNS / "lr-jump").logs[0]
    assert report.answer.state == "stop"
    assert report.answer.reason.startswith("lr jump at epoch 9")


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ("over-smoothed", "stop"),
        ("overfit", "attention"),
        ("nan", "stop"),
        ("healthy-espeak", "finished"),
        ("healthy-festvox", "finished"),
        ("misaligned", "attention"),
    ],
)
def test_real_runs(run: str, state: str) -> None:
    assert healthlint.check(RUNS / run).logs[0].answer.state == state


def test_few_values_are_never_green_even_where_they_fall(tmp_path: Path) -> None:
    for count, state in ((7, "too early"), (8, "go on")):
        told = answer(tmp_path, both(FALLING[:count]))
        assert (told.state, told.is_green and count < 8) == (state, False)


def test_what_is_suppressed_does_not_decide() -> None:
    accepted = Suppression(
        rules=frozenset(), rule="tts/over-smoothing", reason="blurred on purpose"
    )
    log = healthlint.check(RUNS / "over-smoothed", suppress=[accepted]).logs[0]
    assert log.answer.state == "finished"
    assert log.findings[0].suppressed == "blurred on purpose"


def test_of_several_logs_only_the_worst_keep_all_their_curves() -> None:
    runs = [RUNS / name for name in ("healthy-espeak", "nan", "overfit")]
    logs = healthlint.check(runs, columns=100, most_drawn=1).logs
    drawings = [log.drawing for log in logs]
    assert [one is not None and one.is_small for one in drawings] == [True, False, True]
    small = drawings[0]
    assert small is not None
    assert [[curve.series for curve in one.curves] for one in small.charts] == [["val/mel_loss"]]
    assert len(small.charts[0].curves[0].xs) <= 80
