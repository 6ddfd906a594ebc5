"""``healthlint inspect`` and ``convert``: what people and programs see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.harness import Cli, rows, write_rows

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_a_folder_of_event_files(cli: Cli) -> None:
    done = cli("inspect", str(FIXTURES / "formats" / "tensorboard-torch"))
    assert done.returncode == 0
    assert "tensorboard   1 run" in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if "grad_norm" in line)
    assert "40 (2 not finite)  1 step" in line
    assert "not seen in this format: values are float32" in done.stdout


def test_json_has_scale_cadence_and_what_is_unseen(cli: Cli) -> None:
    done = cli("inspect", "-o", "json", str(FIXTURES / "formats" / "tensorboard-resumed"))
    (log,) = json.loads(done.stdout)["logs"]
    (run,) = log["runs"]
    (metric,) = run["metrics"]
    assert (run["resumed"], run["abandoned"], run["records"]) == ([20.0], 10, 50)
    assert (metric["metric"], metric["split"], metric["points"]) == ("mel_loss", "train", 40)
    assert (metric["every"], metric["unit"], metric["source"]) == (1.0, "step", "assumed")
    assert log["unseen"]


@pytest.mark.parametrize(
    ("name", "code"), [("web.log", 3), ("hf-cut.json", 2), ("header-only.csv", 3)]
)
def test_what_is_no_log(cli: Cli, name: str, code: int) -> None:
    done = cli("inspect", str(FIXTURES / "scars" / name))
    assert done.returncode == code
    assert "problem: " in done.stdout


def test_names_cannot_steer_the_terminal(cli: Cli, tmp_path: Path) -> None:
    write_rows(tmp_path / "log.jsonl", [{"step": 1, "mel_loss": 1, "a\x1b[31m\nb": 2}] * 2)
    done = cli("inspect", "log.jsonl")
    assert "\x1b" not in done.stdout
    assert "\\x1b[31m" in done.stdout


def test_convert_keeps_the_verdict(cli: Cli, tmp_path: Path) -> None:
    write_rows(tmp_path / "log.jsonl", rows())
    assert cli("convert", "log.jsonl", "-o", "new.jsonl").returncode == 0
    old, new = (cli("check", path).stdout for path in ("log.jsonl", "new.jsonl"))
    assert new == old.replace("log.jsonl", "new.jsonl")


def test_convert_replaces_nothing_unasked(cli: Cli, tmp_path: Path) -> None:
    write_rows(tmp_path / "log.jsonl", rows())
    done = cli("convert", "log.jsonl", "-o", "log.jsonl")
    assert done.returncode == 2
    assert "log.jsonl exists; --force replaces it" in done.stderr
    assert cli("convert", "log.jsonl", "-o", "log.jsonl", "--force").returncode == 0


def test_convert_of_nothing(cli: Cli) -> None:
    done = cli("convert", str(FIXTURES / "scars" / "web.log"))
    assert (done.returncode, done.stdout) == (3, "")
    assert "no line has a loss at a step or epoch" in done.stderr


@pytest.mark.parametrize(
    ("factor", "says"),
    [(8, "total_loss is about 8 times val/total_loss"), (1 / 48, "about 1/48 of"), (2, None)],
)
def test_accumulation_makes_training_and_validation_incomparable(
    cli: Cli, tmp_path: Path, factor: float, says: str | None
) -> None:
    logged = [{"step": s, "loss": factor * 4 / s, "epoch": s / 10} for s in range(1, 61)]
    for epoch in range(6, 0, -1):
        logged.insert(10 * epoch, {"step": 10 * epoch, "epoch": epoch, "eval_loss": 0.4 / epoch})
    write_rows(tmp_path / "log.jsonl", logged)
    said = " ".join(cli("inspect", "log.jsonl").stdout.split())
    assert ("from the start" in said) == (says is not None)
    assert says is None or says in said


def test_a_scale_that_the_first_values_contradict(cli: Cli) -> None:
    done = cli("inspect", str(FIXTURES / "scars" / "dllogger.json"))
    said = " ".join(done.stdout.split())
    assert "scale mel_loss L1 of ln-power-mel (assumed, contradicted)" in said
    assert "--fact metrics.mel_loss.space=..." in said


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (140, ["metric", "split", "logged", "as", "points", "every", "first", "last"]),
        (60, ["metric", "split", "logged", "as", "points", "last"]),
    ],
)
def test_a_narrow_terminal_gets_a_narrow_table(cli: Cli, width: int, heads: list[str]) -> None:
    path = str(FIXTURES / "formats" / "tensorboard-torch")
    done = cli("inspect", path, env={"COLUMNS": str(width)})
    table = [line for line in done.stdout.splitlines() if line.startswith("  metric")]
    assert [line.split() for line in table] == [heads]
