"""Folders of formats whose log is more than one file, and files that are known by their content."""

import gzip
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from reading.events import course, write

import healthlint
from healthlint.inspection import inspect
from healthlint.readers import find_logs, read
from healthlint.readers.dllogger import FORMAT as DLLOGGER


def state(steps: int) -> str:
    history = [{"step": at, "epoch": at / 10, "loss": 1 / at} for at in range(1, steps + 1)]
    return json.dumps({"log_history": history, "max_steps": 40, "num_train_epochs": 4}, indent=2)


def test_the_newest_checkpoint_of_a_trainer(tmp_path):
    for steps in (5, 20, 10):
        folder = tmp_path / f"checkpoint-{steps}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(state(steps))
    assert find_logs([str(tmp_path)]) == [str(tmp_path)]
    assert len(read(str(tmp_path)).runs[0].series["total_loss"]) == 20


def entry(epoch: int, iteration: int) -> str:
    data = {"train_mel_loss": 1 / (epoch + iteration)}
    row = {"timestamp": "1646725425.43", "type": "LOG", "step": [epoch, iteration, 5], "data": data}
    return f"DLLL {json.dumps(row)}\n"


def test_files_of_dllogger_follow_each_other(tmp_path):
    rows = [entry(epoch, iteration) for epoch in (1, 2, 3) for iteration in range(1, 6)]
    (tmp_path / "nvlog.json").write_text("".join(rows[:8]))
    (tmp_path / "nvlog.json.2").write_text("".join(rows[10:]))
    (tmp_path / "nvlog.json.1").write_text("".join(rows[5:12]))
    log = read(str(tmp_path))
    (run,) = log.runs
    assert log.format == DLLOGGER
    assert run.series["train/mel_loss"].steps.tolist() == list(range(1, 16))
    assert [timeline.resumed_from for timeline in run.timelines] == [None, 5, 10]


def test_fastpitch_is_known_by_its_parameters(tmp_path):
    told = {"step": "PARAMETER", "type": "LOG", "data": {"dur_predictor_loss_scale": 0.1}}
    (tmp_path / "nvlog.json").write_text(f"DLLL {json.dumps(told)}\n{entry(1, 1)}{entry(1, 2)}")
    (run,) = read(str(tmp_path)).runs
    (mel,) = inspect(str(tmp_path)).runs[0].metrics
    assert run.facts["trainer"] == "nvidia-fastpitch"
    assert (mel.scale, mel.source) == ("MSE of ln-amp-mel", "trainer")


def test_a_step_that_is_not_finite_is_unknown(tmp_path):
    folder = tmp_path / "plots" / "metrics"
    folder.mkdir(parents=True)
    (folder / "mel_loss.tsv").write_text("step\tmel_loss\n1\t0.5\n1e999\t0.4\n2\t0.25\n")
    steps = read(str(tmp_path)).runs[0].series["mel_loss"].steps
    assert np.isfinite(steps).sum() == 2 and not np.isinf(steps).any()


def test_a_folder_of_numbers(tmp_path):
    for name in ("mel_loss", "duration_loss"):
        (tmp_path / f"{name}.txt").write_text("3.5\n2.5\nnan\n")
    series = read(str(tmp_path)).runs[0].series
    assert sorted(series) == ["duration_loss", "mel_loss"]
    assert series["mel_loss"].steps.tolist() == [1, 2, 3]


def test_a_table_is_found_where_no_name_is_known(tmp_path):
    (tmp_path / "notes.txt").write_text("try a lower rate\n")
    (tmp_path / "history.dat").write_text("epoch,loss\n0,1.5\n1,1.25\n")
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "history.dat")]


def test_a_console_beside_event_files_is_not_taken(tmp_path):
    write(tmp_path / "logs", course(range(5)))
    (tmp_path / "train.log").write_text("Step 1, Mel Loss: 0.5\nStep 2, Mel Loss: 0.4\n")
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "logs")]


TRACKIO = Path(__file__).parents[2] / "fixtures" / "formats" / "trackio" / "tts.db"


def test_a_garbled_schema(tmp_path):
    content = TRACKIO.read_bytes()
    path = tmp_path / "tts.db"
    path.write_bytes(content.replace(b"CREATE TABLE metrics", b"CREATE TABL\xff metrics"))
    (problem,) = read(str(path)).problems
    assert (problem.kind, "SQLite file" in problem.message) == ("unreadable", True)


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE other (x)",
        "CREATE VIEW metrics AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
        " SELECT n AS timestamp, n AS run_name, n AS step, n AS metrics FROM r",
    ],
)
def test_a_database_without_a_plain_table_of_metrics(tmp_path, schema):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute(schema)
    connection.close()
    (problem,) = read(str(path)).problems
    assert "no table of metrics" in problem.message


FORMATS = Path(__file__).parents[2] / "fixtures" / "formats"


def copies(folder: Path, **names: str) -> None:
    """Copy fixtures of formats into sub-folders."""
    for name, fixture in names.items():
        shutil.copytree(FORMATS / fixture, folder / name)


def test_runs_of_several_formats_lie_beside_each_other(tmp_path):
    copies(tmp_path, a="lightning-csv", b="hf-trainer", c="trackio", d="tensorboard-torch")
    logs = [Path(path).relative_to(tmp_path).as_posix() for path in find_logs([str(tmp_path)])]
    assert logs == ["a/metrics.csv", "b", "c/tts.db", "d"]


def test_what_is_no_training_is_not_taken_where_there_is_one(tmp_path):
    copies(tmp_path, a="hf-trainer")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "scores.csv").write_text("epoch,word_errors\n1,0.5\n2,0.25\n")
    (tmp_path / "b" / "config.json").write_text('{"sampling_rate": 22050}')
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "a")]
    assert find_logs([str(tmp_path / "b")]) == [
        str(tmp_path / "b" / "config.json"),
        str(tmp_path / "b" / "scores.csv"),
    ]


def test_a_console_above_or_below_event_files_is_not_taken(tmp_path):
    write(tmp_path / "run" / "logs", course(range(5)))
    for folder in ("run", "run/logs", "run/logs/old"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "train.log").write_text("Step 1, Mel Loss: 1\nStep 2, Mel Loss: 2\n")
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "run" / "logs")]


def test_patterns(tmp_path, monkeypatch):
    copies(tmp_path, a="hf-trainer", b="lightning-csv")
    monkeypatch.chdir(tmp_path)
    assert find_logs(["[ab]"]) == ["a", "b/metrics.csv"]
    assert find_logs(["**/*.csv", "b/*"]) == ["b/metrics.csv"]
    assert read("*/metrics.csv").runs
    assert read("*").problems[0].message == "2 paths match, name one: a, b"
    assert read("*.log").problems[0].message == "no file matches this pattern"
    (tmp_path / "c[1].csv").write_text("epoch,loss\n1,0.5\n")
    assert find_logs(["c[1].csv"]) == ["c[1].csv"]


def test_every_log_of_a_folder_is_judged(tmp_path, monkeypatch):
    copies(tmp_path, a="hf-trainer", b="lightning-csv")
    monkeypatch.chdir(tmp_path)
    names = ["a/trainer_state.json", "b/metrics.csv"]
    assert [log.path for log in healthlint.check(".").logs] == names
    assert [log.path for log in healthlint.check("*").logs] == names


def test_what_lies_beside_the_records_of_wandb_is_no_log_of_its_own(tmp_path):
    copies(tmp_path, run="wandb-offline")
    (tmp_path / "run" / "files").mkdir()
    summary = '{"_step": 30, "train/mel_loss": 0.5, "train/loss": 0.5}'
    (tmp_path / "run" / "files" / "wandb-summary.json").write_text(summary)
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "run")]
    assert len(read(str(tmp_path)).runs[0].series["train/mel_loss"]) == 30


def test_files_of_visualdl_follow_each_other_and_the_console_is_not_taken(tmp_path):
    whole = (FORMATS / "visualdl" / "vdlrecords.1795340911.log").read_bytes()
    (tmp_path / "vdlrecords.1795340911.log").write_bytes(whole)
    (tmp_path / "vdlrecords.999999999.log").write_bytes(whole[:900])
    (tmp_path / "worker_0.log").write_text("iter: 1/9, l1_loss: 0.5\niter: 2/9, l1_loss: 0.4\n")
    assert find_logs([str(tmp_path)]) == [str(tmp_path)]
    log = read(str(tmp_path))
    assert log.format == "visualdl"
    assert [len(run.series["train/mel_loss"]) for run in log.runs][-1] == 30


@pytest.mark.parametrize("name", ["mlflow-sql/mlflow.db", "trackio/tts.db"])
def test_a_database_that_is_packed(tmp_path, name):
    path = tmp_path / "runs.db.gz"
    path.write_bytes(gzip.compress((FORMATS / name).read_bytes()))
    log, plain = read(str(path)), read(str(FORMATS / name))
    assert (log.path, log.format) == (str(path), plain.format)
    assert [list(run.series) for run in log.runs] == [list(run.series) for run in plain.runs]
    path.write_bytes(path.read_bytes()[:-500])
    assert [problem.kind for problem in read(str(path)).problems] == ["unreadable"]


def test_prose_and_code_of_a_folder_are_not_taken(tmp_path):
    text = "Step 1, Mel Loss: 0.5\nStep 2, Mel Loss: 0.4\n"
    for name in ("README.md", "train.py", "train.txt"):
        (tmp_path / name).write_text(text)
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "train.txt")]
    assert read(str(tmp_path / "README.md")).runs


def test_an_empty_file_beside_a_log_is_passed_over(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"step": 1, "loss": 2.0}\n')
    (tmp_path / "b.jsonl").write_text("\n")
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "a.jsonl")]
    (tmp_path / "a.jsonl").unlink()
    assert find_logs([str(tmp_path)]) == [str(tmp_path / "b.jsonl")]
