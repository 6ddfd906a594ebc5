"""Runs the installed command in a clean environment without a network."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cli.forks import Forks
from cli.harness import SCRIPT, Cli, rows, write_rows

# An audit hook sees every socket, whoever opens it.
GUARD = """\
import sys

def refuse(event, args):
    if event.startswith("socket."):
        raise RuntimeError(f"network: {event}")

sys.addaudithook(refuse)
"""


STARTS_PYTHON = ("PYTHON", "LANG", "LC_", "PATH", "HOME", "TZ")
"""Variables with which a command has a process of its own."""


@pytest.fixture(scope="session")
def clean_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment of nothing but what a process needs, with the network forbidden."""
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(GUARD)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(folder),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "100",
    }


@pytest.fixture(scope="session")
def forks(clean_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Return what runs commands without importing everything anew."""
    made = Forks(clean_env, tmp_path_factory.mktemp("streams"))
    yield made
    made.close()


@pytest.fixture
def cli(clean_env: dict[str, str], forks: Forks, tmp_path: Path) -> Cli:
    """Return a function that runs ``healthlint`` in the test's folder."""

    def run(
        *args: str, stdin: str = "", env: Mapping[str, str] | None = None, cwd: str = "."
    ) -> subprocess.CompletedProcess[str]:
        if not any(name.startswith(STARTS_PYTHON) for name in env or {}):
            return forks.run(list(args), tmp_path / cwd, stdin, env or {}, timeout=60)
        return subprocess.run(
            [str(SCRIPT), *args],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path / cwd,
            env={**clean_env, **(env or {})},
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    """Return a log on which nothing fires."""
    return write_rows(tmp_path / "healthy.jsonl", rows())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a log whose training loss is NaN from epoch 21 on."""
    records = rows()
    for record in records[20:]:
        record["train/total_loss"] = math.nan
    return write_rows(tmp_path / "broken.jsonl", records)
