"""A log that is read while it grows is the log that is read at its end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watching.replaying import ROOT, lines_of

from healthlint.logs import Log
from healthlint.readers import read
from healthlint.watching.following import Follower, Head

RUN = ROOT / "runs/killed-and-resumed/logs.jsonl"


def curves(log: Log) -> dict[tuple[int, int, str], list[float]]:
    return {
        (run.number, timeline.attempt, key): series.values.tolist()
        for run in log.runs
        for timeline in run.timelines
        for key, series in timeline.series.items()
    }


def same(one: Log, other: Log) -> bool:
    mine, yours = curves(one), curves(other)
    equal = mine.keys() == yours.keys() and all(
        np.array_equal(mine[key], yours[key], equal_nan=True) for key in mine
    )
    events = [[run.events for run in log.runs] for log in (one, other)]
    return equal and events[0] == events[1] and one.problems == other.problems


@settings(max_examples=20)
@given(st.lists(st.integers(0, 20_000), max_size=6))
def test_pieces_cut_anywhere_make_the_same_log(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    data, path = RUN.read_bytes(), tmp_path_factory.mktemp("log") / "logs.jsonl"
    follower, at = Follower(str(path), {}), 0
    news = None
    for cut in [*sorted(cuts), len(data)]:
        with path.open("ab") as out:
            out.write(data[at:cut])
        at = max(at, cut)
        news = follower.look().log or news
    assert news is not None
    assert same(news, read(str(path)))


def test_a_line_that_is_being_written_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    whole = b"".join(lines_of(RUN)[:20])
    path.write_bytes(whole + b'{"step": 30, "train/mel_')
    log = Follower(str(path), {}).look().log
    assert log is not None
    assert log.problems == ()
    assert log.runs


def test_a_log_that_has_not_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    path.write_bytes(RUN.read_bytes())
    follower = Follower(str(path), {})
    assert follower.look().log is not None
    assert follower.look().log is None


def test_other_formats_are_read_anew_when_they_change(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss\n" + "".join(f"{n},{9 / (n + 1)}\n" for n in range(20)))
    follower = Follower(str(path), {})
    first = follower.look().log
    with path.open("a") as out:
        out.write("20,0.1\n")
    second = follower.look().log
    assert first is not None
    assert second is not None
    assert len(second.lines) == len(first.lines) + 1


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    follower = Follower(str(path), {})
    news = follower.look()
    assert (news.incident, news.log is not None and news.log.problems[0].message) == (
        None,
        "no such file",
    )
    path.write_bytes(RUN.read_bytes())
    news = follower.look()
    assert news.incident is None
    assert news.log is not None
    assert news.log.runs


def test_a_file_is_known_by_its_beginning() -> None:
    assert Head.of(b"abc").knows(b"abcd")
    assert not Head.of(b"abc").knows(b"ab")
    assert not Head.of(b"abc").knows(b"xbcd")
    assert Head().knows(b"anything")


def test_a_line_of_many_megabytes_is_left_out_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "logs.jsonl"
    rows = [json.dumps({"step": n, "loss": 1.0}) for n in range(3)]
    path.write_text("\n".join([rows[0], '{"x": "' + "y" * (17 << 20) + '"}', rows[1], rows[2], ""]))
    log = Follower(str(path), {}).look().log
    assert log is not None
    assert same(log, read(str(path)))
    assert len(log.lines) == 3
