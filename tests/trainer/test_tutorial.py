"""docs/tutorial.md is what one sees: trained, checked, probed, gated and reported anew.

Another machine trains to other digits, so lines are compared without numbers and curves, by their
first and last line and the exit code. ``HEALTHLINT_UPDATE_GOLDEN=1`` writes the page anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("espeakng_loader")
pytest.importorskip("soundfile")

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
SESSION = re.compile(r"(?P<open>```console\n)(?P<session>.*?)(?P<close>```)", re.DOTALL)
MOVING = re.compile(r"[▁▂▃▄▅▆▇█·]+|[-+]?\d[\d.,%]*(?:e[-+]?\d+)?")


def said(command: str, folder: Path) -> str:
    """Return a command, what it prints, and its exit code where it is not 0."""
    name, *args = shlex.split(command)
    assert name == "healthlint"
    done = subprocess.run(
        [sys.executable, "-m", "healthlint", *args],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "COLUMNS": "96",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    shown = done.stdout + ("" if args[0] == "train" else done.stderr)
    lines = [line.rstrip() + "\n" for line in (shown or done.stderr).splitlines()]
    code = f"exit code {done.returncode}\n" if done.returncode else ""
    return f"$ {command}\n{''.join(lines)}{code}"


def ends(session: str) -> list[str]:
    """Return what must be the same on every machine: the command, its first and last lines."""
    command, *lines = session.strip().split("\n")
    code = [line for line in lines if line.startswith("exit code")]
    rest = [MOVING.sub("#", line) for line in lines if line not in code]
    return [command, *rest[:1], *rest[-1:], *code]


def test_the_tutorial_is_what_one_sees(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    pieces = [found["session"] for found in SESSION.finditer(page)]
    assert len(pieces) == 5
    commands = [piece.partition("\n")[0].removeprefix("$ ") for piece in pieces]
    now = [said(command, tmp_path) for command in commands]
    if os.environ.get("HEALTHLINT_UPDATE_GOLDEN"):
        fresh = iter(now)
        page = SESSION.sub(lambda found: found["open"] + next(fresh) + found["close"], page)
        PAGE.write_text(page, encoding="utf-8")
    assert [ends(one) for one in now] == [ends(piece) for piece in pieces]
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("#")
