"""A stub never stands for the run that can be judged, and the report says which was taken."""

import json

import pytest

import healthlint
from healthlint.engine import choose
from healthlint.logs.choosing import FEWEST, can_be_judged
from healthlint.readers import read


def write(folder, *lengths: int, key: str = "train/mel_loss", last: float | None = None) -> str:
    """Return a log with starts of some lengths; the very last value may be another one."""
    rows = [{"step": at, key: 1 / at} for length in lengths for at in range(1, length + 1)]
    if last is not None:
        rows[-1][key] = last
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.mark.parametrize(
    ("lengths", "taken"),
    [
        ((30, FEWEST), 2),
        ((30, FEWEST - 1), 1),
        ((30, 20, 3, 3), 2),
        ((3, 30), 2),
        ((4, 3), 2),
        ((FEWEST, 5, 6), 1),
    ],
)
def test_the_last_run_that_can_be_judged_is_taken(tmp_path, lengths, taken):
    log = read(write(tmp_path, *lengths))
    assert choose(log, "last").number == taken
    assert [choose(log, str(n)).number for n in range(1, len(lengths) + 1)] == [
        *range(1, len(lengths) + 1)
    ]


def test_a_value_that_is_no_number_is_worth_judging(tmp_path):
    assert choose(read(write(tmp_path, 30, 4, last=float("nan"))), "last").number == 2
    assert choose(read(write(tmp_path, 30, 4, last=0.5)), "last").number == 1


def test_only_losses_count_where_there_are_any(tmp_path):
    rows = [{"step": at, "lr": 0.1} | ({"loss": 1.0} if at < 4 else {}) for at in range(1, 40)]
    path = tmp_path / "rate.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert not can_be_judged(read(str(path)).runs[0])


def test_the_report_says_which_run_was_taken_and_lists_the_stubs(tmp_path):
    path = write(tmp_path, 5, 30, 3, 4)
    (log,) = healthlint.check(path).logs
    said = "run 2 is the last that can be judged: 2 stubs after it (3, 4 records)"
    assert (log.run.number, log.run.notes[0]) == (2, said)
    assert [(run.number, run.is_stub) for run in log.other_runs] == [
        (1, True),
        (3, True),
        (4, True),
    ]
    (named,) = healthlint.check(path, run=4).logs
    assert (named.run.number, said in named.run.notes) == (4, False)


def test_a_log_of_stubs_alone_has_none(tmp_path):
    (log,) = healthlint.check(write(tmp_path, 5, 4)).logs
    assert (log.run.number, log.run.is_stub, log.other_runs[0].is_stub) == (2, False, False)
