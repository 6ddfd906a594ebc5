"""Good runs, from logs and from a profile of them, and what is said where they cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli.harness import Cli, Rows, write_rows

PACK = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss}
rules:
  - id: team/behind
    severity: warning
    summary: mel is behind good runs
    when: {compare: {metric: mel, above_by: 10%, deviations: 3}, for: 2 epochs}
    message: "mel {value:.3f} at epoch {epoch} is {change:+.0%} above {runs} good runs"
    help: h
"""
RULE = ("--rules", "team.yaml", "--select", "team", "--fail-on", "warning", "-o", "concise")
GOOD = ("0.jsonl", "1.jsonl", "2.jsonl", "3.jsonl")


def rows(seed: int, level: float = 1.0, epochs: int = 20) -> Rows:
    random = np.random.default_rng(seed)
    return [
        {
            "step": 10 * epoch,
            "epoch": epoch,
            "val/mel_loss": level * (epoch**-0.4 + 0.2) * float(np.exp(random.normal(0, 0.01))),
            "lr": 0.001,
        }
        for epoch in range(1, epochs + 1)
    ]


@pytest.fixture(autouse=True)
def logs(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(PACK)
    for seed in range(4):
        write_rows(tmp_path / f"{seed}.jsonl", rows(seed))
    write_rows(tmp_path / "good.jsonl", rows(9))
    write_rows(tmp_path / "bad.jsonl", rows(9, level=1.2))


def named(*paths: str) -> list[str]:
    return [word for path in paths for word in ("--reference", path)]


def test_a_profile_says_what_its_logs_say(cli: Cli, tmp_path: Path) -> None:
    done = cli("profile", *GOOD, "-o", "good.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "val/mel_loss     4  epoch 20  " in done.stdout
    assert "Written: good.json (4 runs)." in done.stdout
    assert (tmp_path / "good.json").stat().st_size < 5000
    for log, code in (("good.jsonl", 0), ("bad.jsonl", 1)):
        by_logs = cli("check", *RULE, *named(*GOOD), log)
        by_profile = cli("check", *RULE, *named("good.json"), log)
        assert (by_profile.returncode, by_profile.stdout) == (code, by_logs.stdout)
    assert (
        "mel 0.935 at epoch 4 is +22% above 4 good runs"
        in cli("check", *RULE, *named(*GOOD), "bad.jsonl").stdout
    )


def test_equal_runs_give_equal_bytes_and_nothing_is_written_unasked(
    cli: Cli, tmp_path: Path
) -> None:
    done = cli("profile", *GOOD[:2])
    assert "2 runs: rules compare with 3 or more." in done.stdout
    assert "Nothing is written; -o good.json writes a profile." in done.stdout
    cli("profile", *GOOD, "-o", "a.json")
    cli("profile", *GOOD, "-o", "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_the_config_names_them(cli: Cli, tmp_path: Path) -> None:
    cli("profile", *GOOD, "-o", "good.json")
    for reference in ("['[0-9].jsonl']", "[good.json]"):
        (tmp_path / "healthlint.yaml").write_text(f"reference: {reference}\nrules: [team.yaml]\n")
        assert "It fired first at epoch" in cli("explain", "team/behind", "bad.jsonl").stdout
        assert "It never fired" in cli("explain", "team/behind", "good.jsonl").stdout
        assert "fires on 1 of 2" in cli("backtest", "team", "bad.jsonl", "good.jsonl").stdout
    shown = [line.split() for line in cli("config", "show").stdout.splitlines()]
    assert ["reference", "good.json", "healthlint.yaml:1"] in shown


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        ((), "no good runs to compare with; name logs or a profile of them by --reference"),
        (GOOD[:2], "3 good runs are needed to compare with, and two of them have val/mel_loss"),
        (("other.jsonl",) * 3, "no val/mel_loss in the good runs (3 runs)"),
        (("scaled.jsonl",) * 3, "the good runs log mel_loss as L1 of ln-amp-mel, this one as"),
    ],
)
def test_what_is_not_judged(cli: Cli, tmp_path: Path, paths: tuple[str, ...], reason: str) -> None:
    write_rows(tmp_path / "other.jsonl", [{"step": i, "val/stop_loss": 1.0} for i in range(9)])
    head = {
        "_type": "run",
        "meta": {"metrics": {"mel_loss": {"kind": "l1", "space": "ln-amp-mel"}}},
    }
    write_rows(tmp_path / "scaled.jsonl", [head, *rows(1)])
    done = cli("check", "-v", *RULE[:-2], *named(*paths), "bad.jsonl")
    assert done.returncode == 3
    assert reason in " ".join(done.stdout.split())


def test_good_runs_are_read_only_where_a_rule_compares(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("{}\n")
    assert cli("check", "good.jsonl", *named("odd.json")).returncode == 0


def test_good_runs_that_are_not_there_are_refused_by_any_rules(cli: Cli) -> None:
    done = cli("check", "good.jsonl", *named("absent.json"))
    words = "healthlint check: error: absent.json: no such file\n"
    assert (done.returncode, done.stderr) == (2, words)
    done = cli("check", *RULE, *named("absent.json"), "good.jsonl")
    assert (done.returncode, "absent.json: no such file" in done.stderr) == (2, True)


def curve(**change: object) -> str:
    data = {"unit": "epochs", "scale": "", "at": [1, 2], "values": [1.0, 2.0], **change}
    runs = [{"log": "a", "metrics": {"val/mel_loss": data}}] * 3
    return json.dumps({"schema": "healthlint.profile/1", "runs": runs})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"schema": "healthlint.profile/1", "runs": [', "no JSON"),
        ('{"schema": "healthlint.profile/2"}', "not a profile of this version"),
        ('{"schema": "healthlint.profile/1"}', "not a whole profile"),
        ('{"schema": "healthlint.profile/1", "runs": ' + "[" * 9999, "no JSON"),
        (curve(at=[2, 1]), "positions must rise"),
        (curve(at=[1]), "positions must rise"),
        (curve(values=[1, float("nan")]), "positions must rise"),
        (curve(values=["x", 1]), "could not convert"),
        (curve(unit="years"), "the unit must be epochs or steps"),
    ],
)
def test_a_profile_that_is_none(cli: Cli, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    done = cli("check", *RULE, *named("bad.json"), "good.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("healthlint check: error: bad.json: ")
    assert words in done.stderr
    (tmp_path / "healthlint.yaml").write_text("reference: [bad.json]\n")
    placed = cli("check", *RULE, "good.jsonl").stderr
    assert placed.startswith("healthlint.yaml:1:13: bad.json: ")
