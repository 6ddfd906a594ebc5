"""NaN for "not logged here": only where two columns take turns from the first row on."""

import json
import math

import pytest

import healthlint
from healthlint.readers import read

NAN, INF = math.nan, math.inf


def write(folder, train, val, name="log.jsonl", **more) -> str:
    rows = [
        {"step": at, "train_loss": t, "val_loss": v, **{key: own[at] for key, own in more.items()}}
        for at, (t, v) in enumerate(zip(train, val, strict=True))
    ]
    if name.endswith(".csv"):
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    else:
        lines = [json.dumps(row) for row in rows]
    (folder / name).write_text("\n".join(lines) + "\n")
    return str(folder / name)


def counts(path: str) -> dict[str, tuple[int, int]]:
    """Return how many values each series has, and how many of them are not finite."""
    (run,) = read(path).runs
    return {
        key: (len(one), sum(not math.isfinite(x) for x in one.values.tolist()))
        for key, one in run.series.items()
    }


TURNS = ([NAN, 1, NAN, NAN, 2, 3], [1, NAN, 2, 3, NAN, NAN])


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv"])
def test_columns_that_take_turns_have_blanks(tmp_path, name):
    path = write(tmp_path, *TURNS, name)
    assert counts(path) == {"train/total_loss": (3, 0), "val/total_loss": (3, 0)}
    assert read(path).problems == ()


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        pytest.param([1, 1, 1, NAN, 1], [NAN, NAN, NAN, 1, NAN], ((4, 0), (1, 0)), id="by row 4"),
        pytest.param([1] * 4 + [NAN], [NAN] * 4 + [1], ((5, 1), (2, 1)), id="by row 5"),
        pytest.param([1, NAN, 1], [NAN, 1, 1], ((2, 0), (2, 0)), id="both later"),
        pytest.param([1, NAN, NAN], [NAN, 1, NAN], ((2, 1), (2, 1)), id="both NaN later"),
        pytest.param([1, 1, NAN], [1, NAN, 1], ((3, 1), (3, 1)), id="both in the first row"),
        pytest.param([NAN, 1, NAN], [NAN, NAN, 1], ((3, 2), (3, 2)), id="neither in the first row"),
        pytest.param([INF, 1, NAN], [NAN, NAN, 1], ((3, 2), (3, 2)), id="infinite is no turn"),
        pytest.param([NAN, 1, INF], [1, NAN, NAN], ((3, 2), (3, 2)), id="nor later"),
        pytest.param([1] * 6, [NAN] * 6, ((6, 0), (3, 3)), id="always one of them"),
    ],
)
def test_near_misses(tmp_path, train, val, expected):
    found = counts(write(tmp_path, train, val))
    assert (found["train/total_loss"], found["val/total_loss"]) == expected


def test_what_is_blank_with_one_of_them_is_blank_too(tmp_path):
    rate = [NAN, 0.1, NAN, NAN, 0.1, 0.1]
    assert counts(write(tmp_path, *TURNS, lr=rate))["lr"] == (3, 0)
    rate[5] = NAN
    assert counts(write(tmp_path, *TURNS, lr=rate))["lr"] == (3, 1)


def test_a_dense_column_beside_them_keeps_its_nan(tmp_path):
    assert counts(write(tmp_path, *TURNS, mel_loss=[1, 1, NAN, 1, 1, 1]))["mel_loss"] == (6, 1)


def test_what_cannot_be_told_is_said(tmp_path):
    (problem,) = read(write(tmp_path, [1, 1], [NAN, NAN])).problems
    assert problem.message.startswith("`val_loss` begins with NaN beside numbers of `train_loss`")
    assert problem.count == 2


def test_validation_that_never_is_a_number_is_found(tmp_path):
    (log,) = healthlint.check(write(tmp_path, [1 / (at + 1) for at in range(9)], [NAN] * 9)).logs
    assert [finding.rule for finding in log.findings] == ["core/non-finite"]
    assert log.findings[0].first.step == 3


@pytest.mark.parametrize("length", range(1, 6))
@pytest.mark.parametrize(
    ("train", "val"),
    [TURNS, ([1] * 6, [NAN] * 6), ([NAN, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]), TURNS[::-1]],
)
def test_a_prefix_says_the_same(tmp_path, train, val, length):
    whole = read(write(tmp_path, train, val, lr=[NAN, 1, NAN, 1, 1, 1])).runs[0].series
    part = read(write(tmp_path, train[:length], val[:length], lr=[NAN, 1, NAN, 1, 1, 1]))
    for key, one in part.runs[0].series.items():
        cut = whole[key].upto(length - 1)
        assert cut.records.tolist() == one.records.tolist()
        assert repr(cut.values.tolist()) == repr(one.values.tolist())
