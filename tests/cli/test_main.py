"""The command line as a whole: help, versions, internal errors, and what is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.harness import SCRIPT, Cli

import healthlint
from healthlint.cli import commands, parser

HEAVY = {"torch", "torchaudio", "librosa", "matplotlib", "scipy", "rich", "tensorboard"}


def imported(args: list[str], env: dict[str, str], cwd: Path) -> set[str]:
    """Return the top-level packages that a Python command line imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *args],
        capture_output=True,
        text=True,
        env=env,
        cwd=cwd,
        timeout=60,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    assert len(lines) > 10
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_check_imports_nothing_heavy(
    healthy: Path, clean_env: dict[str, str], tmp_path: Path
) -> None:
    found = imported(["-m", "healthlint", "check", str(healthy)], clean_env, tmp_path)
    assert found & HEAVY == set()
    assert found & {"pydantic", "yaml", "tomllib"} == set()
    assert "pydantic" not in found
    assert "numpy" in found


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_imports_no_command(option: str, clean_env: dict[str, str], tmp_path: Path) -> None:
    found = imported(["-m", "healthlint", option], clean_env, tmp_path)
    assert found & {*HEAVY, "numpy", "yaml", "pydantic", "orjson"} == set()


def test_importing_the_package_imports_nothing(clean_env: dict[str, str], tmp_path: Path) -> None:
    found = imported(["-c", "import healthlint"], clean_env, tmp_path)
    assert found & {*HEAVY, "numpy", "yaml", "pydantic", "orjson", "argparse"} == set()


def test_help_lists_every_command(cli: Cli) -> None:
    done = cli("--help")
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert sorted(listed) == list(commands())
    assert listed[0] == "check"


def test_every_command_has_a_help_line_and_help(cli: Cli) -> None:
    assert [name for name, line in commands().items() if not line] == []
    done = cli("check", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--fail-on" in done.stdout


def test_version(cli: Cli) -> None:
    assert cli("--version").stdout == f"healthlint {healthlint.__version__}\n"


def test_a_log_without_a_command_is_told_which(cli: Cli, healthy: Path) -> None:
    done = cli(healthy.name)
    assert done.returncode == 2
    assert "did you mean `healthlint check healthy.jsonl`?" in done.stderr


@pytest.mark.parametrize("command", commands())
def test_sentences_of_help_fit_a_narrow_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = parser(command).format_help().splitlines()
    assert [line for line in lines if line[:1] != " " and len(line) > 80] == []


def test_examples_of_help_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = parser("blur").format_help().splitlines()
    start = lines.index("examples:")
    assert lines[start + 1] == "  healthlint blur samples/ --reference recordings/"
    assert lines[start + 4].startswith("exit codes: 0 nothing found, 1 blurred, ")


def test_help_to_a_closed_pipe_is_quiet(clean_env: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [SCRIPT, "--help"], stdout=writer, stderr=subprocess.PIPE, env=clean_env, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_without_a_command_it_shows_help_and_fails(cli: Cli) -> None:
    done = cli()
    assert (done.returncode, done.stdout) == (2, cli("--help").stdout)


# An input that no reader expects: the file is a name of ours that cannot be imported any more.
BREAK = """\
import sys

class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "healthlint.readers":
            raise RuntimeError("first line\\nsecond line")

sys.meta_path.insert(0, Broken())
"""


def test_an_internal_error_is_one_line(clean_env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BREAK)
    env = {**clean_env, "PYTHONPATH": str(tmp_path)}
    plain, traced = (
        subprocess.run(
            [SCRIPT, "check", *options, "x.jsonl"],
            capture_output=True,
            text=True,
            env=env,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        for options in ([], ["--debug"])
    )
    expected = "internal error: RuntimeError: first line (run with --debug)\n"
    assert (plain.returncode, plain.stdout, plain.stderr) == (2, "", expected)
    assert traced.returncode == 2
    assert traced.stderr.startswith("Traceback")
    assert "second line" in traced.stderr


def test_the_package_offers_what_it_lists() -> None:
    assert [name for name in healthlint.__all__ if not hasattr(healthlint, name)] == []
    assert not hasattr(healthlint, "absent")


def test_check_from_python(broken: Path) -> None:
    report = healthlint.check(broken)
    assert healthlint.exit_code(report) == 1
    assert [found.rule for found in report.logs[0].findings][:1] == ["core/non-finite"]


def test_check_from_python_takes_several_paths(broken: Path, healthy: Path) -> None:
    report = healthlint.check([broken, str(healthy)], run=1, select=["core/non-finite"])
    assert [len(log.findings) for log in report.logs] == [1, 0]


def test_commands_of_rules_are_said_both_ways(cli: Cli) -> None:
    alone, under = (cli(*words, "core/overfit") for words in (["explain"], ["rules", "explain"]))
    assert (alone.returncode, alone.stdout) == (0, under.stdout)
    assert alone.stdout.startswith("warning[core/overfit]: ")
