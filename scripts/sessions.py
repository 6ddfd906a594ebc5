"""Commands of ``healthlint`` as a document shows them: typed, what they print, their exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def shown(words: Sequence[str], folder: Path = ROOT, typed: str = "") -> str:
    """Return a command, what it prints and its exit code.

    Args:
        words: Its words after ``healthlint``.
        folder: Where it runs.
        typed: How it is shown where that is shorter.
    """
    plain = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    plain["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-m", "healthlint", *words],
        cwd=folder,
        env=plain,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    said = f"{done.stdout}{done.stderr}"
    return f"$ healthlint {typed or ' '.join(words)}\n{said}exit code {done.returncode}\n"
