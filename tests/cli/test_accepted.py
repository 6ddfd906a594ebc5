"""Suppressions and baselines through the real entry point."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cli.harness import Cli

import healthlint
from healthlint.acceptance.suppression import Suppression

SUPPRESS = """\
suppress:
  - rule: core/non-finite
    reason: a clip of silence
"""
RULES = ("--select", "core/non-finite")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config that suppresses what is wrong with the broken log."""
    path = tmp_path / "healthlint.yaml"
    path.write_text(SUPPRESS)
    return path


def report(cli: Cli, *args: str) -> Any:
    return json.loads(cli("check", "-o", "json", *args).stdout)


def test_a_suppressed_finding_is_counted_and_fails_nothing(
    cli: Cli, broken: Path, config: Path
) -> None:
    done = cli("check", *RULES, broken.name)
    assert done.returncode == 0
    assert "error[core/non-finite]" not in done.stdout
    assert "No other findings. 1 rule: 1 failed." in done.stdout
    assert "1 suppressed: core/non-finite (a clip of silence)" in done.stdout
    concise = cli("check", "-o", "concise", *RULES, broken.name)
    answer, counts = concise.stdout.splitlines()
    assert answer.startswith(f"{broken.name}: ")
    assert ": stop: " not in answer  # what is suppressed does not decide
    assert counts == "No other findings in 1 log, 1 suppressed. 1 rule: 1 failed."


def test_it_stays_in_json_with_its_reason(cli: Cli, broken: Path, config: Path) -> None:
    shown = report(cli, *RULES, broken.name)
    (found,) = shown["logs"][0]["findings"]
    assert (found["rule"], found["suppressed"]) == ("core/non-finite", "a clip of silence")
    assert shown["suppressions"] == [
        {
            "rule": "core/non-finite",
            "reason": "a clip of silence",
            "log": None,
            "metric": None,
            "until": None,
            "origin": "healthlint.yaml:2:5",
            "state": "used",
            "findings": 1,
        }
    ]


def test_no_suppress_lets_it_fail(cli: Cli, broken: Path, config: Path) -> None:
    done = cli("check", "--no-suppress", *RULES, broken.name)
    assert done.returncode == 1
    assert "error[core/non-finite]" in done.stdout
    assert "suppress" not in done.stdout


@pytest.mark.parametrize(("until", "code"), [("2000-12-31", 1), ("2999-12-31", 0)])
def test_an_expired_suppression_is_reported_and_suppresses_nothing(
    cli: Cli, broken: Path, config: Path, until: str, code: int
) -> None:
    config.write_text(SUPPRESS + f"    until: {until}\n")
    done = cli("check", *RULES, broken.name)
    assert done.returncode == code
    notice = "notice: healthlint.yaml:2:5: expired: suppression of core/non-finite ended on"
    assert (notice in done.stdout) == bool(code)


def test_an_unused_suppression_is_reported_one_that_was_not_tried_is_not(
    cli: Cli, healthy: Path, config: Path
) -> None:
    tried = cli("check", healthy.name)
    assert tried.returncode == 0
    assert "unused: suppression of core/non-finite matches no finding" in tried.stdout
    assert "unused" not in cli("check", "--select", "core/divergence", healthy.name).stdout


def test_a_suppression_in_toml_holds_too(cli: Cli, broken: Path, tmp_path: Path) -> None:
    table = "[[tool.healthlint.suppress]]\nrule = 'core'\nreason = 'x'\nuntil = 2999-12-31\n"
    (tmp_path / "pyproject.toml").write_text(f"[project]\nname = 'x'\n\n{table}")
    shown = report(cli, *RULES, broken.name)
    assert shown["exit_code"] == 0
    (use,) = shown["suppressions"]
    assert (use["origin"], use["until"]) == ("pyproject.toml:4:1", "2999-12-31")


@pytest.mark.parametrize(("today", "code"), [(date(2026, 1, 31), 0), (date(2026, 2, 1), 1)])
def test_the_day_can_be_given_from_python(broken: Path, today: date, code: int) -> None:
    one = Suppression(rules=frozenset(), rule="core/*", reason="because", until=date(2026, 1, 31))
    report = healthlint.check(broken, select=["core/non-finite"], suppress=[one], today=today)
    assert healthlint.exit_code(report) == code


def test_a_written_baseline_makes_findings_known(cli: Cli, broken: Path, tmp_path: Path) -> None:
    done = cli("check", *RULES, "--write-baseline", "b.json", broken.name)
    assert (done.returncode, done.stderr) == (
        0,
        "wrote b.json: 1 known finding, 1 of them new; 0 removed\n",
    )
    known = cli("check", *RULES, "--baseline", "b.json", broken.name)
    assert known.returncode == 0
    assert "error[core/non-finite]" in known.stdout
    assert ", known" in known.stdout
    assert "1 known. 1 rule: 1 failed." in known.stdout
    concise = cli("check", "-o", "concise", *RULES, "--baseline", "b.json", broken.name)
    assert concise.stdout.splitlines()[0].endswith("(known)")
    shown = report(cli, *RULES, "--baseline", "b.json", broken.name)
    assert [found["baseline"] for found in shown["logs"][0]["findings"]] == ["known"]
    assert cli("check", *RULES, broken.name).returncode == 1


def test_what_a_baseline_does_not_hold_is_new(
    cli: Cli, broken: Path, healthy: Path, tmp_path: Path
) -> None:
    cli("check", "--write-baseline", "b.json", healthy.name)
    shown = report(cli, "--baseline", "b.json", broken.name)
    assert shown["exit_code"] == 1
    assert shown["logs"][0]["findings"][0]["baseline"] == "new"


def test_what_is_fixed_is_reported(cli: Cli, broken: Path, healthy: Path) -> None:
    cli("check", *RULES, "--write-baseline", "b.json", broken.name)
    done = cli("check", "--baseline", "b.json", healthy.name)
    assert done.returncode == 0
    assert "notice: b.json: fixed: core/non-finite is not found" in done.stdout
    other = cli("check", "--select", "tts", "--baseline", "b.json", healthy.name)
    assert "1 known finding could not be looked for: core/non-finite" in other.stdout


def test_writing_anew_removes_what_is_fixed(
    cli: Cli, broken: Path, healthy: Path, tmp_path: Path
) -> None:
    cli("check", *RULES, "--write-baseline", "b.json", broken.name)
    done = cli("check", *RULES, "--write-baseline", "b.json", healthy.name)
    assert done.stderr == "wrote b.json: 0 known findings, 0 of them new; 1 removed\n"


def test_a_baseline_of_the_config_holds_unless_it_is_left_aside(
    cli: Cli, broken: Path, tmp_path: Path
) -> None:
    (tmp_path / "healthlint.yaml").write_text("baseline: b.json\n")
    wrote = cli("check", *RULES, "--no-config", "--write-baseline", "b.json", broken.name)
    assert wrote.returncode == 0
    codes = [
        cli("check", *RULES, *more, broken.name).returncode for more in ([], ["--no-baseline"])
    ]
    assert codes == [0, 1]


def test_a_baseline_is_not_written_from_what_could_not_be_read(
    cli: Cli, broken: Path, tmp_path: Path
) -> None:
    done = cli("check", "--write-baseline", "b.json", broken.name, "absent.jsonl")
    assert done.returncode == 2
    assert "b.json is not written: not everything could be judged" in done.stderr
    assert not (tmp_path / "b.json").exists()


def test_the_baseline_is_the_same_from_the_same_log(cli: Cli, broken: Path, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        cli("check", "--write-baseline", name, broken.name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
