"""DVCLive: ``plots/metrics/NAME.tsv``, a table a metric; sub-folders are parts of its name."""

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

FORMAT = "dvclive"
KNOWN_BY = "a folder with `plots/metrics/*.tsv`"
UNSEEN = ("a run before this one: a start without `resume` wipes the folder; no epoch",)


def claim(folder: Path) -> list[Path] | None:
    """Return the sub-folder that holds the tables of a folder, None where there are none."""
    inner = folder / "plots"
    return [inner] if any(_tables(folder)) else None


def _tables(folder: Path) -> list[Path]:
    root = folder / "plots" / "metrics"
    if not root.is_dir():
        return []
    folders = (root, *below(root, 8))
    return [path for each in folders for path in entries(each)[0] if path.suffix == ".tsv"]


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that the tables of a folder make.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: A table cannot be read.
    """
    problems = Problems()
    root = Path(path) / "plots" / "metrics"
    found = []
    for table in _tables(Path(path)):
        name = str(table.relative_to(root).with_suffix("")).replace("\\", "/")
        found.append(_read(table, name, problems))
    return to_log(path, FORMAT, found, "steps", facts, problems)


def _read(path: Path, name: str, problems: Problems) -> MetricValues:
    found = MetricValues(name)
    head: list[str] = []
    with opened(str(path)) as source:
        for line in lines(source, problems):
            cells = line.text.split("\t")
            if not head:
                head = cells
                continue
            row = dict(zip(head, cells, strict=False))
            value = parse(cells[-1]) if len(cells) == len(head) else None
            step = parse(row.get("step", ""))
            if value is None or step is None:
                problems.add(f"{path.name}: a row without a number, left out", line.number)
            else:
                found.add(step, value, parse(row.get("timestamp", "")))
    return found
