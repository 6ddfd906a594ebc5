"""The session of ``docs/configuration.md``: real commands in a folder with two real logs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "fixtures/configs/healthlint.yaml"
LOGS = {"teacher": "over-smoothed", "student": "high-lr"}
COMMANDS = (
    ("check", "-o", "concise"),
    ("check", "--write-baseline", "known.json", "-o", "concise"),
    ("check", "--baseline", "known.json", "--no-suppress", "-o", "concise"),
    ("config", "show", "--baseline", "known.json", "--fact", "language=en"),
)


def config_session() -> str:
    """Return the config, then each command with what it prints and its exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(CONFIG, folder)
        for run, fixture in LOGS.items():
            (folder / "runs" / run).mkdir(parents=True)
            shutil.copy(ROOT / f"fixtures/runs/{fixture}/logs.jsonl", folder / "runs" / run)
        config = f"$ cat healthlint.yaml\n{CONFIG.read_text(encoding='utf-8')}\n"
        return f"```\n{config}" + "\n".join(_shown(folder, words) for words in COMMANDS) + "```\n"


def _shown(folder: Path, words: tuple[str, ...]) -> str:
    """Return a command, what it prints, and its exit code."""
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
    return f"$ healthlint {' '.join(words)}\n{said}exit code {done.returncode}\n"
