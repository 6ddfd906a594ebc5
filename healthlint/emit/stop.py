"""A stop that a watch asks for: a file beside the log, which the training reads after a step."""

import json
import os
from pathlib import Path
from typing import NamedTuple

SCHEMA = "healthlint.stop/1"


class Stop(NamedTuple):
    """Why a training is asked to stop.

    Attributes:
        rule: The rule of the finding.
        message: What was found.
        run: Id of the run that is meant, empty where its log gives none.
        attempt: The attempt that is meant, from 0.
        last_good_checkpoint: Path of the last checkpoint before it, relative to the log's folder,
            empty where none was announced.
    """

    rule: str
    message: str
    run: str
    attempt: int
    last_good_checkpoint: str


def stop_file(log: str | os.PathLike[str]) -> Path:
    """Return where a stop of a log's run is asked for: ``STOP.json`` beside ``logs.jsonl``.

    >>> stop_file("runs/ru/logs.jsonl").name, stop_file("runs/other.jsonl").name
    ('STOP.json', 'other.STOP.json')
    """
    path = Path(log)
    if path.is_dir():
        return path / "STOP.json"
    return path.with_name("STOP.json" if path.stem == "logs" else f"{path.stem}.STOP.json")


def read_stop(path: Path) -> Stop | None:
    """Return the stop that a file asks for, None where it cannot be read."""
    try:
        said = json.loads(path.read_bytes())
        return Stop(**{name: type_(said[name]) for name, type_ in Stop.__annotations__.items()})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
