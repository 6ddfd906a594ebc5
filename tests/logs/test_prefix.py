"""What is said of the beginning of a log holds for the whole of it: prefixes stay true."""

import json
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.logs import Log, Series
from healthlint.readers import read

ARRAYS = ("records", "steps", "epochs", "times", "values")
MOVES = st.one_of(
    st.just("on"),
    st.just("on"),
    st.just("on"),
    st.just("stay"),
    st.just("restart"),
    st.integers(1, 9),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs")


@st.composite
def logs(draw: st.DrawFn) -> list[dict]:
    """Return the lines of a log with restarts, resumes, duplicates, headers, events and ends."""
    has_headers = draw(st.booleans())
    axes = draw(st.sampled_from(["step", "epoch", "both", "within"]))
    per_epoch = draw(st.integers(2, 5))
    meta = {"steps_per_epoch": per_epoch} if draw(st.booleans()) else {}
    run, attempt, step = 0, 0, draw(st.integers(0, 2))
    lines = [{"_type": "run", "run": "0", "attempt": 0, "meta": meta}] if has_headers else []
    for move in draw(st.lists(MOVES, min_size=2, max_size=25)):
        before = step
        step = {"on": step + draw(st.integers(1, 3)), "stay": step, "restart": 0}.get(
            move, step - move if isinstance(move, int) else 0
        )
        step = max(step, 0)
        if has_headers and step < before and draw(st.booleans()):
            resumes = draw(st.booleans())
            run, attempt = (run, attempt + 1) if resumes else (run + 1, 0)
            lines.append(
                {"_type": "run", "run": str(run), "attempt": attempt, "meta": meta}
                | ({"resumed_from": step} if resumes else {})
            )
        lines.append(record(draw, axes, step, per_epoch))
        mark = draw(st.sampled_from(["", "", "", "", "event", "end"]))
        if mark:
            lines.append({"_type": mark, "event": "checkpoint", "step": step})
    return lines


def record(draw: st.DrawFn, axes: str, step: int, per_epoch: int) -> dict:
    """Return one record at a step: of training, of validation, or of both."""
    line: dict = {}
    if axes != "epoch":
        line["step"] = step % per_epoch if axes == "within" else step
    if axes != "step" and draw(st.integers(0, 9)):
        line["epoch"] = step // per_epoch
    names = st.lists(st.sampled_from(["train_loss", "val_loss", "mel_loss", "avg_train_loss"]))
    for name in draw(names):
        line[name] = draw(st.sampled_from([0.5, 1.0, None, "nan"]))
    return line


def read_lines(lines: list[dict], folder: Path) -> Log:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read(str(path))


def described(series: Series) -> tuple:
    arrays = (np.nan_to_num(getattr(series, name), nan=-1e9).tolist() for name in ARRAYS)
    return series.metric, series.split, series.name, *arrays


def timelines(log: Log, part: Log) -> list[tuple]:
    """Return the timelines of a log as far as a part of it goes."""
    return [
        (
            run.number,
            timeline.attempt,
            timeline.first_record,
            timeline.resumed_from,
            {
                key: described(cut)
                for key, series in timeline.series.items()
                if len(cut := series.upto(begun.last_record))
            },
        )
        for run, begun_run in zip(log.runs, part.runs, strict=False)
        for timeline, begun in zip(run.timelines, begun_run.timelines, strict=False)
    ]


@examples(150)
@given(lines=logs(), data=st.data())
def test_timelines_of_a_prefix_are_prefixes(folder, lines, data):
    whole = read_lines(lines, folder)
    part = read_lines(lines[: data.draw(st.integers(1, len(lines)), "length")], folder)
    assert timelines(part, part) == timelines(whole, part)
    assert [e for run in part.runs for e in run.events] == [
        e
        for run, begun in zip(whole.runs, part.runs, strict=False)
        for e in run.events[: len(begun.events)]
    ]


@examples(50)
@given(lines=logs())
def test_every_record_is_of_one_run_and_attempt_or_provisional(folder, lines):
    log = read_lines(lines, folder)
    own = [
        r
        for run in log.runs
        for t in run.timelines
        for r in range(t.first_record, t.last_record + 1)
    ]
    assert own == sorted(set(own))
    waiting = sum(run.provisional for run in log.runs)
    assert waiting < 3
    if not any("_type" in line for line in lines):
        assert len(own) + waiting == len(log.lines)


@examples(50)
@given(lines=logs())
def test_reading_twice_says_the_same(folder, lines):
    first, second = read_lines(lines, folder), read_lines(lines, folder)
    assert timelines(first, first) == timelines(second, second)
    assert (first.problems, [run.notes for run in first.runs]) == (
        second.problems,
        [run.notes for run in second.runs],
    )
