"""Whole runs: what they log, that a resume is exact, and how they end."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from healthlint.trainer import checkpoint, losses
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.progress import Progress

LOSSES = set(losses.NAMES)
SHARPNESS = {"sharpness", "sharpness_time", "sharpness_frequency", "sharpness_static"}


class CtrlC(Progress):
    """A terminal at which somebody presses Ctrl-C after a step."""

    def __init__(self, at: int) -> None:
        super().__init__(StringIO())
        self.at = at

    def step(self, step: int, total: int, epoch: int, epochs: int) -> None:
        if step == self.at:
            os.kill(os.getpid(), signal.SIGINT)


def same_weights(one: Path, two: Path) -> bool:
    """Whether two runs ended with the same weights and optimiser state, bit for bit."""
    first, second = (checkpoint.load(run / "checkpoints/last.pt") for run in (one, two))
    tensors = [(first["model"][name], second["model"][name]) for name in first["model"]]
    for number, state in first["optimizer"]["state"].items():
        tensors += [(state[name], second["optimizer"]["state"][number][name]) for name in state]
    return all(torch.equal(a, b) for a, b in tensors)


def test_the_same_settings_give_the_same_run(start, rows):
    (one, _), (two, _) = start("one"), start("two")
    assert rows(one) == rows(two)
    assert same_weights(one, two)
    other, _ = start("three", seed=1)
    assert rows(other) != rows(one)


@pytest.mark.parametrize(
    ("at", "fault"), [(1, None), (3, None), (4, None), (5, "blurred-targets"), (7, "lr-jump")]
)
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(start, resume, rows, at, fault):
    """Within an epoch, at a logged step, at an epoch's end: 4 steps an epoch, 3 in a row."""
    whole, _ = start("whole", fault=fault)
    cut, is_finished = start("cut", progress=CtrlC(at), fault=fault)
    assert not is_finished
    assert resume(cut)
    assert rows(cut) == rows(whole)
    assert same_weights(cut, whole)


def test_an_interrupt_in_the_last_step_still_ends_the_run(start, records):
    out, is_finished = start("run", progress=CtrlC(8))
    assert is_finished
    assert records(out)[-1]["status"] == "ok"


def test_ctrl_c_writes_a_checkpoint_that_is_announced_and_its_place_in_the_log(start, records):
    out, _ = start("run", progress=CtrlC(5))
    *_, event, end = records(out)
    assert (end["_type"], end["status"], end["step"]) == ("end", "interrupted", 5)
    assert (event["event"], event["step"], event["epoch"]) == ("checkpoint", 5, 2)
    content = (out / event["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == event["sha256"]
    stored = torch.load(out / event["path"], weights_only=True)
    assert (stored["step"], stored["epoch"], stored["batch"]) == (5, 2, 1)
    log = (out / "logs.jsonl").read_bytes()
    line = log[stored["log"]["offset"] :].splitlines()[0]
    assert json.loads(line)["event"] == "checkpoint"


def test_a_resume_says_where_it_went_on(start, resume, records):
    out, _ = start("run", progress=CtrlC(5))
    resume(out)
    first, second = (record for record in records(out) if record.get("_type") == "run")
    assert (second["attempt"], second["resumed_from"], second["run"]) == (1, 5, first["run"])


def test_the_end_of_a_run_cannot_be_resumed_past(start, resume, records):
    out, _ = start("run")
    before = records(out)
    assert resume(out)
    assert records(out) == before


def test_a_second_run_in_the_same_folder_is_refused(start):
    out, _ = start("run", epochs=1)
    with pytest.raises(TrainerError, match=f"--resume {out}"):
        start("run")


def test_the_header_has_every_fact_that_a_rule_may_need(start, records):
    out, _ = start("run")
    meta = records(out)[0]["meta"]
    facts = {
        "trainer": "healthlint",
        "corpus": "espeak",
        "language": "ru",
        "utterances": 16,
        "val_utterances": 8,
        "sample_rate": 22050,
        "hop_length": 256,
        "device": "cpu",
        "precision": "fp32",
        "batch_size": 4,
        "steps_per_epoch": 4,
        "planned_epochs": 2,
        "seed": 0,
        "durations": "exact (synthesizer)",
    }
    assert {name: meta[name] for name in facts} == facts
    assert "fault" not in meta
    assert meta["metrics"]["mel_loss"] == {
        "kind": "l1", "space": "ln-power-mel", "logged_factor": 1.0, "total_weight": 1.0,
    }  # fmt: skip
    assert meta["metrics"]["duration_loss"]["space"] == "ln1p-frames"
    assert meta["metrics"]["duration_loss"]["delta"] == 1.0


def test_rows_carry_every_loss_once_a_span_and_once_an_epoch(start, rows):
    out, _ = start("run")
    training = [row for row in rows(out) if "train/mel_loss" in row]
    validation = [row for row in rows(out) if "val/mel_loss" in row]
    assert [(row["step"], row["epoch"]) for row in training] == [(3, 1), (4, 1), (7, 2), (8, 2)]
    assert [(row["step"], row["epoch"]) for row in validation] == [(4, 1), (8, 2)]
    names = {f"train/{name}" for name in LOSSES} | {"grad_norm", "lr", "step", "epoch"}
    assert all(set(row) == names for row in training)
    names = {f"val/{name}" for name in LOSSES | SHARPNESS} | {"step", "epoch"}
    assert all(set(row) == names for row in validation)


def test_the_total_is_the_weighted_sum_that_the_header_declares(start, records, rows):
    out, _ = start("run")
    scales = records(out)[0]["meta"]["metrics"]
    weights = {name: s["total_weight"] for name, s in scales.items() if "total_weight" in s}
    for row in rows(out):
        split = "val" if "val/mel_loss" in row else "train"
        total = sum(weight * row[f"{split}/{name}"] for name, weight in weights.items())
        assert row[f"{split}/total_loss"] == pytest.approx(total, rel=1e-5)


def test_checkpoints_carry_every_loss_and_load_without_pickled_code(start, rows):
    out, _ = start("run", save_every=1)
    last = torch.load(out / "checkpoints/epoch_002.pt", weights_only=True)
    newest = {name: value for row in rows(out) for name, value in row.items() if "/" in name}
    stored = {name: value for name, value in last["losses"].items() if "/" in name}
    assert stored == pytest.approx(newest, rel=1e-5)
    assert last["config"]["hidden"] == 16


def test_samples_are_announced_and_hold_what_they_say(start, records):
    out, _ = start("run", sample_every=1)
    events = [record for record in records(out) if record.get("event") == "sample"]
    assert [event["epoch"] for event in events] == [1, 1, 2, 2]
    for event in events:
        with np.load(out / event["mel"]) as said, np.load(out / event["target_mel"]) as true:
            assert said["mel"].shape == true["mel"].shape
            assert said["mel"].dtype == np.float32
            assert (int(said["sample_rate"]), int(said["hop_length"])) == (22050, 256)
        assert "wav" not in event or (out / event["wav"]).stat().st_size > 44
    first, _, again, _ = events
    assert first["target_mel"] == again["target_mel"]


def test_log_zero_makes_l1_infinite_and_training_goes_on(start, rows):
    out, is_finished = start("run", fault="log-zero-l1", log_every=1)
    assert is_finished
    training = [row for row in rows(out) if "grad_norm" in row]
    hit = [row for row in training if row.get("_nonfinite", {}).get("train/mel_loss")]
    assert len(hit) == 2  # its batch, once an epoch
    assert all(row["grad_norm"] is not None for row in training)
    assert rows(out)[-1]["val/mel_loss"] is not None


def test_log_zero_makes_mse_and_everything_after_it_nan(start, rows, records):
    out, _ = start("run", fault="log-zero-mse", log_every=1, sample_every=1)
    last = rows(out)[-1]
    assert last["val/mel_loss"] is None
    assert last["_nonfinite"]["val/mel_loss"] == "NaN"
    assert not any("wav" in record for record in records(out)[-6:])
    assert records(out)[0]["meta"]["metrics"]["mel_loss"]["kind"] == "mse"


def test_blurred_targets_lower_mel_and_not_spectral_convergence(start, rows):
    """The loss sees the blurred target, the metric the recording."""
    healthy, _ = start("healthy", epochs=7)
    blurred, _ = start("blurred", epochs=7, fault="blurred-targets@2")
    assert rows(blurred)[:3] == rows(healthy)[:3]
    assert rows(blurred)[-1]["val/mel_loss"] < rows(healthy)[-1]["val/mel_loss"]


def test_killed_in_the_middle_of_an_epoch_it_resumes_exactly(start, resume, rows, cache, tmp_path):
    """A real SIGKILL; the newest row of each step is that of a whole run."""
    whole, _ = start("whole", epochs=3)
    out = tmp_path / "killed"
    command = [
        sys.executable, "-m", "healthlint", "train", "--device", "cpu", "--cache", str(cache),
        "--out", str(out), "--utterances", "24", "--epochs", "3", "--hidden", "16",
        "--batch-size", "4", "--log-every", "3", "--sample-every", "0", "--save-every", "0",
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if (out / "checkpoints/last.pt").exists():
            process.kill()
            process.wait()
        time.sleep(0.001)
    assert process.returncode == -signal.SIGKILL
    resume(out)
    newest = {(row["step"], "lr" in row): row for row in rows(out)}
    assert list(newest.values()) == sorted(
        rows(whole), key=lambda row: list(newest).index((row["step"], "lr" in row))
    )
    assert same_weights(out, whole)


def test_another_corpus_is_not_resumed_into(start, resume):
    out, _ = start("run", progress=CtrlC(5))
    path = out / "checkpoints/last.pt"
    content = torch.load(path, weights_only=True)
    content["symbols"] = [*content["symbols"], "ʘ"]
    torch.save(content, path)
    with pytest.raises(TrainerError, match="not the corpus that the run began with"):
        resume(out)


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_refused_by_name(start, resume, damage):
    out, _ = start("run", progress=CtrlC(5))
    path = out / "checkpoints/last.pt"
    path.write_bytes(path.read_bytes()[:4000] if damage is None else damage)
    with pytest.raises(TrainerError, match=r"last\.pt: not a readable checkpoint"):
        resume(out)


def test_there_must_be_a_checkpoint_to_resume_from(resume, tmp_path):
    with pytest.raises(TrainerError, match="no checkpoint to resume from"):
        resume(tmp_path)


def test_two_processes_do_not_train_in_one_folder(start, resume):
    from healthlint.trainer import lock

    out, _ = start("run", progress=CtrlC(5))
    before = (out / "logs.jsonl").read_bytes()
    with lock.held(out), pytest.raises(TrainerError, match="another process is training there"):
        resume(out)
    assert (out / "logs.jsonl").read_bytes() == before
    assert resume(out)
