"""Runs, attempts and what waits: a near miss on each side of every bound."""

import numpy as np
import pytest

from healthlint.logs import Log
from healthlint.logs.assembly import assemble
from healthlint.logs.records import Column, Records
from healthlint.logs.segmentation import MOST_ATTEMPTS

NAN = float("nan")


def log(steps, epochs=None, names=None) -> Log:
    """Return the log of records at these steps; ``names`` says which metric each one carries."""
    count = len(steps)
    names = names or ["train_loss"] * count
    columns = [
        Column(
            name, "", np.flatnonzero([other == name for other in names]), np.ones(names.count(name))
        )
        for name in dict.fromkeys(names)
    ]
    records = Records(
        lines=np.arange(1, count + 1),
        steps=np.array(steps, float),
        epochs=np.array(epochs if epochs else [NAN] * count, float),
        times=np.full(count, NAN),
        columns=columns,
    )
    return assemble("log.jsonl", "jsonl", records, {})


def shape(found: Log) -> list[tuple[list, int, int]]:
    """Return the steps that each run has now, its attempts, and how many records wait."""
    return [
        (run.series["train/total_loss"].steps.tolist(), len(run.timelines), run.provisional)
        for run in found.runs
    ]


FIRST = [100, 200, 300, 400]
FINE = list(range(10, 800, 10))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(FIRST, [(FIRST, 1, 0)], id="one run"),
        pytest.param([*FIRST, 400, 500], [([*FIRST, 400, 500], 1, 0)], id="a step twice"),
        pytest.param([*FIRST, 100], [(FIRST, 1, 1)], id="one record cannot tell"),
        pytest.param([*FIRST, 100, 200], [(FIRST, 1, 2)], id="two records cannot tell"),
        pytest.param(
            [*FIRST, 100, 200, 300], [(FIRST, 1, 0), ([100, 200, 300], 1, 0)], id="three can"
        ),
        pytest.param(
            [*FIRST, 200, 300, 400], [([100, 200, 300, 400], 2, 0)], id="second step: resume"
        ),
        pytest.param(
            [0, *FIRST, 100, 200, 300],
            [([0, *FIRST], 1, 0), ([100, 200, 300], 1, 0)],
            id="step 0 alone is left: restart",
        ),
        pytest.param(
            [0, *FIRST, 200, 300, 400], [([0, 100, 200, 300, 400], 2, 0)], id="more is left: resume"
        ),
        pytest.param(
            [*FINE, 100, 200, 300],
            [(FINE, 1, 0), ([100, 200, 300], 1, 0)],
            id="first at its distance",
        ),
        pytest.param(
            [*FINE, 101, 201, 301],
            [([*FINE[:10], 101, 201, 301], 2, 0)],
            id="first beyond its distance",
        ),
        pytest.param([1, 2, 3, 5, 4, 6, 7], [([1, 2, 3, 5, 4, 6, 7], 1, 0)], id="one record late"),
        pytest.param([1, 2, 3, 5, 4, 5, 6], [([1, 2, 3, 4, 5, 6], 2, 0)], id="back by one step"),
        pytest.param([2, 1, 3, 4], [([2, 1, 3, 4], 1, 0)], id="late at the very beginning"),
        pytest.param(
            [1, 2, 1, 3, 5], [([1, 2], 1, 0), ([1, 3, 5], 1, 0)], id="begun again after two records"
        ),
        pytest.param(
            [*FIRST, 300, 200, 300, 400, 500],
            [([100, 200, 300, 400, 500], 3, 0)],
            id="back, and back again",
        ),
    ],
)
def test_steps(steps, expected):
    assert shape(log(steps)) == expected


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        ([1, 2, 3, 4, 5], [5]),
        ([1, 2, 3, 3, 4], [5]),
        ([1, 2, 3, 4, 1, 2, 3], [4, 3]),
        ([1, 2, 3, 4, 2, 3, 4], [4]),
        ([1, 2, 3, 4, 1, 2], [4]),
    ],
)
def test_epochs_alone(epochs, expected):
    found = log([NAN] * len(epochs), epochs)
    assert [len(run.series["train/total_loss"]) for run in found.runs] == expected


def test_step_that_falls_as_the_epoch_rises_counts_within_it():
    (run,) = log([50, 100, 150, 50, 100, 150], [1, 1, 1, 2, 2, 2]).runs
    assert len(run.timelines) == 1
    assert np.isnan(run.series["train/total_loss"].steps).tolist() == [False] * 3 + [True] * 3


def test_step_that_falls_within_an_epoch_is_a_rewind():
    (run,) = log([50, 100, 150, 100, 150, 200], [1] * 6).runs
    assert run.series["train/total_loss"].steps.tolist() == [50, 100, 150, 200]


def test_epoch_that_falls_while_steps_go_on_is_no_rewind():
    (run,) = log([100, 200, 300, 400, 500], [1, 2, 3, 1, 2]).runs
    assert (len(run.timelines), len(run.series["train/total_loss"])) == (1, 5)


def test_a_series_is_compared_with_itself_only():
    names = ["train_loss", "train_loss", "val_loss"] * 3
    (run,) = log([100, 200, 1, 300, 400, 2, 500, 600, 3], names=names).runs
    assert (len(run.timelines), run.provisional, run.notes) == (1, 0, ())


def test_what_was_recorded_after_the_resumed_step_is_abandoned_on_any_axis():
    names = ["train_loss", "train_loss", "val_loss"] * 2 + ["train_loss"] * 3
    (run,) = log([100, 200, 1, 300, 400, 2, 300, 400, 500], names=names).runs
    assert run.series["train/total_loss"].steps.tolist() == [100, 200, 300, 400, 500]
    assert run.series["val/total_loss"].steps.tolist() == [1]
    first, second = run.timelines
    assert (first.abandoned_from, second.resumed_from, second.first_record) == (3, 200, 6)


def test_earlier_timeline_keeps_what_was_abandoned():
    (run,) = log([*FIRST, 300, 400, 500]).runs
    first, second = (timeline.series["train/total_loss"] for timeline in run.timelines)
    assert first.records.tolist() == [0, 1, 2, 3]
    assert second.records.tolist() == [0, 1, 4, 5, 6]


def test_abandoning_reaches_back_over_attempts():
    (run,) = log([*FIRST, 500, 400, 500, 600, 200, 300, 400]).runs
    assert [timeline.abandoned_from for timeline in run.timelines] == [1, 1, None]
    assert run.series["train/total_loss"].steps.tolist() == [100, 200, 300, 400]


@pytest.mark.parametrize(("resumes", "attempts", "is_late"), [(-1, 0, False), (0, 0, True)])
def test_most_attempts(resumes, attempts, is_late):
    again = [8, 9, 10] * (MOST_ATTEMPTS + resumes)
    (run,) = log([*range(1, 11), *again]).runs
    assert len(run.timelines) == MOST_ATTEMPTS + attempts
    assert bool(run.notes[-1].endswith("out of the order of its steps")) == is_late


def test_log_without_records_has_no_runs():
    assert log([]).runs == ()


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        pytest.param([1, 2, 3, 1, 2], [1, 2, 3, 4, 5], id="a pass"),
        pytest.param([0, 1, 2, 0, 1], [1, 2, 3, 4, 5], id="counted from 0"),
        pytest.param([1, 2, 1, 2, 1], [1, 2, 3, 4, 5], id="two passes"),
        pytest.param([1, 2, 3, 2, 3], [1, 2, 3, 2, 3], id="not back to the first"),
        pytest.param([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], id="none"),
    ],
)
def test_an_epoch_that_begins_again_while_steps_go_on_is_a_pass(epochs, expected):
    (run,) = log([100, 200, 300, 400, 500], epochs).runs
    assert run.series["train/total_loss"].epochs.tolist() == expected
    assert len(run.timelines) == 1


def test_an_epoch_that_begins_again_with_its_step_is_a_restart():
    assert len(log([100, 200, 300, 100, 200, 300], [1, 2, 3, 1, 2, 3]).runs) == 2


def test_one_pass_is_counted_once_for_all_series():
    names = ["train_loss", "val_loss"] * 4
    (run,) = log([1, 1, 2, 2, 3, 3, 4, 4], [1, 1, 2, 2, 1, 1, 2, 2], names).runs
    for key in ("train/total_loss", "val/total_loss"):
        assert run.series[key].epochs.tolist() == [1, 2, 3, 4]
    assert run.notes == ("epochs begin again once while the steps go on: they are counted on here",)
