"""Several reports of one run, and pictures: each where it was wanted, all with one exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cli.harness import Cli

from healthlint.reporters import formats


def test_one_run_writes_every_format(cli: Cli, broken: Path, tmp_path: Path) -> None:
    outputs = [word for name in formats() for word in ("-o", f"{name}:report.{name}")]
    done = cli("check", *outputs, "broken.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    for name in formats():
        assert (tmp_path / f"report.{name}").read_text(encoding="utf-8").endswith("\n")
    made = json.loads((tmp_path / "report.sarif").read_text())
    assert made["runs"][0]["invocations"][0]["exitCode"] == 1


@pytest.mark.parametrize("name", formats())
def test_a_log_that_is_not_there_is_said_in_every_format(name: str, cli: Cli) -> None:
    done = cli("check", "-o", name, "gone.jsonl")
    assert done.returncode == 2
    if name == "badge":  # it has room for two words
        assert "not read" in done.stdout
        return
    assert "gone.jsonl" in done.stdout
    assert "no such file" in done.stdout


def test_a_format_without_curves_draws_none(cli: Cli, healthy: Path) -> None:
    script = (
        "import sys, healthlint.cli as cli; cli.main(['check', '-o', 'json', 'healthy.jsonl']);"
        "assert 'healthlint.engine.drawing' not in sys.modules"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=healthy.parent, capture_output=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr


def test_a_picture_of_each_log(cli: Cli, healthy: Path, broken: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = cli("check", "-o", "concise", "--plot", "a.png", "healthy.jsonl", "broken.jsonl")
    assert done.returncode == 1, done.stderr
    for name in ("a-1.png", "a-2.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_equal_runs_give_equal_pictures(kind: str, cli: Cli, broken: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("a", "b"):
        assert cli("check", "--plot", f"{name}.{kind}", "broken.jsonl").returncode == 1
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_a_picture_of_nothing_is_said(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = cli("check", "--plot", "a.png", "gone.jsonl")
    assert done.stderr == "gone.jsonl has no curves to draw\n"
    assert not (tmp_path / "a.png").exists()


def test_a_picture_of_another_kind_is_refused(cli: Cli, healthy: Path) -> None:
    done = cli("check", "--plot", "a.gif", "healthy.jsonl")
    assert done.returncode == 2
    assert "--plot a.gif: a picture ends with one of .png, .svg, .pdf" in done.stderr


def test_names_from_a_log_are_no_formulas(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = [{"step": s, "mel_loss": 2.0 * 0.9**s + 0.2, "$x_$": 1.0 + s} for s in range(30)]
    path = tmp_path / "$a^$.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = cli("check", "--plot", "a.png", path.name)
    assert (tmp_path / "a.png").exists(), done.stderr
