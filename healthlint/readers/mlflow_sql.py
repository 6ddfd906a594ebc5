"""MLflow's SQL store, ``mlflow.db``: every run of the file is a run of one log, by its start.

Table ``metrics``: key, value, timestamp (ms), step, run, ``is_nan`` (the value is 0 then);
infinities are written as the largest number there is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Log, Problem
from healthlint.logs.records import Mark
from healthlint.readers.databases import DatabaseError, columns_of, opened_database
from healthlint.readers.points import Values, to_records
from healthlint.readers.source import Source

FORMAT = "mlflow-sql"
KNOWN_BY = "a SQLite file with a table `metrics` of `key`, `value`, `run_uuid`, `step`"
UNSEEN = ("exact repeats of a value at one time and step, which are one row; no epoch",)
IS_STORE = True
"""Whether its runs lie beside one another, none of which follows another."""
LARGEST = 1.797e308
"""Values from here on stand for infinity."""
_COLUMNS = {"key", "value", "timestamp", "run_uuid", "step", "is_nan"}
_QUERY = """
    SELECT m.run_uuid, m.key, m.step, m.timestamp, m.value, m.is_nan
    FROM metrics m LEFT JOIN runs r ON r.run_uuid = m.run_uuid
    WHERE m.key NOT LIKE 'system/%'
    ORDER BY r.start_time, m.run_uuid, m.timestamp, m.rowid
"""


def sniff(head: bytes, path: str) -> float:
    """Return how sure it is that these first bytes are such a file, from 0 to 1."""
    return 1.0 if columns_of(head, path, "metrics") >= _COLUMNS else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    try:
        with opened_database(source.path) as connection:
            rows = connection.execute(_QUERY).fetchall()
    except DatabaseError as error:
        problem = Problem(message=f"a SQLite file that cannot be read: {error}", kind="unreadable")
        return Log(path=source.path, format=FORMAT, problems=(problem,))
    if not rows:
        problem = Problem(message="no value in it: nothing has been logged yet", kind="nothing")
        return Log(path=source.path, format=FORMAT, problems=(problem,))
    values, runs = _values(rows)
    records = to_records(values)
    starts = np.searchsorted(_writer_of_records(values, len(records.lines)), np.arange(len(runs)))
    marks = [
        Mark("run", int(at), 0, {"run": run}) for run, at in zip(runs, starts.tolist(), strict=True)
    ]
    return assemble(source.path, FORMAT, replace(records, marks=marks), facts or {})


def _values(rows: list[tuple[object, ...]]) -> tuple[Values, list[str]]:
    """Return the values of all runs, a writer a run, and the ids of the runs in order."""
    runs: dict[str, int] = {}
    labels: dict[str, int] = {}
    writers = [runs.setdefault(str(row[0]), len(runs)) for row in rows]
    series = [labels.setdefault(str(row[1]), len(labels)) for row in rows]
    numbers = np.array([[_number(cell) for cell in row[2:5]] for row in rows])
    values = np.where(np.array([bool(row[5]) for row in rows]), math.nan, numbers[:, 2])
    values = np.where(np.abs(values) >= LARGEST, np.copysign(math.inf, values), values)
    return Values(
        labels=[(name, "") for name in labels],
        series=np.array(series, np.int64),
        values=values,
        steps=numbers[:, 0],
        epochs=np.full(len(rows), np.nan),
        times=numbers[:, 1] / 1000,
        writers=np.array(writers, np.int64),
        lines=np.zeros(len(rows), np.int64),
    ), list(runs)


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, (int, float)) else math.nan


def _writer_of_records(
    values: Values, count: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return the run of each record; rising."""
    found = np.zeros(count, np.int64)
    records = to_records(replace(values, values=values.writers.astype(np.float64)))
    for column in records.columns:
        found[column.records] = column.values.astype(np.int64)
    return found
