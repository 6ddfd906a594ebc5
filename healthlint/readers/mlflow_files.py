"""MLflow's file store: ``mlruns/EXPERIMENT/RUN/metrics/NAME``, lines of time, value and step.

A name with ``/`` is a file in folders. A run is a log of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from healthlint.logs.model import Log
from healthlint.readers.filewise import MetricValues, to_log
from healthlint.readers.folders import below, entries
from healthlint.readers.numbers import parse
from healthlint.readers.problems import Problems
from healthlint.readers.source import opened
from healthlint.readers.textlog import lines

FORMAT = "mlflow-files"
KNOWN_BY = "a folder with `meta.yaml` and `metrics/`"
UNSEEN = ("no epoch, unless it was logged as a metric; system metrics are left out",)


def claim(folder: Path) -> list[Path] | None:
    """Return the sub-folders of a run, None for a folder that is none."""
    if not (folder / "meta.yaml").is_file() or not (folder / "metrics").is_dir():
        return None
    return entries(folder)[1]


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a run.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: A metric cannot be read.
    """
    problems = Problems()
    root = Path(path) / "metrics"
    found = [
        _read(file, file.relative_to(root).as_posix(), problems)
        for folder in (root, *below(root, 8))
        for file in entries(folder)[0]
    ]
    kept = [one for one in found if not one.name.startswith("system/")]
    return to_log(path, FORMAT, kept, "times", facts, problems)


def _read(path: Path, name: str, problems: Problems) -> MetricValues:
    found = MetricValues(name)
    with opened(str(path)) as source:
        for line in lines(source, problems):
            words = [parse(word) for word in line.text.split()]
            time, value, step = (*words, 0.0)[:3] if len(words) in (2, 3) else (None,) * 3
            if time is None or value is None or step is None:
                problems.add(f"{name}: a line that is no entry, left out", line.number)
            else:
                found.add(step, value, time)
    return found
