"""Tables of safetensors: as strict as the library, so that every reader sees the same tensors."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from healthlint.checkpoints import CheckpointError
from healthlint.checkpoints.files import load

A, B = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}', "data_offsets"


def _file(table: object, size: int) -> bytes:
    head = table.encode() if isinstance(table, str) else json.dumps(table).encode()
    return struct.pack("<Q", len(head)) + head + bytes(size)


def _entry(dtype: object, shape: object, place: object) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, B: place}


@pytest.mark.parametrize(
    ("table", "size"),
    [
        ({"a": _entry("F32", [2], [0, 8])}, 8),
        ({"b": _entry("F32", [2], [8, 16]), "a": _entry("I64", [1], [0, 8])}, 16),
        ({"a": _entry("F32", [0], [0, 0]), "b": _entry("F32", [], [0, 4])}, 4),
        ({"__metadata__": {"format": "pt"}, "a": _entry("BF16", [2, 2], [0, 8])}, 8),
        ("{" + A + "}    ", 8),
    ],
)
def test_taken(tmp_path: Path, table: object, size: int) -> None:
    (tmp_path / "a").write_bytes(_file(table, size))
    assert load(tmp_path / "a").kind == "safetensors"


@pytest.mark.parametrize(
    ("table", "size", "said"),
    [
        ({"a": _entry("F32", [2], [4, 12])}, 12, "a leaves bytes before it"),
        ({"a": _entry("F32", [2], [0, 8]), "b": _entry("F32", [1], [4, 8])}, 8, "b overlaps"),
        ({"a": _entry("F32", [2], [0, 8])}, 9, "1 bytes behind its last tensor"),
        ({"a": _entry("F32", [2], [0, 8])}, 7, "truncated: tensor a"),
        ({"a": _entry("F32", [3], [0, 8])}, 8, "8 bytes for 3 numbers"),
        ({"a": _entry("F32", [2.0], [0, 8])}, 8, "impossible shape"),
        ({"a": _entry("F32", [True], [0, 4])}, 4, "impossible shape"),
        ({"a": _entry("F32", [-2, -1], [0, 8])}, 8, "impossible shape"),
        ({"a": _entry("F32", [2], [8, 0])}, 8, "impossible shape or place"),
        ({"a": _entry("F32", [2], [0, 8, 9])}, 8, "impossible shape or place"),
        ({"a": _entry("F32", [1 << 62], [0, 0])}, 0, "impossible shape"),
        ({"a": _entry("F31", [2], [0, 8])}, 8, "unknown type F31"),
        ({"a": _entry(["F32"], [2], [0, 8])}, 8, "unknown type"),
        ({"a": {"dtype": "F32", "shape": [2]}}, 8, "lacks 'data_offsets'"),
        ({"a": [1, 2]}, 8, "its entry lacks"),
        ({"__metadata__": {"epoch": 3}}, 0, "__metadata__ is no mapping of texts"),
        ("{" + A + "," + A + "}", 8, "says a twice"),
        ("{" + A + "}\0", 8, "no JSON"),
    ],
)
def test_refused(tmp_path: Path, table: object, size: int, said: str) -> None:
    (tmp_path / "a").write_bytes(_file(table, size))
    with pytest.raises(CheckpointError, match=said):
        load(tmp_path / "a")


def test_a_file_that_is_a_pickle_too_is_refused(tmp_path: Path) -> None:
    """Its length begins like a text in a pickle, which goes on to name something in the table."""
    text = 140
    head = b'{"' + b"x" * (text - 8) + "K\u0093".encode()  # a number, then STACK_GLOBAL
    head += b'":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
    length = 0x8C | text << 8  # a short text of so many bytes
    path = tmp_path / "a"
    path.write_bytes(struct.pack("<Q", length) + head.ljust(length))
    with pytest.raises(CheckpointError, match="a pickle as well"):
        load(path)
