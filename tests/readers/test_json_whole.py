"""One JSON value over a whole file, and tables that name no axis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from healthlint.readers import find_logs, read

LISTS = {"loss": [0.9, 0.8, 0.7], "val_loss": [1.0, 0.9, 0.9], "lr": [0.1, 0.1, 0.1]}
ROWS = [{"step": step, "loss": 1 / step} for step in (1, 2, 4)]


def series_of(path, text: str) -> dict[str, tuple[list, list, list]]:
    path.write_text(text)
    (run,) = read(str(path)).runs
    return {
        key: (one.values.tolist(), one.steps.tolist(), one.epochs.tolist())
        for key, one in run.series.items()
    }


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("around", ["", "history"])
def test_lists_by_metric(tmp_path, indent, around):
    text = json.dumps({around: LISTS} if around else LISTS, indent=indent)
    found = series_of(tmp_path / "history.json", text)
    assert {len(values) for values, _, _ in found.values()} == {3}
    assert [epochs for _, _, epochs in found.values()] == [[1, 2, 3]] * 3
    assert found["val/total_loss"][0] == LISTS["val_loss"]


def test_lists_with_an_axis_of_their_own(tmp_path):
    text = json.dumps({"step": [10, 20], "loss": [0.5, 0.4]})
    assert series_of(tmp_path / "x.json", text)["total_loss"][:2] == ([0.5, 0.4], [10, 20])


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"best": 1, "runs": {"a": rows}}])
def test_records_over_several_lines(tmp_path, wrap):
    found = series_of(tmp_path / "x.json", json.dumps(wrap(ROWS), indent=1))
    assert found["total_loss"][:2] == ([1.0, 0.5, 0.25], [1, 2, 4])


def test_records_whose_epoch_stands_last(tmp_path):
    rows = [{"loss": 1 / at, "mel_loss": 0.5 / at, "epoch": at} for at in (1, 2, 3, 4)]
    found = series_of(tmp_path / "x.json", json.dumps(rows, indent=1))
    assert found["total_loss"][0::2] == ([1, 1 / 2, 1 / 3, 1 / 4], [1, 2, 3, 4])
    assert found["mel_loss"][2] == [1, 2, 3, 4]


def test_records_with_an_object_for_each_split(tmp_path):
    rows = [{"epoch": at, "train": {"loss": 1 / at}, "val": {"loss": 2 / at}} for at in (1, 2, 3)]
    found = series_of(tmp_path / "x.json", json.dumps({"history": rows}, indent=2))
    assert found["train/total_loss"][0] == [1, 1 / 2, 1 / 3]
    assert found["val/total_loss"][0] == [2, 1, 2 / 3]


def test_a_console_behind_its_configuration(tmp_path):
    config = json.dumps({"lr": 0.1, "epochs": 3}, indent=2)
    lines = "".join(f"[12:30] step {at}, loss: {1 / at}\n" for at in (1, 2, 4))
    found = series_of(tmp_path / "console.log", f"{config}\n{lines}")
    assert found["total_loss"][:2] == ([1, 0.5, 0.25], [1, 2, 4])


def test_one_line_of_a_trainers_state(tmp_path):
    state = {"log_history": [{"loss": 1.5, "epoch": 0.5, "step": 10}], "max_steps": 100}
    assert series_of(tmp_path / "x.json", json.dumps(state))["total_loss"][:2] == ([1.5], [10])


@pytest.mark.parametrize(
    "value", [{"name": "x", "sizes": [1, 2]}, {"loss": "huber", "layers": [3, 4]}, [1, 2, 3], {}]
)
def test_other_values_are_no_logs(tmp_path, value):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value, indent=2))
    log = read(str(path))
    assert not log.runs and log.problems[0].is_fatal


def test_a_history_that_pandas_wrote(tmp_path):
    text = ",loss,val_loss\n0,0.9,1.0\n1,0.8,0.9\n"
    found = series_of(tmp_path / "history.csv", text)
    assert found["total_loss"] == (
        [0.9, 0.8],
        pytest.approx([float("nan")] * 2, nan_ok=True),
        [1, 2],
    )
    assert set(found) == {"total_loss", "val/total_loss"}


def test_columns_that_do_not_say_loss(tmp_path):
    found = series_of(tmp_path / "x.csv", "train_mse,val_mse\n0.9,1.0\n0.8,0.9\n")
    assert [(key, one[0]) for key, one in found.items()] == [
        ("train/mse", [0.9, 0.8]),
        ("val/mse", [1.0, 0.9]),
    ]
    assert series_of(tmp_path / "y.csv", "Episode,Loss\n1,0.9\n2,0.8\n")["total_loss"][1] == [1, 2]


@pytest.mark.parametrize("text", ["name,score\nbob,3\n", "a,b\n1,2\n", "loss, of the war\nx, y\n"])
def test_other_tables_are_no_logs(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert not read(str(path)).runs


def test_a_table_without_an_axis_is_read_where_it_is_named_only(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("train_mse,val_mse\n0.9,1.0\n0.8,0.9\n")
    assert find_logs([str(tmp_path)]) == [str(tmp_path)]


HISTORY = [{"step": i, "loss": 1 / i, "note": "[ { é"} for i in range(1, 6)]


def places_of(path: Path, text: str) -> list[int]:
    path.write_text(text, encoding="utf-8")
    log = read(str(path))
    series = log.runs[-1].series["total_loss"]
    return [log.line(int(record)) for record in series.records]


@pytest.mark.parametrize(
    ("value", "indent", "expected"),
    [
        (HISTORY, 2, [2, 7, 12, 17, 22]),
        (HISTORY, None, [1, 1, 1, 1, 1]),
        ({"about": "é [ {", "runs": [{"a": 1}], "history": HISTORY}, 1, [9, 14, 19, 24, 29]),
    ],
    ids=["laid out", "in one line", "behind other arrays"],
)
def test_a_record_has_the_line_that_it_begins_on(
    value: object, indent: int | None, expected: list[int], tmp_path: Path
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if indent is None:
        text = text.replace("[{", "[\n{", 1)
        expected = [line + 1 for line in expected]
    assert places_of(tmp_path / "history.json", text) == expected


def test_a_state_of_transformers_in_another_layout(tmp_path: Path) -> None:
    text = json.dumps({"best_metric": None, "log_history": HISTORY, "max_steps": 5}, indent="\t")
    assert places_of(tmp_path / "trainer_state.json", text) == [4, 9, 14, 19, 24]


def test_steps_and_values_by_metric(tmp_path: Path) -> None:
    def of(values: list[float], steps: list[int]) -> dict[str, list]:
        return {"steps": steps, "timestamps": ["2026"] * len(steps), "values": values}

    told = {"train/loss": of([0.9, 0.8, 0.7], [5, 10, 15]), "val/loss": of([1.0, 0.95], [10, 15])}
    found = series_of(tmp_path / "metrics.json", json.dumps(told))
    assert found["train/total_loss"][:2] == ([0.9, 0.8, 0.7], [5, 10, 15])
    assert found["val/total_loss"][:2] == ([1.0, 0.95], [10, 15])


@pytest.mark.parametrize("steps", [None, [1, None], [[1], [2]], "12"])
def test_steps_that_are_none(tmp_path: Path, steps: object) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"train/loss": {"steps": steps, "values": [0.9, 0.8]}}))
    assert not any(len(run.series) > 1 for run in read(str(path)).runs)


def test_an_array_on_one_line_that_the_head_does_not_end(tmp_path: Path) -> None:
    batches = [{"train_loss": 2.5, "train_batch_size": 64}] * 900
    rows = [{"batches": batches, "epoch": at, "train_loss": 3 / at} for at in (1, 2, 3)]
    found = series_of(tmp_path / "history.json", json.dumps(rows))
    assert found["train/total_loss"][0] == [3, 1.5, 1]


def test_measures_of_boosting(tmp_path: Path) -> None:
    told = {"train": {"mlogloss": [0.7, 0.3, 0.1]}, "validation": {"mlogloss": [0.8, 0.6, 0.7]}}
    found = series_of(tmp_path / "evals_result.json", json.dumps(told))
    assert found["train/mlogloss"][0] == [0.7, 0.3, 0.1]
    assert found["val/mlogloss"][0] == [0.8, 0.6, 0.7]
