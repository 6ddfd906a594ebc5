"""Completion in the shells themselves, from scripts made of the real parsers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cli.harness import SCRIPT, Cli

from healthlint.cli import commands
from healthlint.rulebook import load

RULES = [rule.id for pack in load(()).packs for rule in pack.rules]
PACKS = [pack.pack for pack in load(()).packs]
ASK = """\
source ./script
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_healthlint
printf '%s\\n' "${COMPREPLY[@]}"
"""


def ask(folder: Path, *words: str) -> list[str]:
    """Return what bash offers for the last of some words."""
    done = subprocess.run(
        ["bash", "-uc", ASK, "bash", "healthlint", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the script for bash."""
    folder = tmp_path_factory.mktemp("completion")
    done = subprocess.run(
        [SCRIPT, "completion", "bash"], capture_output=True, text=True, check=True
    )
    (folder / "script").write_text(done.stdout)
    return folder


CASES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "command": (("che",), ["check"]),
    "option": (("check", "--sel"), ["--select"]),
    "option after a log": (("check", "x.jsonl", "--fail"), ["--fail-on"]),
    "choice": (("check", "--fail-on", ""), ["error", "warning", "info"]),
    "format": (("check", "-o", "js"), ["json", "jsonl"]),
    "rule": (("check", "--require", "tts/over"), ["tts/over-smoothing"]),
    "rule after a comma": (
        ("check", "--select", "core,tts/over"),
        ["core,tts/over-smoothing"],
    ),
    "rule after an equals sign": (
        ("check", "--select", "=", "tts/over"),
        ["tts/over-smoothing"],
    ),
    "at an equals sign": (("check", "--fail-on", "="), ["error", "warning", "info"]),
    "position": (("completion", ""), ["bash", "zsh", "fish"]),
    "option of another command": (("doctor", "--sel"), []),
    "a log": (("check", "x"), []),
    "a log after an option with a value": (("check", "--fact", "a=1", "x"), []),
    "before a command": (("--ver",), ["--version"]),
}


@pytest.mark.parametrize("case", CASES)
def test_bash_offers_what_can_stand_there(folder: Path, case: str) -> None:
    words, offered = CASES[case]
    assert ask(folder, *words) == offered


def test_bash_offers_every_command_and_every_rule(folder: Path) -> None:
    assert ask(folder, "") == list(commands())
    assert ask(folder, "check", "--require", "") == RULES
    assert set(ask(folder, "check", "--select", "")) == {*RULES, *PACKS}


def test_commands_within_commands_are_offered(folder: Path) -> None:
    assert ask(folder, "rules", "ne") == ["new"]
    assert ask(folder, "rules", "check", "--te") == ["--test"]
    assert ask(folder, "rules", "back") == ["backtest"]
    assert ask(folder, "rules", "new", "--sev") == []


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_offers_what_can_stand_there(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(cli("completion", "fish").stdout)
    asked = "source ./script; complete -C 'healthlint check --require tts/over'"
    done = subprocess.run(
        ["fish", "-c", asked], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["tts/over-smoothing"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_reads_its_script(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(cli("completion", "zsh").stdout)
    subprocess.run(["zsh", "-n", "script"], cwd=tmp_path, check=True)
