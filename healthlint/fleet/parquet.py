"""The judged series of a fleet for notebooks: a folder of Parquet files, one a log.

Each is written where its log was judged, so nobody ever holds them all. DuckDB and Polars read the
folder as one table: ``SELECT * FROM 'series/*.parquet'``.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from healthlint.logs import Log


def write_series(log: Log, folder: str) -> None:
    """Write all series of the runs of a log.

    Columns: ``path``, ``run``, ``series``, ``step``, ``epoch``, ``time``, ``value``; what is not
    known is null, and so is a value that is NaN.

    Raises:
        ImportError: pyarrow is missing.
        OSError: The folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [
        _table(pa, log.path, run.number, series)
        for run in log.runs
        for series in run.series.values()
    ]
    if tables:
        name = hashlib.sha256(os.path.abspath(log.path).encode()).hexdigest()[:16]  # noqa: PTH100
        Path(folder).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.concat_tables(tables), Path(folder, f"{name}.parquet"))


def _table(pa: Any, path: str, run: int, series: Any) -> Any:
    count = len(series)
    floats = {
        "step": series.steps,
        "epoch": series.epochs,
        "time": series.times,
        "value": series.values,
    }
    return pa.table(
        {
            "path": pa.array([path] * count),
            "run": pa.array([run] * count, pa.int32()),
            "series": pa.array([series.key] * count),
            **{name: pa.array(column, from_pandas=True) for name, column in floats.items()},
        }
    )
