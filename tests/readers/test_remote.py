"""Logs at URLs: fetched where one is named, with what keeps them from it said clearly."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from healthlint.cli import main
from healthlint.readers import find_logs, read, remote

FIXTURES = Path(__file__).parents[2] / "fixtures"
memory = pytest.importorskip("fsspec").filesystem("memory")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(remote, "_copies", {})
    yield
    memory.rm("/", recursive=True) if memory.ls("/") else None


def put(folder: Path, at: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            memory.pipe(f"{at}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def test_a_file():
    put(FIXTURES / "scars", "/scars")
    log = read("memory://scars/vits.log")
    local = read(str(FIXTURES / "scars" / "vits.log"))
    assert (log.path, log.format) == ("memory://scars/vits.log", local.format)
    assert [run.series.keys() for run in log.runs] == [run.series.keys() for run in local.runs]
    assert log.problems == local.problems


@pytest.mark.parametrize("name", ["tensorboard-torch", "mlflow-sql", "dvclive", "mlflow-files"])
def test_a_folder_is_what_it_is_here(name):
    put(FIXTURES / "formats" / name, "/run")
    (here,) = find_logs([str(FIXTURES / "formats" / name)])
    (there,) = find_logs(["memory://run"])
    assert there.removeprefix("memory://run") == here.removeprefix(str(FIXTURES / "formats" / name))
    one, other = (read(path).runs[-1].series for path in (here, there))
    assert list(one) == list(other)
    for key, series in one.items():
        np.testing.assert_array_equal(series.values, other[key].values)


def test_what_is_no_log_stays_where_it_is(monkeypatch):
    put(FIXTURES / "formats" / "dvclive", "/run")
    memory.pipe("/run/model.pt", b"weights")
    memory.pipe("/run/samples/1.wav", b"sound")
    copy = remote.fetched("memory://run")
    names = {path.name for path in copy.rglob("*") if path.is_file()}
    assert {"mel.tsv", "norm.tsv", "duration.tsv"} <= names
    assert not {"model.pt", "1.wav"} & names


def test_a_pattern():
    for name in ("hf-trainer", "trackio"):
        put(FIXTURES / "formats" / name, f"/runs/{name}/logs")
    logs = ["memory://runs/hf-trainer/logs", "memory://runs/trackio/logs/tts.db"]
    assert [url.replace(":///", "://") for url in find_logs(["memory://runs/*/logs"])] == logs
    assert all(read(url).runs for url in find_logs(["memory://runs/*/logs"]))
    assert find_logs(["memory://nothing/*/logs"]) == ["memory://nothing/*/logs"]


def test_each_is_fetched_once():
    memory.pipe("/run/logs.jsonl", b'{"step": 1, "loss": 1}\n')
    first = remote.fetched("memory://run")
    memory.pipe("/run/logs.jsonl", b"")
    assert remote.fetched("memory://run") == first
    assert remote.fetched("memory://run/logs.jsonl").read_bytes()


def test_a_file_url_needs_no_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    shutil.copytree(FIXTURES / "formats" / "hf-trainer", tmp_path / "a b")
    url = (tmp_path / "a b").as_uri()
    assert len(read(url).runs) == 1
    assert find_logs([url]) == [url]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("memory://nothing/there", "no such file or folder"),
        ("nosuch://bucket/run", "cannot be fetched: Protocol not known: nosuch"),
    ],
)
def test_what_cannot_be_fetched(url, says):
    (problem,) = read(url).problems
    assert (problem.kind, problem.message) == ("unreadable", says)
    assert find_logs([url]) == [url]


def test_without_the_package(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    assert main(["check", "s3://bucket/run"]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert "fsspec, which is missing" in said
    assert "pip install 'healthlint[remote]'" in said


def test_too_large(monkeypatch):
    monkeypatch.setattr(remote, "LARGEST", 9)
    memory.pipe("/run/logs.jsonl", b'{"step": 1, "loss": 1}\n')
    assert "more than" in read("memory://run/logs.jsonl").problems[0].message
    assert "no log in this folder" in read("memory://run").problems[0].message


def test_secrets_of_a_url_are_not_shown():
    log = read("nosuch://me:key@host/run.jsonl?X-Signature=abc")
    assert log.path == "nosuch://host/run.jsonl"


def test_a_check_of_files_imports_nothing_of_it():
    path = FIXTURES / "jsonl" / "long.jsonl"
    code = (
        "import sys; from healthlint.cli import main; main(['check', sys.argv[1]]);"
        "sys.exit(bool({'fsspec', 'ssl', 'tempfile', 'urllib.request'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True)
    assert done.returncode == 0
