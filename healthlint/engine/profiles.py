"""Good runs that others are compared with: read from their logs, or from one small file.

A profile is JSON: of each run the course of each metric, an epoch a value, rounded to six digits.
It holds every run by itself, so that profiles can be joined, and what is computed of good runs is
computed in one place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from healthlint.files.limits import refuse_special, small_file
from healthlint.logs import Log, Run, Series
from healthlint.logs.choosing import choose
from healthlint.logs.model import Floats
from healthlint.logs.scales import resolve
from healthlint.readers import find_logs, read
from healthlint.rulebook.checking import parts_of
from healthlint.rulebook.model import Rulebook
from healthlint.timeline.bins import Grid, condense, natural
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Unit
from healthlint.timeline.reference import Curve, Reference
from healthlint.timeline.robust import median
from healthlint.timeline.waking import without_zeros

SCHEMA = "healthlint.profile/1"
MAX_BYTES = 64 << 20
"""Largest profile, in bytes."""
MAX_POINTS = 1000
"""Most values of a metric of one run."""
_HEAD = 4096


class ProfileError(ValueError):
    """Good runs cannot be used.

    Attributes:
        path: What the user named.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def attached(rulebook: Rulebook, paths: Sequence[str], facts: Mapping[str, object]) -> Rulebook:
    """Return the rulebook with its good runs, which are read only where a rule compares with them.

    Raises:
        ProfileError: A path cannot be used, or there is nothing at it though no rule needs it.
    """
    if not paths:
        return rulebook
    if not any(uses_reference(rule.when) for rule in rulebook.rules):
        _refuse_absent(paths)
        return rulebook
    return replace(rulebook, reference=load(paths, facts))


def _refuse_absent(paths: Sequence[str]) -> None:
    for path in find_logs(paths):
        if "://" not in path and not Path(path).exists():
            raise ProfileError(path, "no such file")


def uses_reference(condition: Any) -> bool:
    """Return whether a condition, or one inside it, compares with good runs."""
    return any(part.kind.uses_reference for part in parts_of(condition))


def load(paths: Sequence[str], facts: Mapping[str, object]) -> Reference:
    """Return the good runs of logs and profiles.

    Args:
        paths: Logs, whose last run counts, and profiles.
        facts: What the logs do not say.

    Raises:
        ProfileError: A path cannot be used.
    """
    runs: list[Mapping[str, Curve]] = []
    for path in find_logs(paths):
        runs += _profile(path) if _is_profile(path) else [of_log(read(path, facts))]
    name = paths[0] if len(paths) == 1 else f"{len(runs)} runs"
    return Reference(tuple(runs), name)


def of_log(log: Log) -> dict[str, Curve]:
    """Return the curves of the last run of a log that can be judged.

    Raises:
        ProfileError: It holds no run.
    """
    if not log.runs:
        reason = log.problems[0].message if log.problems else "nothing to compare with"
        raise ProfileError(log.path, reason)
    return of_run(choose(log, "last"))


def of_run(run: Run) -> dict[str, Curve]:
    """Return the curve of each metric of a run, by series; those without a value are left out."""
    clock = Clock.of(run.series.values())
    curves = {
        key: _curve(series, clock, run.facts) for key, series in run.series.items() if len(series)
    }
    return {key: curve for key, curve in sorted(curves.items()) if len(curve.axis)}


def _curve(series: Series, clock: Clock, facts: Mapping[str, object]) -> Curve:
    length = natural(series)
    grid = Grid.of(series.records, length, clock)
    bins = condense(without_zeros(series), grid, has_ended=True)
    unit: Unit = "epochs" if length.unit == "epochs" else "steps"
    axis = np.floor(bins.axis + 1e-9) if unit == "epochs" else series.steps[bins.last]
    is_known = np.isfinite(axis) & np.isfinite(bins.values)
    axis, values = axis[is_known], bins.values[is_known]
    rises = np.append(np.diff(axis) > 0, True)[: len(axis)]  # of several at one step the last
    return Curve(unit, *_thinned(axis[rises], values[rises]), str(resolve(series, facts).scale))


def _thinned(axis: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return at most a thousand points: the medians of stretches of equal length."""
    if len(axis) <= MAX_POINTS:
        return axis, values
    parts = np.array_split(np.arange(len(axis)), MAX_POINTS)
    middle = [median(values[part]) for part in parts]
    return np.array([axis[part[len(part) // 2]] for part in parts]), np.array(middle)


def text(runs: Iterable[tuple[str, Mapping[str, Curve]]]) -> str:
    """Return a profile of runs, each with the name of its log; equal runs give equal bytes."""
    data = [
        {"log": name, "metrics": {key: _wire(curve) for key, curve in curves.items()}}
        for name, curves in runs
    ]
    lines = ",\n".join(f"  {json.dumps(run, ensure_ascii=False)}" for run in data)
    return f'{{"schema": "{SCHEMA}", "runs": [\n{lines}\n]}}\n'


def _wire(curve: Curve) -> dict[str, object]:
    return {
        "unit": curve.unit,
        "scale": curve.scale,
        "at": [_rounded(value) for value in curve.axis.tolist()],
        "values": [_rounded(value) for value in curve.values.tolist()],
    }


def _rounded(value: float) -> float | int:
    value = float(f"{value:.6g}")
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _is_profile(path: str) -> bool:
    """Return whether a file is a profile: its beginning says so."""
    try:
        refuse_special(path)
        with Path(path).open("rb") as stream:
            return b'"healthlint.profile/' in stream.read(_HEAD)
    except OSError:
        return False


def _profile(path: str) -> list[dict[str, Curve]]:
    try:
        data = json.loads(small_file(path, MAX_BYTES))
    except OSError as error:
        raise ProfileError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ProfileError(path, f"no JSON: {error}".partition("\n")[0]) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ProfileError(path, f"not a profile of this version ({SCHEMA})")
    try:
        return [
            {str(key): _read(curve) for key, curve in run["metrics"].items()}
            for run in data["runs"]
        ]
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        reason = f"not a whole profile ({type(error).__name__}: {error}); write it anew"
        raise ProfileError(path, reason) from error


def _read(data: Mapping[str, Any]) -> Curve:
    """Return a curve of a profile.

    Raises:
        ValueError: It is none.
    """
    axis, values = (np.array([float(one) for one in data[name]]) for name in ("at", "values"))
    is_rising = bool((np.diff(axis) > 0).all())
    if len(axis) != len(values) or not is_rising or not all(map(math.isfinite, [*axis, *values])):
        raise ValueError("positions must rise, and have one finite value each")
    if data["unit"] not in ("epochs", "steps"):
        raise ValueError("the unit must be epochs or steps")
    return Curve(data["unit"], axis, values, str(data.get("scale", "")))
