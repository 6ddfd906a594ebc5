"""Suppressions mark what they mean, for as long as they say, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from reporters.canonical import (
    AFTER_NAN,
    ENERGY_LAGS,
    HEALTHY,
    NONFINITE,
    OVER_SMOOTHING,
    verdict,
)

from healthlint.acceptance.suppression import Suppression, suppress
from healthlint.report import Finding, LogReport, Report
from healthlint.report.outcome import exit_code

TODAY = date(2026, 1, 31)
FAILED = replace(
    HEALTHY,
    findings=[OVER_SMOOTHING],
    verdicts=[verdict("tts/over-smoothing", "fail", findings=1)],
)


def one(rule: str = "tts/over-smoothing", **more: object) -> Suppression:
    return Suppression(rules=frozenset([rule]), rule=rule, reason="because", **more)  # type: ignore[arg-type]


def suppressed(*suppressions: Suppression, log: LogReport = FAILED) -> Report:
    return suppress(Report(version="0", fail_on="error", logs=[log]), suppressions, TODAY)


def reasons(report: Report) -> list[tuple[str, str]]:
    return [(found.rule, found.suppressed) for found in report.logs[0].findings]


@pytest.mark.parametrize(
    ("until", "code", "state"),
    [
        (date(2026, 1, 30), 1, "expired"),
        (date(2026, 1, 31), 0, "used"),
        (date(2026, 2, 1), 0, "used"),
        (None, 0, "used"),
    ],
)
def test_the_last_day_is_included(until: date | None, code: int, state: str) -> None:
    report = suppressed(one(until=until))
    assert exit_code(report) == code
    assert [(use.state, use.findings) for use in report.suppressions] == [(state, 1)]


@pytest.mark.parametrize(
    ("metric", "code"),
    [("mel", 0), ("mel_loss", 0), ("val/mel_loss", 0), ("*_loss", 0), ("energy", 1), ("me", 1)],
)
def test_a_metric_narrows_it(metric: str, code: int) -> None:
    assert exit_code(suppressed(one(metric=metric))) == code


@pytest.mark.parametrize(
    ("log", "folder", "code"),
    [
        ("runs/kokoro/logs.jsonl", "", 0),
        ("runs/*", "", 0),
        ("kokoro/*", "runs", 0),
        ("kokoro/*", "", 1),
        ("runs/other/*", "", 1),
    ],
)
def test_a_log_narrows_it_seen_from_the_config(log: str, folder: str, code: int) -> None:
    assert exit_code(suppressed(one(log=log, folder=folder))) == code


def test_another_rule_is_left_alone() -> None:
    log = replace(FAILED, findings=[OVER_SMOOTHING, ENERGY_LAGS])
    expected = [("tts/over-smoothing", "because"), ("tts/energy-lags-duration", "")]
    assert reasons(suppressed(one(), log=log)) == expected


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([verdict("tts/over-smoothing", "pass")], "unused"),
        ([verdict("tts/over-smoothing", "not_judged", "no sc")], "not_judged"),
        ([verdict("tts/over-smoothing", "pending", "too short")], "not_judged"),
        ([], "not_judged"),
    ],
)
def test_what_could_not_match_is_not_called_unused(verdicts: list[object], state: str) -> None:
    log = replace(HEALTHY, verdicts=verdicts)
    assert [use.state for use in suppressed(one(), log=log).suppressions] == [state]


def test_a_log_that_it_does_not_hold_for_says_nothing_of_it() -> None:
    (use,) = suppressed(one(log="other/*"), log=FAILED).suppressions
    assert use.state == "not_judged"


def folded(*followers: Finding) -> LogReport:
    return replace(HEALTHY, findings=[replace(NONFINITE, folded=followers)])


def test_what_hides_under_a_suppressed_finding_comes_out() -> None:
    report = suppressed(one("core/nonfinite"), log=folded(AFTER_NAN))
    assert reasons(report) == [("core/nonfinite", "because"), ("core/frozen", "")]
    assert exit_code(report) == 1


def test_a_suppressed_follower_stays_where_it_is() -> None:
    report = suppressed(one("core/frozen"), log=folded(AFTER_NAN))
    (root,) = report.logs[0].findings
    assert [(each.rule, each.suppressed) for each in root.folded] == [("core/frozen", "because")]
    assert report.suppressions[0].state == "used"


def test_root_and_follower_suppressed_are_quiet() -> None:
    both = [one("core/nonfinite"), one("core/frozen")]
    report = suppressed(*both, log=folded(AFTER_NAN))
    assert (exit_code(report), len(report.logs[0].findings)) == (0, 1)
