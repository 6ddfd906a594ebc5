"""What a head does, in words that hold for the values they are said of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import healthlint


def words(folder: Path, values: Sequence[float]) -> str:
    """Return what is said of a loss that is logged by steps alone."""
    path = folder / "logs.jsonl"
    rows = [{"step": 10 * at, "train/mel_loss": value} for at, value in enumerate(values, 1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return healthlint.check(path).logs[0].standing[0].trend_text


NOISY = [1.0 + 0.2 * (-1) ** i * (i % 3) for i in range(40)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([2.0, 1.0], "too few values to tell"),
        ([2.4, 1.6, 1.32, 1.15, 1.08, 1.06], "falling"),
        ([2.0, 1.0, 1.5, 1.2], "4 values, up and down"),
        ([0.99**i for i in range(20)], "falling at each of the last 7 looks"),
        ([1.0 + 0.0001 * (i % 2) for i in range(30)], "flat"),
    ],
)
def test_what_is_said(tmp_path: Path, values: list[float], said: str) -> None:
    assert words(tmp_path, values) == said


def test_what_noise_explains_is_said_to_be_within_it(tmp_path: Path) -> None:
    assert words(tmp_path, NOISY).endswith("over the last 8 looks, within its noise")


def test_a_level_above_its_best_says_so_and_nothing_of_a_fall_before(tmp_path: Path) -> None:
    values = [*[0.8**i for i in range(12)], *[0.8**11] * 4, *[0.8**11 * 1.5] * 8]
    assert words(tmp_path, values) == "50% above its best"


@pytest.mark.parametrize(("above", "is_said"), [(1.04, False), (1.06, True)])
def test_that_takes_five_percent(tmp_path: Path, above: float, is_said: bool) -> None:
    values = [*[0.9**i for i in range(12)], *[0.9**11] * 4, *[0.9**11 * above] * 8]
    assert ("above its best" in words(tmp_path, values)) == is_said
