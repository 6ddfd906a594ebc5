"""A stop is read for the attempt that it means, and for no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from healthlint.emit import RunLogger
from healthlint.emit.stop import stop_file

STOP = {"rule": "core/non-finite", "message": "NaN", "attempt": 0, "last_good_checkpoint": "a.pt"}


def asked(path: Path, **more: object) -> None:
    stop_file(path).write_text(json.dumps({**STOP, "run": "", **more}))


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_stop_is_read_once_and_logged(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    with RunLogger(path, run="a") as log:
        assert log.should_stop() is None
        asked(path, run="a")
        stop = log.should_stop()
        assert stop is not None
        assert (stop.rule, stop.last_good_checkpoint) == ("core/non-finite", "a.pt")
        assert log.should_stop() is stop
    said = lines(path)
    assert [one.get("event") for one in said] == [None, "stop", None]
    assert said[-1]["status"] == "stopped"


@pytest.mark.parametrize("more", [{"run": "other"}, {"run": "a", "attempt": 1}, {"run": ["a"]}])
def test_a_stop_of_another_attempt_is_left_alone(more: dict[str, object], tmp_path: Path) -> None:
    asked(tmp_path / "logs.jsonl", **more)
    with RunLogger(tmp_path / "logs.jsonl", run="a") as log:
        assert log.should_stop() is None


def test_a_resumed_run_does_not_obey_the_stop_before_it(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    with RunLogger(path, run="a"):
        asked(path, run="a")
    with RunLogger(path, resume_step=3) as log:
        assert log.should_stop() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rule": "x"}', "\xff"])
def test_a_broken_stop_is_none(text: str, tmp_path: Path) -> None:
    stop_file(tmp_path / "logs.jsonl").write_text(text)
    with RunLogger(tmp_path / "logs.jsonl") as log:
        assert log.should_stop() is None


def test_every_rank_reads_the_same_file(tmp_path: Path) -> None:
    asked(tmp_path / "logs.jsonl", run="a")
    with RunLogger(tmp_path / "logs.jsonl", run="a", rank=3) as log:
        assert log.should_stop()
