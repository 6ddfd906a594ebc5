"""Every command that looks at rules reads the config: own packs, params and facts, said once."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.harness import Cli

PACK = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss}
params: {most: 9}
rules:
  - id: team/high
    severity: warning
    summary: mel is high
    when: {value: {metric: mel, above: most * run.weight}}
    message: "mel {value:.3g} above {bound:.3g}"
    help: h
    why: w
"""
TESTS = """\
schema: healthlint.tests/1
tests:
  - name: above nine
    facts: {weight: 1}
    series: {mel_loss: "9.1"}
    only: [team/high]
    expect: [team/high]
"""
CONFIG = """\
rules: [packs]
facts: {weight: 1}
params: {team: {most: 1}}
"""
PLAIN = ("--no-config", "--rules", "packs", "--fact", "weight=1")


@pytest.fixture(autouse=True)
def team(tmp_path: Path) -> None:
    (tmp_path / "packs" / "tests").mkdir(parents=True)
    (tmp_path / "packs" / "team.yaml").write_text(PACK)
    (tmp_path / "packs" / "tests" / "team.yaml").write_text(TESTS)
    (tmp_path / "healthlint.yaml").write_text(CONFIG)


def test_explain(cli: Cli, healthy: Path) -> None:
    assert "most is 1 (a param)" in " ".join(cli("explain", "team/high").stdout.split())
    assert "It fired first at epoch 1 " in cli("explain", "team/high", healthy.name).stdout
    assert "It never fired" in cli("explain", "team/high", healthy.name, *PLAIN).stdout


def test_backtest(cli: Cli, healthy: Path, tmp_path: Path) -> None:
    assert "It fires on every one of" not in cli("backtest", "team/high", healthy.name).stdout
    assert "It fires on 1 of 1 judged run" in cli("backtest", "team/high", healthy.name).stdout
    assert "It fires on none of 1" in cli("backtest", "team/high", *PLAIN, healthy.name).stdout
    (tmp_path / "healthlint.yaml").write_text(f"{CONFIG}logs: ['*.jsonl']\n")
    assert healthy.name in cli("backtest", "team/high").stdout
    nothing = cli("backtest", "core/frozen", "--no-config")
    assert (nothing.returncode, "which LOG?" in nothing.stderr) == (2, True)


def test_rules_and_rules_check(cli: Cli) -> None:
    assert "team/high" in cli("rules").stdout
    assert "team/high" not in cli("rules", "--no-config").stdout
    assert cli("rules", "check").stdout == "1 rule checked: 0 errors, 0 warnings.\n"
    shipped = cli("rules", "--no-config", "check").stdout
    assert shipped == cli("rules", "check", "--no-config").stdout
    assert int(shipped.split()[0]) > 10


def test_rules_check_of_one_pack_knows_the_others(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(PACK.replace("team", "other"))
    done = cli("rules", "check", "other.yaml")
    assert done.stdout.startswith("1 rule checked: 0 errors")
    (tmp_path / "healthlint.yaml").write_text(CONFIG.replace("most: 1", "most: 9"))
    done = cli("rules", "check", "other.yaml")
    assert "this is the condition of team/high too" in done.stdout


def test_rules_new(cli: Cli, tmp_path: Path) -> None:
    done = cli("rules", "new", "team/stands", "--kind", "plateau")
    assert done.stdout.startswith("packs/team.yaml: rule team/stands")
    assert "no check reads it" not in done.stdout
    (tmp_path / "healthlint.yaml").write_text("rules: [packs/team.yaml]\n")
    done = cli("rules", "new", "mine/stands", "--kind", "plateau")
    assert done.stdout.startswith("rules/mine.yaml: new, rule mine/stands")
    assert "add it to `rules:` in healthlint.yaml, or use --rules rules/mine.yaml" in done.stdout


def test_packs_of_the_config_are_tested_as_they_are_written(cli: Cli) -> None:
    done = cli("test")
    assert (done.returncode, done.stdout) == (0, "1 test passed.\n")
    assert cli("test", "packs/tests/team.yaml", "--coverage").returncode == 1


def test_calibrate(cli: Cli, healthy: Path) -> None:
    done = cli("calibrate", "--rule", "team", healthy.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "as it is: alarms on 1 of 1 judged run" in done.stdout
    other = cli("calibrate", "--rule", "team", *PLAIN, healthy.name)
    assert "as it is: alarms on 0 of 1 judged run" in other.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("backtest", "core/frozen", "healthy.jsonl"),
        ("calibrate", "--rule", "core/frozen", "healthy.jsonl"),
        ("check", "healthy.jsonl"),
        ("config", "show"),
        ("explain", "core/frozen"),
        ("rules",),
        ("rules", "check"),
        ("rules", "new", "a/b", "--kind", "trend"),
        ("test", "packs/tests/team.yaml"),
    ],
)
class TestEverywhere:
    def test_a_config_is_read_or_not(
        self, cli: Cli, tmp_path: Path, healthy: Path, words: tuple[str, ...]
    ) -> None:
        (tmp_path / "healthlint.yaml").write_text("rlues: [packs]\n")
        done = cli(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "healthlint.yaml:1:1: unknown key `rlues`; did you mean `rules`?" in done.stderr
        assert "rlues" not in cli(*words, "--no-config").stderr
        (tmp_path / "other.yaml").write_text("fail-on: info\n")
        assert "rlues" not in cli(*words, "--config", "other.yaml").stderr
        both = cli(*words, "--config", "other.yaml", "--no-config")
        assert (both.returncode, "exclude each other" in both.stderr) == (2, True)

    def test_a_mistake_in_a_pack_of_the_config_is_told(
        self, cli: Cli, tmp_path: Path, healthy: Path, words: tuple[str, ...]
    ) -> None:
        if words[:2] in (("rules", "new"), ("config", "show")):
            return  # these do not look into packs
        (tmp_path / "packs" / "team.yaml").write_text(PACK.replace("value:", "vlaue:"))
        done = cli(*words)
        assert (done.returncode, done.stdout) == (2, "")
        place = "packs/team.yaml:9:12: unknown kind of condition `vlaue`; did you mean `value`?"
        assert place in done.stderr


@pytest.mark.parametrize("words", [("rules",), ("explain", "core/frozen"), ("rules", "check")])
def test_a_param_that_there_is_none_of_is_told_at_its_place(
    cli: Cli, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "healthlint.yaml").write_text("rules: [packs]\nparams: {team: {mots: 1}}\n")
    done = cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "healthlint.yaml:2:17: pack `team` has no param `mots`; did you mean `most`?"
    )


def test_options_may_stand_between_the_logs(cli: Cli, healthy: Path) -> None:
    done = cli("check", healthy.name, "--fact", "weight=1", healthy.name, "-o", "concise")
    assert (done.returncode, "in 2 logs" in done.stdout) == (0, True)
