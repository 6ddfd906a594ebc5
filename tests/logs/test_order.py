"""Records of one step may come in any order, and twice: what is read stays the same."""

import json
from itertools import groupby

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.readers import read


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("order")


@st.composite
def logs(draw: st.DrawFn) -> list[dict]:
    """Return the lines of a training with validation, an epoch or none, restarts and resumes."""
    per_epoch = draw(st.integers(2, 4))
    axes = draw(st.sampled_from(["step", "both"]))
    lines: list[dict] = []
    spans = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(4, 12)), min_size=1, max_size=3))
    for begin, length in spans:
        for step in range(begin, begin + length):
            own = {"step": step} | ({"epoch": step // per_epoch} if axes == "both" else {})
            lines.append(own | {"train/mel_loss": 1 / (step + 1)})
            if draw(st.booleans()):
                lines.append(own | {"train/energy_loss": 2 / (step + 1)})
            if step % per_epoch == per_epoch - 1:
                lines.append(own | {"val/mel_loss": 3 / (step + 1), "val/energy_loss": 1.0})
    return lines


def described(lines: list[dict], folder) -> list:
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [
        (
            len(run.timelines),
            {
                key: [np.nan_to_num(x, nan=-1).tolist() for x in (s.steps, s.epochs, s.values)]
                for key, s in sorted(run.series.items())
            },
        )
        for run in read(str(path)).runs
    ]


@examples(150)
@given(lines=logs(), data=st.data())
def test_records_of_one_step_in_any_order(folder, lines, data):
    moved, last = [], -1
    for step, group in groupby(lines, key=lambda line: line["step"]):
        rows = list(group)  # where training goes back, its own record is what tells
        moved += data.draw(st.permutations(rows)) if step > last else rows
        last = step
    assert described(moved, folder) == described(lines, folder)


@examples(50)
@given(lines=logs(), data=st.data())
def test_a_record_twice_opens_nothing(folder, lines, data):
    at = data.draw(st.integers(0, len(lines) - 1))
    twice = [*lines[: at + 1], *lines[at:]]
    shape = [attempts for attempts, _ in described(lines, folder)]
    assert [attempts for attempts, _ in described(twice, folder)] == shape
