"""Zip files that readers understand differently: one thing for some, another for others."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gating.making import Placed, Writer

Files = list[tuple[str, bytes]]


def pickled(value: float) -> tuple[bytes, bytes]:
    """Return the pickle of ``{"w": tensor}`` and the bytes of its storage."""
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.dump({"w": np.full(3, value, "f4")})
    return stream.getvalue(), writer.kept[0]


GOOD, GOOD_DATA = pickled(1.0)
OTHER, OTHER_DATA = pickled(2.0)
BASE: Files = [
    ("a/data.pkl", GOOD),
    ("a/byteorder", b"little"),
    ("a/data/0", GOOD_DATA),
    ("a/version", b"3\n"),
]


def packed(files: Files, **how: object) -> bytes:
    """Return a zip file; what ``how`` says of a name changes its headers."""
    out, table = io.BytesIO(), []
    for name, data in files:
        at, raw = out.tell(), name.encode("latin-1")
        local = how.get("local", {}).get(name, raw)
        extra = how.get("extra", {}).get(name, b"")
        method = how.get("method", {}).get(name, 0)
        flags = how.get("flags", {}).get(name, 0)
        body = how.get("body", {}).get(name, data)
        crc = how.get("crc", {}).get(name, zipfile.crc32(data))
        head = (20, flags, method, 0, 33, crc, len(body), len(data))
        out.write(
            struct.pack("<4s5H3I2H", b"PK\3\4", *head, len(local), len(extra)) + local + extra
        )
        out.write(body)
        at = how.get("place", {}).get(name, at)
        row = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *head, len(raw), 0, 0, 0, 0, 0, at)
        table.append(row + raw)
    begin = out.tell()
    held = b"".join(table)
    count = how.get("count", len(files))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(held), begin, 0)
    return out.getvalue() + held + how.get("end64", lambda *_: b"")(begin, len(held)) + end


def _end64(count: int, shift: int) -> Callable[[int, int], bytes]:
    def made(begin: int, length: int) -> bytes:
        record = struct.pack(
            "<4sQ2H2I4Q", b"PK\6\6", 44, 20, 20, 0, 0, count, count, length, begin + shift
        )
        return record + struct.pack("<4sIQI", b"PK\6\7", 0, begin + length, 1)

    return made


def _deflated(data: bytes) -> bytes:
    import zlib

    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return made.compress(data) + made.flush()


def _second_table() -> bytes:
    """A whole zip file in the comment of another."""
    inner = packed([("a/data.pkl", OTHER), ("a/data/0", OTHER_DATA), ("a/version", b"3\n")])
    outer = packed(BASE)
    return outer[:-2] + struct.pack("<H", len(inner)) + inner


def _as_two_types() -> bytes:
    """One storage, first read as whole numbers, then as floats."""
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.dump({"n": np.ones(3, "i8")[:0], "w": np.full(3, 1.0, "f4")})
    data = stream.getvalue().replace(b"X\x01\x00\x00\x001", b"X\x01\x00\x00\x000")
    return packed([("a/data.pkl", data), *BASE[1:]])


def _module_storage() -> bytes:
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.dump({"w": np.full(3, 1.0, "f4"), "c": Placed("my_trainer", "Settings")})
    return packed([("a/data.pkl", stream.getvalue()), *BASE[1:]])


def _safetensors_too() -> bytes:
    """The length of a table of safetensors, spelled by the magic number of a zip file."""
    length = int.from_bytes(b"PK\3\4", "little")
    table = b'{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}'
    return struct.pack("<Q", length) + table.ljust(length) + GOOD_DATA


TRICKS: dict[str, Callable[[], bytes]] = {
    "plain": lambda: packed(BASE),
    "data.pkl twice": lambda: packed([*BASE, ("a/data.pkl", OTHER)]),
    "data.pkl twice, the other first": lambda: packed([("a/data.pkl", OTHER), *BASE]),
    "equal but for case": lambda: packed([*BASE, ("a/DATA.PKL", OTHER)]),
    "case alone": lambda: packed([("a/Data.pkl", OTHER), *BASE[1:]]),
    "storage twice": lambda: packed([*BASE, ("a/data/0", OTHER_DATA)]),
    "second folder": lambda: packed([*BASE, ("b/data.pkl", OTHER)]),
    "second folder first": lambda: packed([("b/data.pkl", OTHER), *BASE]),
    "folder by case": lambda: packed([*BASE, ("A/data.pkl", OTHER)]),
    "no folder": lambda: packed([(name[2:], data) for name, data in BASE]),
    "deeper": lambda: packed([("a/b/data.pkl", OTHER), *BASE]),
    "bytes before": lambda: b"PK\3\4" + b"\0" * 96 + packed(BASE),
    "bytes behind": lambda: packed(BASE) + b"\0" * 40,
    "table in the comment": _second_table,
    "fewer counted": lambda: packed([*BASE, ("a/data/1", b"x")], count=4),
    "more counted": lambda: packed(BASE, count=5),
    "other local name": lambda: packed(BASE, local={"a/data.pkl": b"a/data.pkx"}),
    "local extra": lambda: packed(BASE, extra={"a/data.pkl": b"FB\x04\x00ZZZZ"}),
    "compressed pickle": lambda: packed(
        BASE, method={"a/data.pkl": 8}, body={"a/data.pkl": _deflated(GOOD)}
    ),
    "encrypted": lambda: packed(BASE, flags={"a/data.pkl": 1}),
    "long table elsewhere": lambda: packed(BASE, end64=_end64(4, 10)),
    "long table of fewer": lambda: packed(BASE, end64=_end64(3, 0)),
    "long table": lambda: packed(BASE, end64=_end64(4, 0)),
    "archive within": lambda: packed([*BASE, ("a/extra.zip", packed(BASE))]),
    "NUL in a name": lambda: packed([*BASE, ("a/data.pkl\0.txt", OTHER)]),
    "backslash": lambda: packed([*BASE, ("a\\data.pkl", OTHER)]),
    "TorchScript": lambda: packed([*BASE, ("a/constants.pkl", OTHER)]),
    "no version": lambda: packed(BASE[:-1]),
    "unknown version": lambda: packed([*BASE[:-1], ("a/version", b"99\n")]),
    "byteorder in capitals": lambda: packed([BASE[0], ("a/byteorder", b"BIG"), *BASE[2:]]),
    "wrong checksum": lambda: packed(BASE, crc={"a/data.pkl": 1}),
    "bytes behind the pickle": lambda: packed([("a/data.pkl", GOOD + OTHER), *BASE[1:]]),
    "two entries in one place": lambda: packed([*BASE, ("a/data/1", b"x")], place={"a/data/1": 0}),
    "one storage, two types": _as_two_types,
    "foreign class": _module_storage,
    "safetensors too": _safetensors_too,
}


def write(folder: Path) -> dict[str, Path]:
    """Write every file; return its path by name."""
    made = {}
    for i, (name, make) in enumerate(TRICKS.items()):
        made[name] = folder / f"{i}.pt"
        made[name].write_bytes(make())
    return made
