"""Going on with a log that exists: torn ends, run ids, attempts."""

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.emit import RunLogger
from healthlint.emit.tail import Header, is_torn, last_header

Read = Callable[[Path], list[dict[str, Any]]]


def header_of(path: Path) -> Header | None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return last_header(descriptor)
    finally:
        os.close(descriptor)


def test_appending_after_a_line_torn_at_any_byte_loses_that_line_alone(path: Path) -> None:
    with RunLogger(path, run="b1f0") as log:
        log.log(1, {"мел": 0.5})
    whole = path.read_bytes().splitlines(keepends=True)
    head, line = b"".join(whole[:1]), whole[1]
    for cut in range(len(line) + 1):
        path.write_bytes(head + line[:cut])
        RunLogger(path, resume_step=1).close()
        mended = b"" if cut in (0, len(line)) else b"\n"
        after = path.read_bytes()
        assert after.startswith(head + line[:cut] + mended + b'{"_type":"run"')
        assert json.loads(after.splitlines()[-1])["run"] == "b1f0"


def test_a_torn_header_leaves_the_attempt_before_it_the_newest(path: Path, records: Read) -> None:
    RunLogger(path, run="b1f0").close()
    RunLogger(path, resume_step=5).close()
    path.write_bytes(path.read_bytes()[:-10])
    RunLogger(path, resume_step=5).close()
    newest = json.loads(path.read_bytes().splitlines()[-1])
    assert (newest["run"], newest["attempt"]) == ("b1f0", 1)


def test_attempts_count_on_and_a_new_run_counts_anew(path: Path, records: Read) -> None:
    for options in ({}, {"resume_step": 5}, {"resume_step": 6}, {}, {"resume_step": 7}):
        with RunLogger(path, meta={"seed": 1}, **options) as log:  # type: ignore[arg-type]
            log.log(9, {"lr": 0.1})
    headers = [record for record in records(path) if record.get("_type") == "run"]
    assert [header["attempt"] for header in headers] == [0, 1, 2, 0, 1]
    assert [header.get("resumed_from") for header in headers] == [None, 5, 6, None, 7]
    first, second = {headers[place]["run"] for place in (0, 1, 2)}, headers[3]["run"]
    assert first != {second}
    assert len(first) == 1
    assert headers[4]["run"] == second


def test_resuming_another_run_than_the_last_is_refused(path: Path) -> None:
    RunLogger(path, run="b1f0").close()
    before = path.read_bytes()
    with pytest.raises(ValueError, match="'b1f0'"):
        RunLogger(path, run="c2a1", resume_step=5)
    assert path.read_bytes() == before
    RunLogger(path, run="b1f0", resume_step=5).close()


@pytest.mark.parametrize("left", [b"", b'{"step":1,"loss":0.5}\n', b"epoch 1 loss 0.5"])
def test_resuming_a_log_without_a_header_is_a_second_attempt(path: Path, left: bytes) -> None:
    path.write_bytes(left)
    RunLogger(path, run="b1f0", resume_step=5).close()
    newest = json.loads(path.read_bytes().splitlines()[-1])
    assert (newest["run"], newest["attempt"], newest["resumed_from"]) == ("b1f0", 1, 5)


@pytest.mark.parametrize(
    "line",
    [
        b'{"_type":"run","run":7,"attempt":1}',
        b'{"_type":"run","run":"x","attempt":"1"}',
        b'{"_type":"run","run":"x","attempt":true}',
        b'{"_type":"run","run":"x","attempt":-1}',
        b'{"_type":"event","run":"x","attempt":3}',
        b'["_type","run"]',
        b'{"_type":"run","run":"x","attempt":3',
        b'{"text":"\\"_type\\":\\"run\\""}',
        b'\xff"_type"',
        b'{"a":' + b"[" * 100_000 + b'"_type"',
    ],
)
def test_lines_that_only_look_like_a_header_are_passed_over(path: Path, line: bytes) -> None:
    path.write_bytes(b'{ "run": "good", "attempt": 2, "_type": "run" }\n' + line + b"\n")
    assert header_of(path) == Header("good", 2)


@given(st.lists(st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")), max_size=5))
def test_any_bytes_behind_a_header_leave_it_found(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("any") / "logs.jsonl"
    path.write_bytes(b"\n".join([b'{"_type":"run","run":"x","attempt":4}', *lines]))
    assert header_of(path) == Header("x", 4)


def test_a_long_log_is_searched_without_being_loaded(path: Path) -> None:
    """Thirty-two megabytes are searched in less than one of memory."""
    filler = b'{"step":1,"time":1.0,"train/mel_loss":0.5}\n' * (2**20 // 43)
    path.write_bytes(b'{"_type":"run","run":"x","attempt":4}\n' + filler * 32)
    tracemalloc.start()
    try:
        assert header_of(path) == Header("x", 4)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_looking_at_the_end_leaves_the_place_of_reading(tmp_path: Path) -> None:
    """A handler that logs in the middle of a look must not change what the look reads."""
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\nthr")
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        os.lseek(descriptor, 4, os.SEEK_SET)
        assert is_torn(descriptor)
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 4
        os.write(descriptor, b"ee\n")
        assert not is_torn(descriptor)
    finally:
        os.close(descriptor)
