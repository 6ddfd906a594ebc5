"""Any log as the project's own JSON Lines: every number that the reader kept, and nothing judged.

Records keep their order, so that restarts and resumes are told apart in the result as they were in
the source. Names stay as logged, for they may tell a scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

from healthlint.emit.encoding import encode
from healthlint.logs.axes import axis_of
from healthlint.logs.model import Event, Log, Run, Series
from healthlint.logs.vocabulary import recognise
from healthlint.readers.shapes import shape_of

SCHEMA = "healthlint.log/1"
"""Schema of the lines that are written."""
Record = dict[str, object]


def lines(log: Log) -> Iterator[bytes]:
    """Yield the lines of a log: a header for each run, its records and events.

    Args:
        log: The log.
    """
    for run in log.runs:
        records = _records(run)
        yield encode(_header(run, records))
        yield from map(encode, _interleaved(records, run.events))
        if run.status is not None and not run.provisional:
            yield encode({"_type": "end", "status": run.status})


def _header(run: Run, records: Mapping[int, Record]) -> Record:
    first = next(iter(records.values()), {})
    header: Record = {"_type": "run", "_schema": SCHEMA, "run": run.id or f"{run.number}"}
    header |= {"attempt": 0, "step": first.get("step", 0)}
    if "time" in first:
        header["time"] = first["time"]
    return header | {"meta": dict(run.facts)}


def _records(run: Run) -> dict[int, Record]:
    """Return the records of a run by their ordinal, abandoned and undecided ones included."""
    records: dict[int, Record] = {}
    timelines = [timeline.series for timeline in run.timelines]
    all_series = [one for series in (*timelines, run.undecided) for one in series.values()]
    axes = [series.epochs for series in all_series]
    is_fraction = any(((epochs % 1 != 0) & (epochs == epochs)).any() for epochs in axes)
    for one in all_series:
        _add(one, records, is_fraction=is_fraction)
    return dict(sorted(records.items()))


def _add(series: Series, records: dict[int, Record], *, is_fraction: bool) -> None:
    name = _name(series)
    columns = (series.records, series.steps, series.epochs, series.times, series.values)
    for record, step, epoch, time, value in zip(*(c.tolist() for c in columns), strict=True):
        if record not in records:
            axes = {"step": _whole(step), "epoch": epoch if is_fraction else _whole(epoch)}
            axes["time"] = time
            records[record] = {key: x for key, x in axes.items() if x is not None and x == x}
        records[record][name] = value


def _whole(number: float) -> float | int | None:
    """Return a number as an integer where it is one, None where it is not finite."""
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _name(series: Series) -> str:
    """Return a name under which the series is read as what it is."""
    name = series.name
    if series.split and not recognise(name).split:
        name = f"{series.split}/{name}"
    is_taken = name.startswith("_") or axis_of(name) is not None
    shape = shape_of(["step", name, "value", "other"])
    is_taken = is_taken or shape.split is not None or shape.long is not None or not name
    return f"data/{name}" if is_taken else name


def _interleaved(records: Mapping[int, Record], events: Iterable[Event]) -> Iterator[Record]:
    """Return records in order, each event behind the record that it followed."""
    parts = [*records.items(), *((event.record, _event(event)) for event in events)]
    return (part for _, part in sorted(parts, key=itemgetter(0)))


def _event(event: Event) -> Record:
    axes = {"step": event.step, "epoch": event.epoch}
    told = {key: _whole(x) for key, x in axes.items() if x is not None}
    fields = {key: x for key, x in event.fields.items() if isinstance(x, (str, int, float))}
    return {"_type": "event", "event": event.kind, **told, **fields}
