"""``healthlint calibrate``: rules that fit good runs, as a pack with tests that pass."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
import yaml
from cli.forks import Forks
from cli.harness import Cli, Rows, write_rows

OWN = "own.yaml"


def good_run(seed: int, epochs: int = 40) -> Rows:
    """Return a good run of another trainer: mel from 43 to 20, duration from 5.5 to 1.5."""
    random = np.random.default_rng(seed)
    tempo = random.uniform(0.85, 1.2)

    def noise(size: float) -> float:
        return float(np.exp(random.normal(0, size)))

    records: Rows = []
    for epoch in range(1, epochs + 1):
        x = epoch * tempo
        mel, duration = 34 * x**-0.45, 4.2 * math.exp(-x / 9)
        records.append(
            {
                "step": 100 * epoch,
                "epoch": epoch,
                "train/total_loss": (mel + duration + 10) * noise(0.01),
                "train/mel_loss": (mel + 9) * noise(0.01),
                "val/mel_loss": (mel + 11) * noise(0.01),
                "val/duration_loss": (duration + 1.4) * noise(0.02),
                "val/spectral_convergence": (0.5 * x**-0.3 + 0.1) * noise(0.01),
                "val/energy_loss": (2 * math.exp(-x / 12) + 0.35) * noise(0.02),
            }
        )
    return records


GOOD = [f"{seed}.jsonl" for seed in range(5)]


@pytest.fixture
def good(tmp_path: Path) -> list[str]:
    """Return the logs of five good runs of a trainer whose losses are on another scale."""
    for seed, name in enumerate(GOOD):
        write_rows(tmp_path / name, good_run(seed))
    return GOOD


@pytest.fixture(scope="module")
def calibrated(
    forks: Forks, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CompletedProcess[str]]:
    """Return the folder with those logs and the pack that was made of them, and what was said."""
    folder = tmp_path_factory.mktemp("calibrated")
    for seed, name in enumerate(GOOD):
        write_rows(folder / name, good_run(seed))
    return folder, forks.run(["calibrate", "-o", OWN, *GOOD], folder, "", {}, timeout=60)


@pytest.fixture
def own(calibrated: tuple[Path, CompletedProcess[str]], tmp_path: Path) -> CompletedProcess[str]:
    """Put the logs and the pack into the test's folder; return what was said as it was made."""
    folder, done = calibrated
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return done


def rules(tmp_path: Path, file: str = OWN) -> dict[str, dict[str, object]]:
    """Return the rules of a written pack by their id."""
    return {one["id"]: one for one in yaml.safe_load((tmp_path / file).read_text())["rules"]}


def test_a_pack_for_another_trainer(cli: Cli, own: CompletedProcess[str], tmp_path: Path) -> None:
    assert (own.returncode, own.stderr) == (0, "")
    found = rules(tmp_path)
    assert list(found) == [
        "own/energy-lags-duration",
        "own/duration-stays",
        "own/duration-stuck",
        "own/mel-phase-late",
        "own/no-learning",
        "own/energy-unnormalised",
        "own/mel-rests-high",
    ]
    assert [one for one in found.values() if "scale" in one] == []
    assert "0.3" not in str(found["own/duration-stuck"])
    reach = found["own/mel-phase-late"]["when"]["milestones"]["reach"]  # type: ignore[index]
    assert [one["by"] for one in reach] == ["10 epochs", "20 epochs", "40 epochs"]
    assert own.stdout.count("fitted without each run in turn: 0 of 5 runs") == 7
    assert "so at most 45 % (95 % confidence)" in own.stdout
    assert "core/lr-jump: no lr in this log" in own.stdout
    judged = cli("check", "--profile", "all", "--rules", OWN, "--require", *GOOD[:1], *GOOD)
    assert judged.returncode == 2  # a rule of that name does not exist: the options are read
    judged = cli("check", "--profile", "all", "--rules", OWN, "--fail-on", "info", *GOOD)
    assert judged.returncode == 0


def test_its_tests_pass_and_leave_nothing_untried(cli: Cli, own: CompletedProcess[str]) -> None:
    done = cli("test", OWN, "--coverage")
    assert (done.returncode, done.stderr) == (0, "")
    moved = cli("test", OWN, "--mutate").stdout
    for bound in ("value.below", "value.at_least", "milestones.reach.2.below", "reach.0.by"):
        assert f"{bound}\n" not in moved


def test_a_bad_run_of_that_trainer_is_seen(
    cli: Cli, own: CompletedProcess[str], tmp_path: Path
) -> None:
    """Duration that rests high, mel that is far behind: silent before, found after."""
    records = good_run(7)
    for record in records:
        record["val/duration_loss"] = 4.0
        record["val/mel_loss"] = 1.3 * float(str(record["val/mel_loss"]))
    write_rows(tmp_path / "bad.jsonl", records)
    before = cli("check", "--profile", "all", "-o", "concise", "bad.jsonl")
    assert "duration-stuck" in before.stdout  # 4 is above 0.3: it would fire on good runs too
    after = cli("backtest", "own/*", "--rules", OWN, "bad.jsonl").stdout
    fired = [part.split()[0] for part in after.split("\n\n") if " fired " in part]
    assert "own/mel-phase-late" in fired
    assert "own/duration-stuck" in fired


def test_a_relative_bound_is_loosened_where_a_good_run_comes_near(cli: Cli, tmp_path: Path) -> None:
    for seed in range(4):
        records = good_run(seed)
        for record in records[20:28]:
            record["train/total_loss"] = 1.8 * float(str(record["train/total_loss"]))
        write_rows(tmp_path / f"{seed}.jsonl", records)
    logs = [f"{seed}.jsonl" for seed in range(4)]
    before = cli("backtest", "core/divergence", *logs).stdout
    assert "every one of 4" in before
    done = cli("calibrate", "--rule", "core/divergence", "-o", OWN, *logs)
    assert "as it is: alarms on 4 of 4 judged runs" in done.stdout
    bound = str(rules(tmp_path)["own/divergence"]["when"]["either"][0]["stays_above"]["by"])  # type: ignore[index]
    assert 75 < float(bound.rstrip("%")) < 140
    assert "none of 4" in cli("backtest", "own/divergence", "--rules", OWN, *logs).stdout
    assert cli("test", OWN, "--coverage").returncode == 0


def test_a_wider_margin_gives_a_wider_bound(cli: Cli, good: list[str], tmp_path: Path) -> None:
    for name, margin in (("narrow", "10%"), ("wide", "50%")):
        rule = ("--rule", "tts/mel-phase-late")
        cli("calibrate", *rule, "--margin", margin, "-o", f"{name}.yaml", *good)
    last = [
        rules(tmp_path, f"{name}.yaml")[f"{name}/mel-phase-late"]["when"]["milestones"]["reach"][-1]  # type: ignore[index]
        for name in ("narrow", "wide")
    ]
    assert last[0]["below"] * 1.3 < last[1]["below"]


def test_without_o_nothing_is_written(cli: Cli, good: list[str], tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    done = cli("calibrate", "--rule", "tts/duration-stuck", *good)
    assert (done.returncode, sorted(tmp_path.iterdir())) == (0, before)
    assert "Nothing is written; -o mine.yaml" in done.stdout


def test_one_run_says_nothing_of_false_alarms(cli: Cli, good: list[str]) -> None:
    done = cli("calibrate", "--rule", "tts/duration-stuck", good[0])
    assert "one run says nothing of them" in done.stdout


def test_a_run_that_is_not_good_is_named(cli: Cli, good: list[str], broken: Path) -> None:
    done = cli("calibrate", "--rule", "core/non-finite", *good, "broken.jsonl")
    assert done.returncode == 3
    assert "fires on broken.jsonl whatever its bounds: is that a good run?" in done.stdout


def test_a_rule_without_tests_is_not_written(cli: Cli, good: list[str], tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text(
        "schema: healthlint.rules/1\npack: bare\nmetrics: {mel: mel_loss}\nrules:\n"
        "  - {id: bare/high, severity: info, summary: up, message: up, help: Look.,\n"
        "     when: {value: {metric: mel, above: 1}}}\n"
    )
    words = ("--rules", "bare.yaml", "--rule", "bare/high")
    done = cli("calibrate", *words, "-o", OWN, *good)
    assert done.returncode == 2
    assert "it has no test from which a firing example could be made" in done.stdout
    assert not (tmp_path / OWN).exists()


WRONG = {
    "a margin without unit": (("--margin", "25", "0.jsonl"), "'25' is not a percentage"),
    "no pack's name": (("-o", "Own.yaml", "0.jsonl"), "a pack is called as its file"),
    "a file that is there": (("-o", "there.yaml", "0.jsonl"), "there.yaml is there already"),
    "an unknown rule": (("--rule", "tts/oversmoothing", "0.jsonl"), "tts/over-smoothing"),
    "a missing log": (("nope.jsonl", "0.jsonl"), "nope.jsonl: no such file"),
    "a log of nothing": (("empty.jsonl",), "empty.jsonl: "),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_use(cli: Cli, tmp_path: Path, kind: str) -> None:
    write_rows(tmp_path / "0.jsonl", good_run(0))
    (tmp_path / "there.yaml").write_text("mine")
    (tmp_path / "empty.jsonl").write_text("")
    words, expected = WRONG[kind]
    done = cli("calibrate", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert (tmp_path / "there.yaml").read_text() == "mine"


def test_force_writes_over_what_is_there(cli: Cli, good: list[str], tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("mine")
    rule = ("--rule", "tts/duration-stuck")
    assert cli("calibrate", *rule, "--force", "-o", OWN, *good).returncode == 0
    assert cli("test", OWN).returncode == 0


def test_logs_without_epochs_give_milestones_in_steps(cli: Cli, tmp_path: Path) -> None:
    for seed in range(3):
        records = [{k: v for k, v in r.items() if k != "epoch"} for r in good_run(seed)]
        write_rows(tmp_path / f"{seed}.jsonl", records)
    done = cli("calibrate", "-o", OWN, *(f"{seed}.jsonl" for seed in range(3)))
    assert done.stdout.startswith("3 good runs, 4000 steps\n")
    rule = rules(tmp_path)["own/mel-phase-late"]
    reach = rule["when"]["milestones"]["reach"]  # type: ignore[index]
    assert [one["by"] for one in reach] == ["1000 steps", "2000 steps", "4000 steps"]
    assert "at step {step}" in str(rule["message"])
    assert cli("test", OWN, "--coverage", "--mutate").returncode == 0
