"""A watch that asks for a stop, without a watch."""

from __future__ import annotations

import json
from pathlib import Path

from healthlint.emit.stop import stop_file


def ask_to_stop(log: Path, attempt: int = 0) -> None:
    """Ask the run that a log is of to stop."""
    header = json.loads(log.read_text().splitlines()[0])
    said = {
        "rule": "core/non-finite",
        "message": "a loss became NaN",
        "run": header["run"],
        "attempt": attempt,
        "last_good_checkpoint": "",
    }
    stop_file(log).write_text(json.dumps(said))


def records(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]
