"""The user's trainer: its TensorBoard folder and its console come to the same verdicts."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from reading.user_trainer import STEPS, console, events

import healthlint
from healthlint.readers import read

REAL = next(
    (
        path
        for folder in Path(__file__).parents
        if (path := folder / "shared" / "data" / "user-trainer-run").is_dir()
    ),
    Path("not-here"),
)
NAME = "events.out.tfevents.1795340911.vm.1.0"
KNOWN = {"utterances": 108, "planned_epochs": 30}


def write(folder: Path, smooth_from: float = math.inf, epochs: int = 30) -> tuple[str, str]:
    """Return the paths of a folder of events and of a console."""
    (folder / "logs").mkdir()
    (folder / "logs" / NAME).write_bytes(events(epochs, smooth_from))
    (folder / "console.log").write_text(console(epochs, smooth_from))
    return str(folder / "logs"), str(folder / "console.log")


def verdicts(path: str, facts=None) -> dict[str, tuple]:
    """Return what came out for each rule that could be judged, with the epochs of findings."""
    (log,) = healthlint.check(path, facts=facts or {}).logs
    spans = {
        finding.rule: (finding.first.epoch, finding.last.epoch, finding.active)
        for finding in log.findings
    }
    return {
        verdict.rule: (verdict.state, spans.get(verdict.rule))
        for verdict in log.verdicts
        if verdict.state in ("fail", "pass", "pending")
    }


def compare(folder: str, text: str, facts=None) -> dict[str, tuple]:
    one, other = verdicts(folder, facts), verdicts(text, facts)
    both = one.keys() & other.keys()
    assert {rule: one[rule][0] for rule in both} == {rule: other[rule][0] for rule in both}
    for rule in both:  # digits that were rounded away may move a judgement by a look
        spans = [one[rule][1] or (), other[rule][1] or ()]
        assert all(abs(a - b) <= 1 for a, b in zip(*spans, strict=True))
    assert len(both) >= 11
    return {rule: one[rule] for rule in both}


def test_a_healthy_run(tmp_path):
    judged = compare(*write(tmp_path), KNOWN)
    assert {verdict for verdict, _ in judged.values()} <= {"pass", "pending"}


@pytest.mark.parametrize("facts", [{}, KNOWN])
def test_over_smoothing_is_found_at_the_same_epochs(tmp_path, facts):
    judged = compare(*write(tmp_path, smooth_from=15), facts)
    assert judged["tts/over-smoothing"][0] == "fail"


def test_both_carry_the_same_series(tmp_path):
    folder, text = (read(path).runs[0].series for path in write(tmp_path, epochs=6))
    for key in (
        "val/mel_loss",
        "val/spectral_convergence",
        "train/total_loss@epoch",
        "val/energy_loss",
    ):
        assert folder[key].epochs.tolist() == text[key].epochs.tolist() == [1, 2, 3, 4, 5, 6]
        assert folder[key].steps.tolist() == text[key].steps.tolist()
        np.testing.assert_allclose(folder[key].values, text[key].values, atol=6e-5)
    every = text["mel_loss"]
    assert every.steps.tolist() == list(range(1, 6 * STEPS + 1))
    tenth = every.take(folder["mel_loss"].steps.astype(int) - 1)
    assert tenth.epochs.tolist() == folder["mel_loss"].epochs.tolist()
    np.testing.assert_allclose(tenth.values, folder["mel_loss"].values, rtol=5e-3)


def test_facts_and_events_of_the_console(tmp_path):
    (run,) = read(write(tmp_path, epochs=3)[1]).runs
    known = {"trainer": "kokoro-ruslan", "utterances": 108, "planned_epochs": 3, "device": "cpu"}
    assert run.facts == known
    assert [event.kind for event in run.events] == ["checkpoint"] * 3
    assert run.events[1].fields["path"] == "/out/checkpoint_epoch_2.pth"


def test_a_console_that_was_resumed(tmp_path):
    path = tmp_path / "console.log"
    path.write_text(console(6) + console(9, first=5))
    (run,) = read(str(path)).runs
    assert run.series["val/mel_loss"].epochs.tolist() == list(range(1, 10))
    assert run.series["mel_loss"].steps.tolist() == list(range(1, 9 * STEPS + 1))
    assert run.timelines[1].resumed_from == 4 * STEPS


def test_a_console_that_was_started_again(tmp_path):
    path = tmp_path / "console.log"
    path.write_text(console(6) + console(4))
    assert [len(run.series["val/mel_loss"]) for run in read(str(path)).runs] == [6, 4]


def test_a_console_cut_within_a_bar(tmp_path):
    path = tmp_path / "console.log"
    whole = console(3)
    path.write_text(whole[: whole.rindex("mel_loss=") + 10])
    (run,) = read(str(path)).runs
    assert run.series["mel_loss"].epochs[-1] == 3
    assert len(run.series["val/mel_loss"]) == 2


def test_events_that_were_announced(tmp_path):
    path = tmp_path / "console.log"
    text = console(2) + "WARNING:kokoro.training.trainer:GRADIENT EXPLOSION DETECTED at batch 3\n"
    path.write_text(text + "INFO:kokoro.training.trainer:Early stopping triggered\n")
    kinds = [event.kind for event in read(str(path)).runs[0].events]
    assert kinds == ["checkpoint", "checkpoint", "gradient_explosion", "early_stopping"]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real run is not here")
@pytest.mark.parametrize("facts", [{}, KNOWN])
def test_the_real_run(tmp_path, facts):
    (packed,) = REAL.glob("events*.gz")
    (tmp_path / packed.name.removesuffix(".gz")).write_bytes(gzip.decompress(packed.read_bytes()))
    judged = compare(str(tmp_path), str(REAL / "train.log.gz"), facts)
    assert {verdict for verdict, _ in judged.values()} <= {"pass", "pending"}
    run = read(str(tmp_path)).runs[0]
    assert run.series["val/mel_loss"].epochs.tolist() == list(range(1, 31))
    assert len(run.series["grad_norm"]) == 450


def test_a_teed_log_has_the_epochs_of_the_event_file(tmp_path):
    folder, _ = write(tmp_path, epochs=6)
    (run,) = read(folder).runs
    rows: dict[int, dict] = {}
    for one in run.series.values():
        for record, step, value in zip(one.records, one.steps, one.values, strict=True):
            rows.setdefault(int(record), {"step": float(step)})[one.name] = float(value)
    teed = tmp_path / "logs.jsonl"
    teed.write_text("".join(f"{json.dumps(rows[record])}\n" for record in sorted(rows)))
    found = read(str(teed)).runs[0].series
    assert sorted(found) == sorted(run.series)
    for key, one in run.series.items():
        assert found[key].epochs.tolist() == one.epochs.tolist()
