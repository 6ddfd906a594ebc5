"""Writes what repeats the code, or with ``--check`` fails where it is out of date."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from config_session import config_session
from report_schema import report_schema
from scale_tables import other_spaces_table, spaces_table, trainers_table
from seed_tables import seeds_table

from healthlint.cli import commands
from healthlint.rulebook.compiled import FILE as SHIPPED
from healthlint.rulebook.compiled import compile_packs

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
DEMO = (
    "fixtures/runs/over-smoothed/logs.jsonl",
    "fixtures/runs/healthy-espeak/logs.jsonl",
)


def demo() -> str:
    """Return what ``scripts/demo`` prints once everything is installed."""
    return "```\n$ scripts/demo\n" + "\n".join(map(_session, DEMO)) + "```\n"


def _session(log: str) -> str:
    """Return a check of a log, what it prints and its exit code."""
    return _shown(["check", log], f"check {log}")


def sessions(*commands: str) -> str:
    """Return commands of ``healthlint`` with what each prints, as a Markdown block."""
    shown = [_shown(_with_logs(command), command) for command in commands]
    return "```\n" + "\n".join(shown) + "```\n"


def _with_logs(command: str) -> list[str]:
    """Return the words of a command, its patterns of logs written out as a shell does it."""
    words = []
    for word in command.split():
        is_logs = word.endswith(".jsonl")
        found = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(word))] if is_logs else []
        words += found or [word]
    return words


def _shown(words: list[str], typed: str) -> str:
    """Return a command as it is typed, what it prints and its exit code."""
    plain = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "healthlint", *words]
    done = subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, check=False)
    return f"$ healthlint {typed}\n{done.stdout}{done.stderr}exit code {done.returncode}\n"


def command_table() -> str:
    """Return the commands as a Markdown table."""
    rows = [f"| `healthlint {name}` | {line} |" for name, line in commands().items()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows, ""])


GOOD = "fixtures/runs/healthy-*/logs.jsonl fixtures/runs/killed-and-resumed/logs.jsonl"
BLOCKS: dict[str, Callable[[], str]] = {
    "test-session": lambda: sessions("test fixtures/ruletests"),
    "mutate-session": lambda: sessions("test rules --coverage --mutate"),
    "backtest-session": lambda: sessions("backtest tts/over-smoothing fixtures/runs/*/logs.jsonl"),
    "calibrate-session": lambda: sessions(f"calibrate --rule tts/* {GOOD}"),
    "demo": demo,
    "commands": command_table,
    "spaces": spaces_table,
    "other-spaces": other_spaces_table,
    "trainers": trainers_table,
    "configuration": config_session,
    "seeds": seeds_table,
}


def filled(text: str) -> str:
    """Return a document with each generated block written anew."""
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}{found[3]}", text)


def files() -> dict[Path, str]:
    """Return the text that every generated file should have."""
    filled_in = (
        "README.md",
        "docs/scales.md",
        "docs/testing-rules.md",
        "docs/configuration.md",
        "docs/alarms.md",
        "fixtures/README.md",
    )
    schema = json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
    return {
        ROOT / "docs/schemas/report-1.json": schema,
        SHIPPED: compile_packs(list((ROOT / "rules").glob("*.yaml"))),
        **{ROOT / name: filled((ROOT / name).read_text(encoding="utf-8")) for name in filled_in},
    }


def main() -> int:
    """Write the files, or compare them, and return the exit code."""
    is_check = "--check" in sys.argv[1:]
    stale = [
        path
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        name = path.relative_to(ROOT)
        if is_check:
            print(f"{name} is out of date; run scripts/update-docs")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files()[path], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
