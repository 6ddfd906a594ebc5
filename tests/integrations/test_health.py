"""What stops a trial: what is sick, at its step, and nothing else."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from healthlint.integrations._health import Health


@pytest.fixture(scope="module")
def health() -> Health:
    return Health()


def reported(values: list[float]) -> list[dict[str, float]]:
    return [{"step": at, "val/loss": value} for at, value in enumerate(values, 1)]


def falling(count: int) -> list[float]:
    return [1.0 * 0.93**i + 0.3 for i in range(count)]


def test_falling_values_are_not_sick(health: Health) -> None:
    assert health.of_values(reported(falling(30))) is None


def test_slow_values_are_merely_worse(health: Health) -> None:
    assert health.of_values(reported([3.0 * 0.995**i for i in range(30)])) is None


def test_nan_is_sick_at_its_step(health: Health) -> None:
    found = health.of_values(reported([*falling(11), math.nan, math.nan]))
    assert found is not None
    assert (found.rule, found.step) == ("core/non-finite", 12)
    assert str(found).startswith("core/non-finite at step 12: ")


def test_before_the_nan_nothing_is_sick(health: Health) -> None:
    assert health.of_values(reported(falling(11))) is None


def test_nothing_reported_is_nothing(health: Health) -> None:
    assert health.of_values([]) is None


def test_a_log_that_is_not_there_yet_asks_for_nothing(health: Health, tmp_path: Path) -> None:
    assert health.of_log(str(tmp_path / "logs.jsonl")) is None


def test_a_log_is_judged_as_it_grows(health: Health, tmp_path: Path) -> None:
    log = tmp_path / "logs.jsonl"
    seen = []
    for record in reported([*falling(11), math.nan]):
        with log.open("a") as stream:
            stream.write(json.dumps(record) + "\n")
        found = health.of_log(str(log))
        seen.append(found.rule if found else "")
    assert seen == [""] * 11 + ["core/non-finite"]


def test_a_rule_that_is_ignored_stops_nothing() -> None:
    health = Health(ignore=["core/non-finite"])
    assert health.of_values(reported([*falling(11), math.nan])) is None


def test_of_several_errors_the_first_is_the_reason() -> None:
    values = [*falling(15), *[5.0 * 1.3**i for i in range(15)], math.nan]
    found = Health().of_values(reported(values))
    assert found is not None
    assert found.rule == "core/divergence"
