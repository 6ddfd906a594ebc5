"""Training and validation that were kept apart: each start gets the validation of its own steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.readers.pairing import fitting, paired, starts_of


def rows(kind: str, *spans: range) -> list[dict]:
    return [{"step": step, "kind": kind} for span in spans for step in span]


def order(train: list[dict], val: list[dict]) -> list[tuple[int, str]]:
    return [(row["step"], row["kind"]) for row in paired(train, val)]


STUB = range(100, 500, 100)
LONG = range(100, 30_100, 100)
CHECKS = range(1_000, 31_000, 1_000)


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        pytest.param([STUB, STUB, LONG], [CHECKS], [2], id="stubs have none"),
        pytest.param([LONG, STUB], [CHECKS], [0], id="nor have those that follow"),
        pytest.param([LONG, STUB, LONG], [CHECKS, CHECKS], [0, 2], id="in order"),
        pytest.param([LONG, LONG], [CHECKS, CHECKS], [0, 1], id="one each"),
        pytest.param([LONG, LONG], [CHECKS], [1], id="of equals the later"),
        pytest.param([range(100, 1_100, 100), LONG], [CHECKS], [1], id="by overlap, not by start"),
        pytest.param([range(100, 1_100, 100), STUB], [range(1_000, 1_001)], [0], id="one record"),
        pytest.param([range(100, 1_000, 100), STUB], [range(1_000, 1_001)], [0], id="one beyond"),
        pytest.param([LONG], [CHECKS, CHECKS], [0, 0], id="more validations than trainings"),
        pytest.param([LONG], [], [], id="none"),
    ],
)
def test_validation_goes_to_the_training_whose_steps_it_spans(train, val, expected):
    starts = [rows("train", span) for span in train]
    assert fitting(starts, [rows("val", span) for span in val]) == expected


def test_fifteen_and_six_starts():
    train = [range(1, 45)] * 7 + [range(1, 329)] + [range(1, 3)] * 7
    val = [range(1, 45, 4)] * 5 + [range(1, 329)]
    found = order(rows("train", *train), rows("val", *val))
    begins = [at for at, row in enumerate(found) if row == (1, "train")]
    own = found[begins[7] : begins[8]]
    assert [step for step, kind in own if kind == "val"] == list(range(1, 329))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([100, 200, 300, 100, 200], 2),
        ([100, 200, 300, 200, 300], 1),
        ([200, 300, 400, 100, 200, 300], 2),
        ([100, 100, 200, 200], 1),
        ([0, 100, 200, 100, 200, 300], 2),
        ([0, 100, 200, 150, 250], 1),
        ([], 0),
    ],
)
def test_where_a_start_begins(steps, expected):
    assert len(starts_of([{"step": step} for step in steps])) == expected


def test_validation_comes_behind_the_training_of_its_step():
    found = order(rows("train", range(1, 5)), rows("val", range(2, 5, 2)))
    assert found == [
        (1, "train"),
        (2, "train"),
        (2, "val"),
        (3, "train"),
        (4, "train"),
        (4, "val"),
    ]


def test_a_resume_keeps_the_validation_of_before_before_it():
    train = rows("train", range(1, 21), range(16, 25))
    found = order(train, rows("val", range(5, 20, 5), range(20, 21), range(17, 24, 3)))
    resumed = [at for at, row in enumerate(found) if row == (16, "train")][1]
    before = [step for step, kind in found[:resumed] if kind == "val"]
    after = [step for step, kind in found[resumed:] if kind == "val"]
    assert (before, after) == ([5, 10, 15, 20], [17, 20, 23])


def test_a_resume_that_repeats_no_validation():
    found = order(rows("train", range(1, 20), range(16, 25)), rows("val", range(5, 25, 5)))
    resumed = [at for at, row in enumerate(found) if row == (16, "train")][1]
    assert [step for step, kind in found[:resumed] if kind == "val"] == [5, 10, 15]


steps = st.lists(st.integers(0, 9).map(lambda step: {"step": step}), max_size=12)


@given(train=steps, val=steps)
def test_no_record_is_lost_and_the_order_of_each_file_stays(train, val):
    for at, row in enumerate([*train, *val]):
        row["at"] = at
    found = [row["at"] for row in paired(train, val)]
    assert sorted(found) == list(range(len(train) + len(val)))
    assert [at for at in found if at < len(train)] == list(range(len(train)))
    assert [at for at in found if at >= len(train)] == list(
        range(len(train), len(train) + len(val))
    )
