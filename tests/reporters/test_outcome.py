"""One exit code for a report, whatever shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reporters.canonical import (
    ENERGY_LAGS,
    HEALTHY,
    LATE,
    MISSING,
    NONFINITE,
    OVER_SMOOTHING,
    SHORT,
    WEB,
    verdict,
)

from healthlint.logs import Problem
from healthlint.report import LogReport, Report, Severity
from healthlint.report.outcome import exit_code, worst

FAILED = replace(HEALTHY, findings=[OVER_SMOOTHING])
REQUIRED = replace(HEALTHY, required={"tts/x": "not judged"})
TORN = replace(HEALTHY, problems=[Problem(message="last line is torn", line=7)])
BROKEN = replace(HEALTHY, verdicts=[verdict("my/rule", "error", "divides by zero")])


@pytest.mark.parametrize(
    ("logs", "code"),
    [
        ([], 3),
        ([HEALTHY], 0),
        ([TORN], 0),
        ([FAILED], 1),
        ([BROKEN], 2),
        ([MISSING], 2),
        ([WEB], 3),
        ([SHORT], 3),
        ([REQUIRED], 3),
        ([replace(REQUIRED, findings=[OVER_SMOOTHING])], 1),
        ([HEALTHY, SHORT], 3),
        ([SHORT, FAILED, HEALTHY], 1),
        ([FAILED, MISSING, SHORT], 2),
    ],
)
def test_exit_code_of_logs(logs: list[LogReport], code: int) -> None:
    assert exit_code(Report(version="0", fail_on="error", logs=logs)) == code


@pytest.mark.parametrize(
    ("fail_on", "codes"),
    [("error", [1, 0, 0]), ("warning", [1, 1, 0]), ("info", [1, 1, 1])],
)
def test_fail_on_draws_the_line(fail_on: Severity, codes: list[int]) -> None:
    found = [OVER_SMOOTHING, ENERGY_LAGS, LATE]
    logs = [replace(HEALTHY, findings=[each]) for each in found]
    assert [exit_code(Report(version="0", fail_on=fail_on, logs=[log])) for log in logs] == codes


def test_a_superseded_finding_does_not_fail() -> None:
    log = replace(HEALTHY, findings=[replace(OVER_SMOOTHING, superseded=True)])
    assert exit_code(Report(version="0", fail_on="info", logs=[log])) == 0


def test_a_folded_finding_fails_even_where_its_cause_does_not() -> None:
    cause = replace(LATE, folded=NONFINITE.folded)
    assert (
        exit_code(Report(version="0", fail_on="error", logs=[replace(HEALTHY, findings=[cause])]))
        == 1
    )


def test_two_outranks_one_outranks_three_outranks_zero() -> None:
    assert [worst([0, 3]), worst([3, 1, 0]), worst([1, 2, 3])] == [3, 1, 2]
