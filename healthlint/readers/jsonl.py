"""JSON Lines: one record a line, as the emitter and most trainers write them.

Each line is decoded by orjson; a line that it refuses (NaN tokens, a torn line, ...) is tried again
by itself. What each kind of bad content comes to is listed in ``docs/jsonl.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import numpy as np

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Integers, Log
from healthlint.readers.alike import Alike
from healthlint.readers.columns import SHIFT, Columns
from healthlint.readers.decoding import loads
from healthlint.readers.diagnosis import SQLITE, is_one_json_value
from healthlint.readers.duplicates import lines_with_duplicates
from healthlint.readers.lastwords import Listener, heard_in_record, may_say
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.problems import Problems
from healthlint.readers.ranks import RankedRecords
from healthlint.readers.rows import Record, Rows
from healthlint.readers.salvage import salvage
from healthlint.readers.source import Batch, Source

FORMAT = "jsonl"
KNOWN_BY = "most lines hold a JSON object"
UNSEEN = ("a NaN that its encoder wrote as `null`",)


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are JSON Lines, from 0 to 1.

    It is the share of lines that hold an object; one line that is still being written may do.
    """
    if head.startswith(SQLITE) or is_one_json_value(head):
        return 0.0
    text = head.replace(b"\r", b"\n")
    lines = [line for line in text.split(b"\n")[:200] if line.strip(b" \t\x00\xef\xbb\xbf")]
    objects = sum(_has_object(line) for line in lines)
    if len(lines) == 1 and lines[0].lstrip(b" \x00\xef\xbb\xbf").startswith(b'{"'):
        return 0.9 if objects else 0.3
    return 0.9 * objects / max(1, len(lines))


def _has_object(line: bytes) -> bool:
    return any(isinstance(value, dict) or _is_listed(value) for value in salvage(line).values)


def _is_listed(value: object) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def read(
    source: Source, facts: Mapping[str, object] | None = None, format_name: str = FORMAT
) -> Log:
    """Return the log of a source; what cannot be read is among its problems.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run; outranks its header.
        format_name: Name of the format that these lines are.
    """
    is_cr_only = b"\r" in source.head and b"\n" not in source.head
    return whole(lambda _: Lines(format_name), b"\r" if is_cr_only else b"\n")(source, facts)


def begin(_source: Source) -> Reading:
    """Return the reading of a file."""
    return Lines()


class Lines:
    """What lines tell so far; whole lines can be added until the log is asked for."""

    def __init__(self, format_name: str = FORMAT) -> None:
        self._format = format_name
        self._problems = Problems()
        columns = Columns(self._problems)
        self._rows = Rows(columns, self._problems)
        self._decoder = _Decoder(self._rows, columns, self._problems)
        self._next = 1

    def add(self, batch: Batch) -> None:
        """Add lines that follow those added before."""
        self._decoder.add(batch, self._next)
        self._next += batch.count

    def damaged(self, damage: str) -> None:
        """Note what ended the reading too early."""
        hint = "what comes before the damage was read"
        self._problems.add(damage, self._next - 1 or None, hint=hint)

    def log(self, path: str, facts: Mapping[str, object]) -> Log:
        """Return the log that the lines make; nothing can be added after it."""
        records, note = self._rows.finish(), self._decoder.ranks.note
        notes = [note] if note else []
        return assemble(path, self._format, records, facts, self._problems.listed(), notes)


class _Decoder:
    """Decodes lines and hands their records on, those with the same keys together."""

    def __init__(self, rows: Rows, columns: Columns, problems: Problems) -> None:
        self._rows = rows
        self._columns = columns
        self._problems = problems
        self._listener = Listener()
        self.ranks = RankedRecords()
        self._alike = Alike()

    def add(self, batch: Batch, first: int) -> None:
        """Add a batch of lines, the first of which has the number ``first``."""
        if batch.is_too_long:
            self._problems.add("a line of more than 16 MiB, left out", first)
            return
        if self._add_alike(batch, first):
            return
        records = _decoded_at_once(batch)
        if records is None:
            records, places = self._decoded_by_line(batch, first)
        else:
            places = np.arange(first, first + len(records)) << SHIFT
        for number in lines_with_duplicates(batch, records, first):
            self._problems.add("a key twice in one record, its last value counts", number)
        is_ranked = bool(records) and RankedRecords.FIELD in records[0]
        if not is_ranked and self._rows.add_numbers(records, places):
            return  # all alike, and none of them has a word or a rank
        if may_say(batch.text):
            self._hear_records(records, places)
        if RankedRecords.BYTES in batch.text:
            kept = self.ranks.of(records)
            records, places = [records[at] for at in kept], places[kept]
        if records:
            self._rows.add_mixed(records, places)

    def _add_alike(self, batch: Batch, first: int) -> bool:
        """Add lines that differ in their numbers alone; return whether they are such."""
        record = self._alike.first(batch)
        if record is None or RankedRecords.FIELD in record or not self._rows.takes_tables(record):
            return False
        table = self._alike.table(batch)
        if table is None:
            return False
        self._rows.add_alike(record, np.arange(first, first + len(table)) << SHIFT, table)
        return True

    def _hear_records(self, records: list[Record], places: Integers) -> None:
        """Note what the texts within records announce."""
        for record, place in zip(records, places.tolist(), strict=True):
            if "_type" not in record:
                for kind, said in heard_in_record(record):
                    self._event(place, kind, said)

    def _event(self, place: int, kind: str, said: str) -> None:
        fields = {"_type": "event", "event": kind, "text": said}
        self._columns.mark(place, "event", fields)

    def _decoded_by_line(self, batch: Batch, first: int) -> tuple[list[Record], Integers]:
        """Return the records of a batch with odd lines in it, and their places."""
        records: list[Record] = []
        places: list[int] = []
        for number, line in enumerate(batch.lines(), first):
            try:
                value = loads(line)
            except ValueError:
                found = self._saved(line, number, is_last=batch.is_unfinished)
            else:
                found = [value] if type(value) is dict else self._listed(value, number)
            records += found
            places += [(number << SHIFT) + index for index in range(len(found))]
        return records, np.array(places, np.int64)

    def _saved(self, line: bytes, number: int, *, is_last: bool) -> list[Record]:
        """Return the records of a line that was refused, and say what is wrong with it."""
        if not line.strip():
            return []
        for kind, said in self._listener.hear(line.decode(errors="replace")):
            self._event(number << SHIFT, kind, said)
        found = salvage(line)
        if found.message is not None:
            message = found.message
            if found.is_torn and is_last:
                message = "the last line is torn, left out: its writer was cut off, or is at it"
            self._problems.add(message, number, found.column)
        return [record for value in found.values for record in self._listed(value, number)]

    def _listed(self, value: object, number: int) -> list[Record]:
        """Return the records of a decoded value: itself, or those of a list."""
        if isinstance(value, dict):
            return [value]
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value[: 1 << SHIFT]
        self._problems.add("a JSON value that is no object, left out", number, 1)
        return []


def _decoded_at_once(batch: Batch) -> list[Record] | None:
    """Return the record of each line, decoded as one array; None where a line is odd."""
    text = b"[" + batch.text.replace(batch.separator, b",") + b"]"
    try:
        records = loads(text)
    except ValueError:
        records = _with_nan_tokens(text, batch.count)
    if len(records) != batch.count or set(map(type, records)) != {dict}:
        return None
    return cast("list[Record]", records)


def _with_nan_tokens(text: bytes, count: int) -> list[object]:
    """Return the records of a batch full of NaN tokens, as a diverged run writes; else nothing.

    Python's decoder takes the tokens but is slower: where they are few, line by line is faster.
    """
    if 4 * (text.count(b"NaN") + text.count(b"Infinity")) < count or b"\\u" in text:
        return []
    try:
        return cast("list[object]", json.loads(text.decode()))
    except (ValueError, RecursionError):
        return []
