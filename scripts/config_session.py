"""The session of ``docs/configuration.md``: real commands in a folder with two real logs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from sessions import ROOT, shown

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
        return f"```\n{config}" + "\n".join(shown(words, folder) for words in COMMANDS) + "```\n"
