"""The scripts are sound shell and say what they take."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = [
    path
    for path in sorted([*(ROOT / "scripts").iterdir(), *(ROOT / ".ci").rglob("*")])
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash")
]


def test_there_are_scripts() -> None:
    names = {path.name for path in SCRIPTS}
    assert {"setup", "check", "test", "demo", "run", "long", "torchaudio", "wheel"} <= names


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_run_and_stops_at_errors(path: Path) -> None:
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_setup_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(ROOT / "scripts" / "setup"), "everything"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "usage: scripts/setup [all|core]\n")


SKIPPING = """\
import pytest

def test_for_a_reason_of_the_list(): pytest.skip("no GPU here")

def test_for_another(): pytest.skip("no time")
"""


@pytest.mark.parametrize(("allowed", "code"), [("no GPU   \nno time", 0), ("no GPU", 1)])
def test_a_skip_that_nobody_allowed_fails_the_run(tmp_path: Path, allowed: str, code: int) -> None:
    for name in ("conftest.py", "examples.py"):
        (tmp_path / name).write_bytes((ROOT / "tests" / name).read_bytes())
    (tmp_path / "test_some.py").write_text(SKIPPING)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            tmp_path,
        ],
        env={**os.environ, "HEALTHLINT_SKIPS": allowed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert ("does not allow: " in done.stdout) == (code == 1)
    assert "test_for_another: no time" in done.stdout or code == 0


def test_every_skip_that_is_allowed_has_its_reason() -> None:
    lines = (ROOT / ".ci" / "skips").read_text(encoding="utf-8").splitlines()
    entries = [line.split("|") for line in lines if not line.startswith("#")]
    assert all(len(entry) == 2 and all(map(str.strip, entry)) for entry in entries)
