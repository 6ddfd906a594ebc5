"""Settings of a trial that an Optuna study keeps: SQLite beside the trials' folders.

A trial is found by the number in the name of its folder (``trial_7``, ``7``), in a database there
or above that holds one study, or one that a folder is named after. Of Optuna's tables ``studies``,
``trials`` and ``trial_params`` are read (its schema 12).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from healthlint.readers.databases import DatabaseError, columns_of, opened_database

_SUFFIXES = (".db", ".sqlite3", ".sqlite")
_TRIAL = re.compile(r"(?:.*trial)?[-_]?(\d{1,9})", re.I)
_QUERY = """
    SELECT study_name, number, param_name, param_value, distribution_json FROM trial_params
    JOIN trials USING (trial_id) JOIN studies USING (study_id) LIMIT 1000000
"""
Trials = Mapping[str, Mapping[int, Mapping[str, object]]]


def trial_settings(folders: Iterable[Path]) -> Mapping[str, object]:
    """Return the settings of the trial that a run is, none where it is no trial of a study.

    Args:
        folders: The folder of its log and those above it, nearest first.
    """
    number: int | None = None
    names: list[str] = []
    for folder in folders:
        for study in _databases(folder):
            with suppress(OSError):  # it went while we looked
                trials = _trials(str(study), study.stat().st_mtime_ns)
                own = [trials[name] for name in names if name in trials] or list(trials.values())
                if number is not None and len(own) == 1 and number in own[0]:
                    return own[0][number]
        names.append(folder.name)
        if number is None and (named := _TRIAL.fullmatch(folder.name)):
            number = int(named[1])
    return {}


def _databases(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(one for one in folder.iterdir() if one.suffix in _SUFFIXES and one.is_file())
    return []


@lru_cache(maxsize=16)
def _trials(path: str, _: int) -> Trials:
    """Return what each trial of each study was started with; nothing of what is no such store."""
    found: dict[str, dict[int, dict[str, object]]] = {}
    try:
        with Path(path).open("rb") as file:
            head = file.read(16)
        if not columns_of(head, path, "trial_params") >= {"trial_id", "distribution_json"}:
            return found
        with opened_database(path) as connection:
            rows = connection.execute(_QUERY).fetchall()
    except (OSError, DatabaseError):
        return found
    for study, number, name, value, distribution in rows:
        with suppress(ValueError, TypeError, KeyError, IndexError, OverflowError):
            trial = found.setdefault(str(study), {}).setdefault(int(number), {})
            trial[str(name)] = _value(value, json.loads(distribution))
    return found


def _value(value: float, distribution: Mapping[str, Mapping[str, list[object]]]) -> object:
    """Return a setting as it was suggested: Optuna keeps a choice by its index, all as floats."""
    kind = str(distribution["name"])
    if kind == "CategoricalDistribution":
        return distribution["attributes"]["choices"][int(value)]
    return int(value) if kind.startswith("Int") else value
