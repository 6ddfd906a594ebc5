"""The highest rate that some runs do not exclude."""

from __future__ import annotations

import pytest

from healthlint.calibration.rates import highest_rate

# quantiles of the beta distribution: scipy.stats.beta.ppf(0.95, alarms + 1, runs - alarms)
KNOWN = [
    (0, 1, 0.95),
    (0, 5, 0.450720),
    (0, 20, 0.139108),
    (1, 10, 0.394163),
    (2, 20, 0.282619),
    (5, 10, 0.777559),
    (90, 100, 0.944737),
]


@pytest.mark.parametrize(("alarms", "runs", "expected"), KNOWN)
def test_the_bound_is_that_of_clopper_and_pearson(alarms: int, runs: int, expected: float) -> None:
    assert highest_rate(alarms, runs) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("runs", [5, 20, 100, 1000])
def test_without_an_alarm_it_is_close_to_the_rule_of_three(runs: int) -> None:
    assert 2.2 / runs < highest_rate(0, runs) < 3 / runs


def test_all_runs_with_an_alarm_exclude_nothing() -> None:
    assert highest_rate(4, 4) == 1.0
