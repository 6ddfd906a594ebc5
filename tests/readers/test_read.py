"""Paths: files, folders, standard input, and what is said of those that cannot be read."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from healthlint.logs import Log, Problem
from healthlint.readers import find_logs, formats, read
from healthlint.readers.columns import NAMES
from healthlint.readers.source import LONGEST, Source, batches

LOG = b'{"step":1,"loss":0.5}\n{"step":2,"loss":0.4}\n'


def only_problem(log: Log) -> Problem:
    (problem,) = log.problems
    return problem


def test_formats_are_found_in_the_folder():
    assert "jsonl" in [reader.FORMAT for reader in formats()]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("logs.jsom", "did you mean `logs.jsonl`?"),
        ("rusn/logs.jsonl", "did you mean `runs/logs.jsonl`?"),
        ("entirely-different", None),
    ],
)
def test_missing_file_is_unreadable_and_a_near_one_is_named(tmp_path, monkeypatch, asked, hint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    for name in ("logs.jsonl", "runs/logs.jsonl"):
        (tmp_path / name).write_bytes(LOG)
    problem = only_problem(read(asked))
    assert (problem.kind, problem.message, problem.hint) == ("unreadable", "no such file", hint)


@pytest.mark.parametrize("path", ["a\0b", "logs.jsonl/below", "x" * 5000])
def test_impossible_paths_are_unreadable(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs.jsonl").write_bytes(LOG)
    assert only_problem(read(path)).kind == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file_is_unreadable(tmp_path):
    path = tmp_path / "logs.jsonl"
    path.write_bytes(LOG)
    path.chmod(0)
    assert only_problem(read(str(path))).message == "cannot be read: Permission denied"


def test_folder_with_one_log_is_that_log(tmp_path):
    (tmp_path / "run" / "deep").mkdir(parents=True)
    (tmp_path / "run" / "deep" / "metrics.jsonl").write_bytes(LOG)
    log = read(str(tmp_path))
    assert (log.path, len(log.lines)) == (str(tmp_path / "run" / "deep" / "metrics.jsonl"), 2)


def test_folder_without_a_log_is_nothing_and_says_what_was_looked_for(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    problem = only_problem(read(str(tmp_path)))
    assert problem.kind == "nothing"
    assert "*.jsonl" in problem.message


def test_folder_with_several_logs_asks_for_one(tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(LOG)
    problem = only_problem(read(str(tmp_path)))
    assert problem.message == "2 logs in this folder, name one: a.jsonl, b.jsonl"


def test_folders_are_replaced_by_their_logs(tmp_path):
    for name in ("1/logs.jsonl", "1/samples.jsonl", "2/x.jsonl.gz", "2/y.ndjson", ".git/z.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LOG)
    (tmp_path / "empty").mkdir()
    found = find_logs([str(tmp_path), "-", "no-such", str(tmp_path / "empty")])
    assert found == [
        *(str(tmp_path / name) for name in ("1/logs.jsonl", "2/x.jsonl.gz", "2/y.ndjson")),
        "-",
        "no-such",
        str(tmp_path / "empty"),
    ]


def test_standard_input_is_read(tmp_path):
    code = "from healthlint.readers import read; print(len(read('-').lines), read('-').path)"
    done = subprocess.run([sys.executable, "-c", code], input=LOG, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["2", "-"]


def test_facts_of_the_user_outrank_the_header(tmp_path):
    path = tmp_path / "log.jsonl"
    header = {"_type": "run", "run": "a", "meta": {"utterances": 10, "device": "mps"}}
    path.write_bytes(json.dumps(header).encode() + b"\n" + LOG)
    (run,) = read(str(path), {"utterances": 2200, "steps_per_epoch": 1}).runs
    assert run.facts == {"utterances": 2200, "device": "mps", "steps_per_epoch": 1}
    assert run.series["total_loss"].epochs.tolist() == [1, 2]


@pytest.mark.parametrize(("size", "kept"), [(LONGEST, [1, 2, 3]), (LONGEST + 1, [1, 3])])
def test_longest_line(tmp_path, size, kept):
    start, end = b'{"step":2,"loss":0.4,"x":"', b'"}'
    path = tmp_path / "log.jsonl"
    filler = b"x" * (size - len(start) - len(end))
    path.write_bytes(b"".join((LOG[:22], start, filler, end, b'\n{"step":3,"loss":0.3}\n')))
    log = read(str(path))
    assert log.lines.tolist() == kept
    said = [(problem.message, problem.line) for problem in log.problems]
    assert said == ([] if 2 in kept else [("a line of more than 16 MiB, left out", 2)])


class Endless(io.RawIOBase):
    """A stream of one line that never ends, until a limit that no line may reach."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1, /) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


def test_endless_line_is_not_kept():
    (batch,) = batches(Source("-", Endless(4 * LONGEST)))
    assert (batch.is_too_long, batch.text, batch.count) == (True, b"", 1)


@pytest.mark.parametrize(("extra", "problems"), [(0, 0), (1, 1)])
def test_most_names(tmp_path, extra, problems):
    path = tmp_path / "log.jsonl"
    row = {"step": 1, "loss": 0.5} | {f"m{i}": i for i in range(NAMES - 1 + extra)}
    path.write_text(json.dumps(row) + "\n")
    log = read(str(path))
    assert (len(log.runs[0].series), len(log.problems)) == (NAMES, problems)


def test_list_of_paths_is_in_the_order_of_names(tmp_path):
    for name in ("b.jsonl", "a.jsonl", "c/logs.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LOG)
    assert [Path(path).name for path in find_logs([str(tmp_path)])] == [
        "a.jsonl",
        "b.jsonl",
        "logs.jsonl",
    ]


@pytest.mark.parametrize("cut", [0, 12])
def test_zstd_is_unpacked_where_its_package_is_installed(tmp_path, cut):
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "log.jsonl.zst"
    rows = b"".join(b'{"step":%d,"loss":%d}\n' % (i, i * i % 977) for i in range(40_000))
    packed = zstandard.ZstdCompressor().compress(rows)
    path.write_bytes(packed[: len(packed) - cut])
    log = read(str(path))
    if cut:
        assert log.problems[-1].message == "the zstd file is truncated"
    else:
        assert (len(log.lines), log.problems) == (40_000, ())


def test_zstd_without_its_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    (tmp_path / "log.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfd\x24\x00")
    problem = only_problem(read(str(tmp_path / "log.jsonl.zst")))
    assert (problem.kind, problem.message) == ("unreadable", "compressed with zstd")
    assert "pip install zstandard" in problem.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everything")
def test_a_folder_that_may_not_be_entered_is_unreadable_and_the_others_are_read(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "logs.jsonl").write_bytes(LOG)
    (tmp_path / "b").chmod(0)
    try:
        logs = [read(path) for path in find_logs([str(tmp_path)])]
    finally:
        (tmp_path / "b").chmod(0o755)
    assert [len(log.runs) for log in logs] == [1, 0]
    problem = only_problem(logs[1])
    assert problem.message == "this folder may not be entered: Permission denied"
    assert problem.kind == "unreadable"
