"""What a run was started with: its header's facts, the config beside its log, its path.

A config is looked for in the folder of the log and in three above it; the nearest one counts. So do
``name=value`` pairs in the names of these folders, as sweeps write them, and the store of an Optuna
study there. What a header says outranks the config, that the study, and that the names.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from healthlint.files.limits import small_file
from healthlint.fleet.row import Value
from healthlint.fleet.studies import trial_settings
from healthlint.looking.surroundings import parsed
from healthlint.readers.folders import home_of
from healthlint.rulebook.yaml12 import plain

CONFIGS = (
    ".hydra/config.yaml",
    "params.json",
    "hparams.yaml",
    "hparams.json",
    "args.json",
    "args.yaml",
    "config.yaml",
    "config.yml",
    "config.json",
    "files/config.yaml",
    "hyperparams.json",
)
"""Files that trainers and sweeps keep settings in, by rank."""
LEVELS = 3
"""Folders above that of the log that are looked into."""
MOST = 200
"""Settings of a run that are kept."""
MOST_BYTES = 256 << 10
"""Largest config that is read."""
LONGEST = 80
"""Characters of a value, beyond which it is cut."""
_DEEPEST = 8
_PAIR = re.compile(r"(?:^|[,;_\s])([A-Za-z][\w.]*?)=([^,;=]+?)(?=$|[,;\s]|_[A-Za-z][\w.]*=)")
# what Ray Tune puts before and behind the settings of a trial: its number, its time
_AROUND = re.compile(r"^.*?_\d{5}_\d+_|_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}.*$")


def settings_of(log: str, facts: Mapping[str, object]) -> dict[str, Value]:
    """Return the settings of a run, flat, sorted by name.

    Args:
        log: Its log: a file or a folder.
        facts: Facts of the run.
    """
    known: dict[str, Value] = {}
    for folder in reversed(_folders(log)):
        known |= dict(pairs(folder.name))
    known |= dict(_flat(trial_settings(_folders(log))))
    known |= _config(log) | _mlflow(log)
    known |= dict(_flat({key: value for key, value in facts.items() if key != "metrics"}))
    return dict(sorted(known.items())[:MOST])


def configs_of(log: str) -> list[str]:
    """Return the file beside a log that its settings are read from, or none."""
    for folder in _folders(log):
        with suppress(OSError):
            found = _config_in(str(folder), folder.stat().st_mtime_ns)
            if found and found != log:
                return [found]
    return []


@lru_cache(maxsize=1024)
def _config_in(folder: str, _: int) -> str:
    """Return the config in a folder, empty where there is none; looked for once."""
    paths = (f"{folder}/{name}" for name in CONFIGS)
    return next((path for path in paths if os.path.isfile(path)), "")  # noqa: PTH113 - many


def pairs(name: str) -> Iterator[tuple[str, Value]]:
    """Yield the settings that the name of a folder says.

    >>> dict(pairs("lr=0.01,opt.name=adam")), dict(pairs("f_00000_0_lr=0.1_2026-01-02_10-00-00"))
    ({'lr': 0.01, 'opt.name': 'adam'}, {'lr': 0.1})
    """
    for match in _PAIR.finditer(_AROUND.sub("", name)):
        yield match[1], _value(match[2].strip())


def _folders(log: str) -> list[Path]:
    """Return the folder of a log and those above it, nearest first."""
    own = home_of(log)
    return [own, *list(own.parents)[:LEVELS]]


def _config(log: str) -> dict[str, Value]:
    for path in configs_of(log):
        with suppress(OSError):
            return _read(path, Path(path).stat().st_mtime_ns)
    return {}


@lru_cache(maxsize=64)
def _read(path: str, _: int) -> dict[str, Value]:
    """Return the settings of a file; none where it is too large or no config."""
    said = parsed(Path(path), MOST_BYTES)
    return dict(_flat(said)) if isinstance(said, Mapping) else {}


def _mlflow(log: str) -> dict[str, Value]:
    """Return the params of a run in MLflow's file store."""
    folder = Path(log) / "params"
    found: dict[str, Value] = {}
    with suppress(OSError, ValueError):
        if (Path(log) / "meta.yaml").is_file():
            for path in sorted(folder.iterdir())[:MOST]:
                found[path.name] = _value(small_file(path, MOST_BYTES).decode())
    return found


def _flat(data: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Value]]:
    """Yield what a config says under dotted names; each value as a number, a word or a truth."""
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and "value" in value and value.keys() <= {"value", "desc"}:
            value = value["value"]  # as Weights & Biases wraps it
        if isinstance(value, Mapping):
            if depth < _DEEPEST and not str(key).startswith("_"):
                yield from _flat(value, f"{name}.", depth + 1)
        elif not str(key).startswith("_"):
            yield name, _value(value)


def _value(value: object) -> Value:
    if isinstance(value, str):
        value = plain(value)  # YAML 1.1 takes 1e-3 for a text
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 1 << 53:
        return value
    return str(value)[:LONGEST]
