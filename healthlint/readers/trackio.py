"""trackio ``PROJECT.db``: SQLite, a JSON object for each call; runs by their name or id.

Table ``metrics``: timestamp (ISO 8601), run, step, metrics (``{"train/mel_loss": 0.5}``, non-finite
values as text).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from healthlint.logs.model import Log, Problem
from healthlint.readers.databases import DatabaseError, columns_of, opened_database
from healthlint.readers.decoding import loads
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text

FORMAT = "trackio"
KNOWN_BY = "a SQLite file with a table `metrics` of `run_name`, `step`, `metrics`"
UNSEEN = ("the last records of a killed run, which were still waiting",)
IS_STORE = True
"""Whether its runs lie beside one another, none of which follows another."""
_COLUMNS = {"timestamp", "run_name", "step", "metrics"}


def sniff(head: bytes, path: str) -> float:
    """Return how sure it is that these first bytes are such a file, from 0 to 1."""
    return 1.0 if columns_of(head, path, "metrics") >= _COLUMNS else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source, has_lines=False, empty="no value in it: nothing has been logged yet")
    run = "run_id" if "run_id" in columns_of(source.head, source.path, "metrics") else "run_name"
    query = f"SELECT {run}, timestamp, step, metrics FROM metrics ORDER BY rowid"  # noqa: S608
    try:
        with opened_database(source.path) as connection:
            rows = _by_run(connection.execute(query).fetchall())
    except DatabaseError as error:
        problem = Problem(message=f"a SQLite file that cannot be read: {error}", kind="unreadable")
        return Log(path=source.path, format=FORMAT, problems=(problem,))
    _add(rows, text)
    return text.log(FORMAT, facts)


def _by_run(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return rows run by run, runs by their first row."""
    runs: dict[object, list[tuple[object, ...]]] = {}
    for row in rows:
        runs.setdefault(row[0], []).append(row)
    return [row for own in runs.values() for row in own]


def _add(rows: Iterable[tuple[object, ...]], text: Text) -> None:
    current: object = None
    for number, (run, time, step, metrics) in enumerate(rows, 1):
        line = Line(number << 24, "")
        if run != current:
            text.run(line, run=str(run))
            current = run
        try:
            values = loads(metrics if isinstance(metrics, (bytes, str)) else b"")
        except ValueError:
            values = None
        if not isinstance(values, dict):
            text.problems.add("a row without an object of metrics, left out")
            continue
        text.add(line, {"step": step, "time": time, **values})
