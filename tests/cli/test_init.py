"""`healthlint init`: what it writes works at once, and it never overwrites anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from cli.harness import Cli, write_rows

from healthlint.rulebook import load
from healthlint.ruletests.running import CaseFile, differences


def test_from_a_log(cli: Cli, tmp_path: Path, healthy: Path) -> None:
    done = cli("init", healthy.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "healthy.jsonl: 5 metrics (duration_loss, energy_loss, mel_loss, " in done.stdout
    assert "does not say utterances, planned_epochs" in done.stdout
    config = yaml.safe_load((tmp_path / "healthlint.yaml").read_text())
    assert config == {"rules": ["rules"], "logs": [healthy.name]}
    book = load([str(tmp_path / "rules")])
    assert [rule.id for rule in book.select(["own"]).rules] == ["own/mel-rises"]
    cases = CaseFile.read(str(tmp_path / "rules/tests/own.yaml")).suite.tests
    assert [str(one) for case in cases for one in differences(case, book)] == []
    used = cli("check", "--rules", "rules", "--select", "own", healthy.name)
    assert (used.returncode, "1 rule: 1 passed" in used.stdout) == (0, True)


def test_without_a_log(cli: Cli, tmp_path: Path) -> None:
    assert cli("init").returncode == 0
    assert (tmp_path / "rules" / "own.yaml").is_file()


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (("train/total_loss", "val/stop_loss"), "own/total-rises"),
        (("lr", "val/stop_loss"), "own/stop-rises"),
        (("my 'odd' score", "lr"), "own/lr-rises"),
    ],
)
def test_the_most_telling_metric(
    cli: Cli, tmp_path: Path, names: tuple[str, ...], rule: str
) -> None:
    rows = [{"step": i, "epoch": i, **dict.fromkeys(names, 1.0 + 1 / i)} for i in range(1, 30)]
    write_rows(tmp_path / "log.jsonl", rows)
    done = cli("init", "log.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"rule {rule}" in done.stdout


@pytest.mark.parametrize("name", ["healthlint.yaml", "rules/own.yaml"])
def test_nothing_is_overwritten(cli: Cli, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine\n")
    done = cli("init")
    assert done.returncode == 2
    assert f"{name} is there already; nothing was written" in done.stderr
    assert path.read_text() == "mine\n"
    others = [each for each in tmp_path.rglob("*") if each.is_file() and each != path]
    assert others == []


@pytest.mark.parametrize("text", [None, "", json.dumps({"step": 1}) + "\n"])
def test_a_log_that_says_nothing(cli: Cli, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "log.jsonl").write_text(text)
    done = cli("init", "log.jsonl")
    assert done.returncode == 2
    assert done.stderr.startswith("healthlint init: error: log.jsonl: ")
    assert not (tmp_path / "healthlint.yaml").exists()


def test_where_no_folder_can_be_made(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("a file\n")
    done = cli("init")
    assert done.returncode == 2
    assert done.stderr == "healthlint init: error: cannot write rules/own.yaml: File exists\n"
    assert not (tmp_path / "healthlint.yaml").exists()
