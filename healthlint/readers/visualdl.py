"""VisualDL ``vdlrecords.*.log`` (PaddleSpeech): a length (u64) and a protocol buffer, no checksum.

Record {1 value {1 step, 2 tag, 3 time in ms, 4 value (float)}}; a step of 0 is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from struct import Struct

from healthlint.logs.model import Log
from healthlint.readers.folders import entries
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text
from healthlint.readers.wire import BYTES, FIXED32, FLOAT, VARINT, WireError, fields, nested, signed

FORMAT = "visualdl"
KNOWN_BY = "lengths before messages with a tag; `vdlrecords.*.log`"
UNSEEN = ("values are float32; no epoch", "up to ten records of a killed run")
LARGEST = 16 << 20
"""Bytes of the largest record that is looked into."""
_LENGTH = Struct("<Q").unpack_from
_HEAD = 8
_EMPTY = "no scalar in it"
_NAME = re.compile(r"^vdlrecords\.(\d{1,18})(?:\..*)?\.log(?:\.gz)?$")


def sniff(head: bytes, path: str) -> float:
    """Return how sure it is that these first bytes are such a file, from 0 to 1."""
    if len(head) < _HEAD + 2 or head[_HEAD] != 0x0A:
        return 0.0
    (length,) = _LENGTH(head, 0)
    if not 2 < length <= len(head) - _HEAD:
        return 0.0
    try:
        found = list(_values(head, _HEAD, _HEAD + length))
    except WireError:
        return 0.0
    return 0.95 if found or "vdlrecords" in path else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source, has_lines=False, empty=_EMPTY)
    _add(source, text, 1)
    return text.log(FORMAT, facts)


def claim(folder: Path) -> list[Path] | None:
    """Return no sub-folders where a folder holds such files; None where it does not."""
    return [] if _parts(folder) else None


def _parts(folder: Path) -> list[Path]:
    """Return the files of a folder in the order in which they were begun."""
    found = [(int(m[1]), path) for path in entries(folder)[0] if (m := _NAME.match(path.name))]
    return [path for _, path in sorted(found)]


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that the files of a folder make, one after the other.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: A file cannot be read.
    """
    text = Text(Source(path, BytesIO()), has_lines=False, empty=_EMPTY)
    first = 1
    for part in _parts(Path(path)):
        with opened(str(part)) as source:
            first = _add(source, text, first)
    return text.log(FORMAT, facts)


def _add(source: Source, text: Text, first: int) -> int:
    """Add the records of a file, numbered from ``first``; return the number after the last."""
    number = first
    for record in _records(source, text):
        try:
            for at, value in enumerate(_values(record, 0, len(record))):
                text.add(Line(number << 24, ""), value, at)
        except WireError:
            text.problems.add("a record that cannot be read, left out")
        number += 1
    return number


def _records(source: Source, text: Text) -> Iterator[bytes]:
    """Yield the records of a file."""
    held, skip = b"", 0
    for piece in source.blocks():
        passed = min(skip, len(piece))
        skip -= passed
        held += piece[passed:]
        at = 0
        while at + _HEAD <= len(held):
            (length,) = _LENGTH(held, at)
            if length > LARGEST:
                text.problems.add("a record of more than 16 MiB, or damage; passed over")
                skip = at + _HEAD + length - len(held)
                at = len(held)
                break
            if at + _HEAD + length > len(held):
                break
            yield held[at + _HEAD : at + _HEAD + length]
            at += _HEAD + length
        held = held[at:]
    if held or skip > 0:
        text.problems.add("the last record is torn, left out")


def _values(data: bytes, start: int, stop: int) -> Iterator[dict[str, object]]:
    """Yield the scalars of a record.

    Raises:
        WireError: It is no record.
    """
    yield from filter(None, (_value(data, *inner) for inner in nested(data, start, stop, 1)))


def _value(data: bytes, start: int, stop: int) -> dict[str, object]:
    tag, step, time, found = "", 0, 0.0, None
    for number, kind, first, last in fields(data, start, stop):
        if (number, kind) == (1, VARINT):
            step = signed(last)
        elif (number, kind) == (2, BYTES):
            tag = data[first:last].decode(errors="replace")
        elif (number, kind) == (3, VARINT):
            time = signed(last) / 1000
        elif (number, kind) == (4, FIXED32):
            (found,) = FLOAT(data, first)
    if found is None or not tag or tag.startswith("meta_data"):
        return {}
    return {"step": step, "time": time, tag: found}
