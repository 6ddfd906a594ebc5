"""The table of a zip file, read as torch's reader does, and refused where readers could differ.

Readers of zip files disagree on files with two tables, bytes before or behind, names that come
twice, or local headers that contradict the table. What ``torch.save`` writes has none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from healthlint.checkpoints.errors import CheckpointError

_END, _END64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_ENTRY, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_END_BYTES, _END64_BYTES, _LOCATOR_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 56, 20, 46, 30
_MOST_ENTRIES, _MOST_TABLE = 1 << 18, 1 << 26
_LONGEST_GAP = 24
"""Bytes between entries: what says their sizes again, after them."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a zip file.

    Attributes:
        name: Its name.
        start: Byte at which its content begins.
        bytes: Length of its content.
    """

    name: str
    start: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Row:
    name: bytes
    header: int
    bytes: int


def entries(file: BinaryIO, size: int) -> list[Entry]:
    """Return the entries of a zip file of stored files, in the order of its table.

    Args:
        file: The file.
        size: Its length.

    Raises:
        CheckpointError: It is damaged, packed, or readers could see different things in it.
    """
    begin, length, count = _end(file, size)
    if count > _MOST_ENTRIES or length > _MOST_TABLE:
        raise CheckpointError(f"a zip file of {count:,} entries")
    rows = _rows(_at(file, begin, length), count)
    _refuse_alike(rows)
    made = {row.header: _entry(file, row) for row in rows}
    _refuse_unlisted(made, begin)
    return [made[row.header] for row in rows]


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    if place < 0:
        raise CheckpointError("truncated: too short for a zip file")
    file.seek(place)
    block = file.read(length)
    if len(block) < length:
        raise CheckpointError("damaged zip file: its table names places behind its end")
    return block


def _number(block: bytes, place: int, length: int) -> int:
    return int.from_bytes(block[place : place + length], "little")


def _end(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Return where the table begins, its length, and how many entries it says it has."""
    place = size - _END_BYTES
    end = _at(file, place, _END_BYTES)
    if not end.startswith(_END) or _number(end, 20, 2):
        raise CheckpointError(
            "truncated or damaged: its zip file does not end with its table, or goes on behind it",
            "copy or save it again",
        )
    short = (_number(end, 16, 4), _number(end, 12, 4), _number(end, 10, 2))
    if _number(end, 4, 4) or _number(end, 8, 2) != short[2]:
        raise CheckpointError("damaged zip file: a part of several")
    has_room = place >= _LOCATOR_BYTES + _END64_BYTES
    locator = _at(file, place - _LOCATOR_BYTES, _LOCATOR_BYTES) if has_room else b""
    table = short
    if locator.startswith(_LOCATOR):
        place -= _LOCATOR_BYTES + _END64_BYTES
        table = _end64(_at(file, place, _END64_BYTES), _number(locator, 8, 8) == place)
    for said, full, told in zip(short, (_FULL32, _FULL32, _FULL16), table, strict=True):
        if said not in (full, told):
            raise CheckpointError("damaged zip file: it has two tables that differ")
    if table[0] + table[1] != place:
        raise CheckpointError("damaged zip file: bytes before it, or between its table and its end")
    return table


def _end64(block: bytes, is_here: bool) -> tuple[int, int, int]:
    is_sound = block.startswith(_END64) and _number(block, 4, 8) == _END64_BYTES - 12
    if not is_sound or not is_here or _number(block, 16, 8):
        raise CheckpointError("damaged zip file: its long table is not where it says")
    if _number(block, 24, 8) != _number(block, 32, 8):
        raise CheckpointError("damaged zip file: a part of several")
    return _number(block, 48, 8), _number(block, 40, 8), _number(block, 32, 8)


def _rows(table: bytes, count: int) -> list[_Row]:
    rows: list[_Row] = []
    place = 0
    while place < len(table) and len(rows) <= count:
        row, length = _row(table, place)
        rows.append(row)
        place += length
    if len(rows) != count or place != len(table):
        raise CheckpointError(f"damaged zip file: its table does not have {count:,} entries")
    return rows


def _row(table: bytes, place: int) -> tuple[_Row, int]:
    entry = table[place : place + _ENTRY_BYTES]
    name_bytes, extra_bytes, comment = (_number(entry, at, 2) for at in (28, 30, 32))
    length = _ENTRY_BYTES + name_bytes + extra_bytes + comment
    if not entry.startswith(_ENTRY) or place + length > len(table):
        raise CheckpointError("damaged zip file: its table breaks off")
    name = table[place + _ENTRY_BYTES :][:name_bytes]
    extra = table[place + _ENTRY_BYTES + name_bytes :][:extra_bytes]
    _refuse_packed(name, entry)
    unpacked, packed, header = _long(entry, extra)
    if packed != unpacked:
        raise CheckpointError(f"damaged zip file: {_shown(name)} has two lengths")
    return _Row(name, header, unpacked), length


def _refuse_packed(name: bytes, entry: bytes) -> None:
    if _number(entry, 8, 2) & _ENCRYPTED:
        raise CheckpointError(f"{_shown(name)} is encrypted, which torch never does")
    if _number(entry, 10, 2):
        raise CheckpointError(
            f"{_shown(name)} is compressed, which torch never does: {_number(entry, 20, 4):,} "
            f"bytes for {_number(entry, 24, 4):,}"
        )


def _long(entry: bytes, extra: bytes) -> list[int]:
    """Return length unpacked, length packed and place, from the extra field where too long."""
    told = _extra64(extra)
    values = []
    for at in (24, 20, 42):
        value = _number(entry, at, 4)
        if value == _FULL32:
            value, told = _number(told, 0, 8), told[8:]
        values.append(value)
    return values


def _extra64(extra: bytes) -> bytes:
    while len(extra) >= 4:
        kind, length = _number(extra, 0, 2), _number(extra, 2, 2)
        if kind == 1:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""


def _refuse_alike(rows: list[_Row]) -> None:
    seen: dict[bytes, bytes] = {}
    for row in rows:
        before = seen.setdefault(row.name.lower(), row.name)
        if before is not row.name:
            how = "comes twice" if before == row.name else f"is {_shown(before)} but for case"
            raise CheckpointError(f"{_shown(row.name)} {how}: readers would see different files")
    if len({row.header for row in rows}) != len(rows):
        raise CheckpointError("two entries of its zip file lie at one place")


def _entry(file: BinaryIO, row: _Row) -> Entry:
    head = _at(file, row.header, _LOCAL_BYTES)
    name_bytes, extra_bytes = _number(head, 26, 2), _number(head, 28, 2)
    name = _at(file, row.header + _LOCAL_BYTES, name_bytes)
    if not head.startswith(_LOCAL) or name != row.name:
        raise CheckpointError(f"damaged: {_shown(row.name)} is not where its table says")
    if _number(head, 6, 2) & _ENCRYPTED or _number(head, 8, 2):
        raise CheckpointError(f"damaged: {_shown(row.name)} is packed by one of its two headers")
    start = row.header + _LOCAL_BYTES + name_bytes + extra_bytes
    return Entry(row.name.decode("latin-1"), start, row.bytes)


def _refuse_unlisted(made: dict[int, Entry], end: int) -> None:
    """Refuse entries that overlap, and bytes that no entry lists."""
    before, name = 0, "its beginning"
    for header, entry in sorted(made.items()):
        if header < before:
            raise CheckpointError(f"a zip bomb: {entry.name[:60]} overlaps {name[:60]}")
        if header - before > (_LONGEST_GAP if before else 0):
            raise CheckpointError(
                f"{header - before:,} bytes after {name[:60]} that are in no entry"
            )
        before, name = entry.start + entry.bytes, entry.name
    if not before <= end <= before + _LONGEST_GAP:
        raise CheckpointError(f"damaged zip file: {name[:60]} does not end where its table begins")


def _shown(name: bytes) -> str:
    return name[:60].decode("ascii", "backslashreplace")
