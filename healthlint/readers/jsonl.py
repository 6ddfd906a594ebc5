"""JSON Lines: one record a line, as the emitter and most trainers write them.

Each line is decoded by orjson; a line that it refuses (NaN tokens, a torn line, ...) is tried again
by itself. What each kind of bad content comes to is listed in ``docs/jsonl.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Log
from healthlint.readers.columns import SHIFT, Columns
from healthlint.readers.diagnosis import is_one_json_value
from healthlint.readers.problems import Problems
from healthlint.readers.rows import Keys, Row, Rows
from healthlint.readers.salvage import salvage
from healthlint.readers.source import Batch, Source, batches

try:
    from orjson import loads
except ImportError:  # no wheel for this interpreter: slower, same results
    from json import loads

FORMAT = "jsonl"
_BOM = b"\xef\xbb\xbf"


def sniff(head: bytes, path: str) -> float:
    """Return how sure it is that these first bytes are JSON Lines, from 0 to 1.

    A whole line that is an object is enough; so is a first one that is still being written.
    """
    if is_one_json_value(head):
        return 0.0
    text = head.removeprefix(_BOM).replace(b"\r", b"\n")
    some = [line for line in text.split(b"\n")[:200] if line.strip(b" \t\x00")]
    if any(_has_object(line) for line in some):
        return 0.9
    return 0.3 if len(some) == 1 and some[0].lstrip().startswith(b'{"') else 0.0


def _has_object(line: bytes) -> bool:
    values = salvage(line).values
    return any(isinstance(value, dict) or value == [] or _is_listed(value) for value in values)


def _is_listed(value: object) -> bool:
    return isinstance(value, list) and isinstance(value[0], dict)


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a source; what cannot be read is among its problems.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run; outranks its header.
    """
    problems = Problems()
    columns = Columns(problems)
    decoder = _Decoder(Rows(columns, problems), problems)
    is_cr_only = b"\r" in source.head and b"\n" not in source.head
    number = 1
    for batch in batches(source, b"\r" if is_cr_only else b"\n"):
        if number == 1:
            batch.lines[0] = batch.lines[0].removeprefix(_BOM)
        decoder.add(batch, number)
        number += len(batch.lines)
    if source.damage:
        problems.add(source.damage, number - 1, hint="what comes before the damage was read")
    return assemble(source.path, FORMAT, columns.finish(), facts or {}, problems.listed())


class _Decoder:
    """Decodes lines and hands their objects on, those with the same keys together."""

    def __init__(self, rows: Rows, problems: Problems) -> None:
        self._rows = rows
        self._problems = problems

    def add(self, batch: Batch, first: int) -> None:
        """Add a batch of lines, the first of which has the number ``first``."""
        groups: dict[Keys, tuple[list[Row], list[int]]] = {}
        for number, line in enumerate(batch.lines, first):
            try:
                record = loads(line)
            except ValueError:
                found = [] if not line.strip() else self._saved(line, number, batch.is_unfinished)
            else:
                found = [record] if type(record) is dict else self._listed(record, number)
            place = number << SHIFT
            for record in found:
                keys = tuple(record)
                group = groups.get(keys)
                if group is None:
                    group = groups[keys] = ([], [])
                group[0].append(tuple(record.values()))
                group[1].append(place)
                place += 1
        for keys, (rows, places) in groups.items():
            self._rows.add(keys, rows, places, is_plain=batch.is_plain)

    def _saved(self, line: bytes, number: int, is_last: bool) -> list[dict[str, Any]]:
        """Return the objects of a line that was refused, and say what is wrong with it."""
        found = salvage(line)
        if found.message is not None and found.is_torn and is_last:
            self._problems.add(
                "the last line is torn, as by a writer that was killed; it was left out",
                number,
                found.column,
            )
        elif found.message is not None:
            self._problems.add(found.message, number, found.column)
        return [record for value in found.values for record in self._listed(value, number)]

    def _listed(self, value: object, number: int) -> list[dict[str, Any]]:
        """Return the records of a decoded value: itself, or those of a list."""
        if isinstance(value, dict):
            return [value]
        if isinstance(value, list):
            records = [item for item in value if isinstance(item, dict)]
            if len(records) == len(value):
                return records[: 1 << SHIFT]
        self._problems.add("a line that is no JSON object, skipped", number, 1)
        return []
