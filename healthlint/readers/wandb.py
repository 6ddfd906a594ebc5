"""Weights & Biases ``run-*.wandb``: records in blocks of 32 KiB, as LevelDB writes its logs.

``:W&B`` and a version, then chunks of crc32 (u32), length (u16), kind (u8: whole, first, middle,
last); a record is a protocol buffer: 2 history {1 item {1 key, 2 nested key, 16 JSON value}}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from struct import Struct

from healthlint.logs.model import Log
from healthlint.readers.decoding import loads
from healthlint.readers.folders import entries
from healthlint.readers.numbers import parse
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text
from healthlint.readers.wire import BYTES, WireError, fields, nested

FORMAT = "wandb"
KNOWN_BY = "`:W&B` at its beginning"
UNSEEN = ("the last records of a killed run, which its helper process had not written",)
BLOCK = 32_768
"""Bytes of a block; no chunk goes across the end of one."""
LARGEST = 16 << 20
"""Bytes of the largest record that is looked into."""
_MAGIC = b":W&B"
_HEAD = 7
_CHUNK = Struct("<IHB").unpack_from
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_AXES = {"_step": "step", "_timestamp": "time"}


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are such a file, from 0 to 1."""
    return 1.0 if head.startswith(_MAGIC) else 0.0


def claim(folder: Path) -> list[Path] | None:
    """Return all sub-folders of one with such a file: its summary is no log of its own."""
    files, inner = entries(folder)
    return inner if any(path.suffix == ".wandb" for path in files) else None


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of the newest file in a folder.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: The file cannot be read.
    """
    files = [file for file in entries(Path(path))[0] if file.suffix == ".wandb"]
    with opened(str(max(files, key=lambda file: file.stat().st_mtime))) as source:
        return read(source, facts)


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source, has_lines=False, empty="no history in it: nothing was logged")
    for number, record in enumerate(_records(source, text), 1):
        try:
            history = _history(record)
        except (WireError, ValueError):
            text.problems.add("a record that cannot be read, left out")
            continue
        if history:
            text.add(Line(number << 24, ""), history)
    return text.log(FORMAT, facts)


def _records(source: Source, text: Text) -> Iterator[bytes]:
    """Yield the records of a file."""
    pieces: list[bytes] = []
    for kind, payload in _chunks(source, text):
        if kind in (_WHOLE, _FIRST):
            pieces = []
        if kind in (_MIDDLE, _LAST) and not pieces:
            continue  # its beginning was lost
        pieces.append(payload)
        if sum(map(len, pieces)) > LARGEST:
            text.problems.add("a record of more than 16 MiB, left out")
            pieces = []
        elif kind in (_WHOLE, _LAST):
            yield b"".join(pieces)
            pieces = []


def _chunks(source: Source, text: Text) -> Iterator[tuple[int, bytes]]:
    """Yield kind and payload of each chunk."""
    for number, block in enumerate(_blocks(source)):
        at = _HEAD if number == 0 else 0
        while at + _HEAD <= len(block):
            _, length, kind = _CHUNK(block, at)
            at += _HEAD
            if not kind and not length:
                break  # room at the end of a block
            if not _WHOLE <= kind <= _LAST or at + length > BLOCK:
                text.problems.add(f"damage in the block at byte {number * BLOCK:,}, left out")
                break
            if at + length > len(block):
                text.problems.add("the last record is torn, left out")
                return
            yield kind, block[at : at + length]
            at += length


def _blocks(source: Source) -> Iterator[bytes]:
    held = b""
    for piece in source.blocks():
        held += piece
        while len(held) >= BLOCK:
            yield held[:BLOCK]
            held = held[BLOCK:]
    if held:
        yield held


def _history(record: bytes) -> dict[str, object]:
    """Return the values of a record of history, empty for any other record.

    Raises:
        WireError: It is no record.
    """
    found: dict[str, object] = {}
    for start, stop in nested(record, 0, len(record), 2):
        for first, last in nested(record, start, stop, 1):
            found |= _item(record, first, last)
    return found


def _item(record: bytes, start: int, stop: int) -> dict[str, object]:
    """Return one named value; what is no number is left out."""
    name: list[str] = []
    value = b""
    for number, kind, first, last in fields(record, start, stop):
        if kind == BYTES and number in (1, 2):
            name.append(record[first:last].decode(errors="replace"))
        elif kind == BYTES and number == 16:
            value = record[first:last]
    key = ".".join(filter(None, name))
    if key.startswith("_") and key not in _AXES:
        return {}
    return _flat(_AXES.get(key, key), _decoded(value))


def _decoded(value: bytes) -> object:
    number = parse(value.decode(errors="replace").strip('"')) if len(value) < 64 else None
    return number if number is not None else loads(value) if value[:1] == b"{" else None


def _flat(key: str, value: object) -> dict[str, object]:
    """Return the numbers of a value, those of an object under joined names; media are left out."""
    if isinstance(value, dict):
        if "_type" in value:
            return {}
        return {f"{key}.{inner}": x for inner, x in value.items() if isinstance(x, (int, float))}
    return {} if value is None or not key else {key: value}
