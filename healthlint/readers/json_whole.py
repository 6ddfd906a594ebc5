"""One JSON value over the whole file: an array of records, or an object of lists.

``[{"step": 1, "loss": 0.5}, ...]`` laid out over lines, or within an object (``"history": ..``);
``{"loss": [0.9, 0.8], "val_loss": [1.0, 0.9]}``, as Keras keeps its history: one list a metric;
``{"loss": {"steps": [1, 2], "values": [0.9, 0.8]}}``, as Sacred does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from healthlint.logs.assembly import assemble
from healthlint.logs.axes import axis_of
from healthlint.logs.model import Log, Problem
from healthlint.logs.vocabulary import recognise
from healthlint.readers.columns import Columns
from healthlint.readers.diagnosis import is_nothing_but_json, is_one_json_value, one_json_value
from healthlint.readers.grammar import speaks_of_loss
from healthlint.readers.problems import Problems
from healthlint.readers.rows import Record, Rows
from healthlint.readers.shapes import flatten
from healthlint.readers.source import Source
from healthlint.readers.whole import WholeError, json_of, places

FORMAT = "json"
KNOWN_BY = "one JSON value over several lines: an array of records, or lists by metric"
UNSEEN = ("which step or epoch a value of a list belongs to, unless a list tells it",)
DEEPEST = 3
_LISTS = re.compile(r'^\s*\{\s*"[^"]{1,200}"\s*:\s*(?:\{\s*"[^"]{1,200}"\s*:\s*)?\[\s*[-\dNI]')


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are such a value, from 0 to 1."""
    if _LISTS.match(head[:1_000].decode(errors="replace")):
        return 0.95 if b"\n" not in head.strip() else 0.7
    if head.lstrip().startswith(b"[{") and b"\n" not in head.strip():
        return 0.7  # one line, of which the head may be the beginning
    # a configuration over a console is for the reader of what follows
    return 0.7 if is_nothing_but_json(head) else 0.1 if is_one_json_value(head) else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that a JSON value holds.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    head = source.head
    try:
        value, text = json_of(source)
    except WholeError as error:
        return Log(path=source.path, format=FORMAT, problems=(error.problem,))
    notes: list[str] = []
    records = _records(value, notes)
    if not records:
        return Log(path=source.path, format=FORMAT, problems=(_without_records(head),))
    problems = Problems()
    rows = Rows(Columns(problems), problems)
    rows.add(records, places(text, len(records)))
    return assemble(source.path, FORMAT, rows.finish(), facts or {}, problems.listed(), notes)


def _without_records(head: bytes) -> Problem:
    if is_one_json_value(head):
        return one_json_value(head)
    return Problem(message="one JSON object without records of a training", kind="unreadable")


def _records(value: object, notes: list[str]) -> list[Record]:
    """Return the records of a value, those of its first part that has some."""
    for part in _parts(value, DEEPEST):
        if isinstance(part, list) and len(part) > 0 and all(isinstance(one, dict) for one in part):
            if any(map(_is_record, part)):
                return part
        elif isinstance(part, dict) and (records := _of_steps(part) or _of_lists(part, notes)):
            return records
    return []


def _of_steps(value: Mapping[str, object]) -> list[Record]:
    """Return the records of metrics that each have a list of steps and one of values."""
    records: dict[float, Record] = {}
    for name, metric in value.items():
        lists = metric if isinstance(metric, dict) else {}
        steps, values = lists.get("steps"), lists.get("values")
        if not isinstance(steps, list) or not isinstance(values, list) or None in steps:
            return []
        if not _are_numbers(steps):
            return []
        for step, logged in zip(steps, values, strict=False):
            records.setdefault(step, {"step": step})[name] = logged
    return [records[step] for step in sorted(records)]


def _parts(value: object, depth: int) -> Iterator[object]:
    yield value
    if isinstance(value, dict) and depth:
        for inner in value.values():
            yield from _parts(inner, depth - 1)


def _is_record(record: Record) -> bool:
    flat, _ = flatten(record)
    return any(map(axis_of, record)) and any(
        isinstance(value, (int, float)) and not axis_of(key) for key, value in flat.items()
    )


def _of_lists(value: Mapping[str, object], notes: list[str]) -> list[Record]:
    """Return the records of lists of one length; their place is told by a list, or counted."""
    if len(value) == 1 and isinstance(next(iter(value.values())), dict):
        return []  # a name around all of them is of none of them
    flat, _ = flatten(value)
    lists = {key: one for key, one in flat.items() if isinstance(one, list) and _are_numbers(one)}
    lengths = [len(one) for key, one in lists.items() if speaks_of_loss(key)]
    if not lengths or max(lengths) < 2:
        return []
    kept = {key: one for key, one in lists.items() if len(one) == max(lengths)}
    if not any(map(axis_of, kept)):
        axis = "epoch" if any(recognise(key).split == "val" for key in kept) else "step"
        kept = {axis: list(range(1, max(lengths) + 1)), **kept}
        notes.append(f"the place in the lists is taken for the {axis}")
    return [dict(zip(kept, row, strict=True)) for row in zip(*kept.values(), strict=True)]


def _are_numbers(values: list[object]) -> bool:
    return bool(values) and all(
        value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
        for value in values
    )
