"""What lies beside a log: facts with their source, and the console of the same run."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from gating.making import torch_zip, weights

from healthlint.logs import Run
from healthlint.looking import look

EPOCHS = 4


def log(folder: Path, name: str = "logs.jsonl", **meta: object) -> Path:
    path = folder / name
    head = {"_type": "run", "_schema": "healthlint.log/1", "step": 0, "meta": meta}
    rows = [{"step": 10 * n, "epoch": n, "val/mel_loss": mel(n)} for n in range(1, EPOCHS + 1)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in [head, *rows]))
    return path


def mel(epoch: int) -> float:
    return round(3 - epoch / 4, 4)


def console(folder: Path, shift: float = 0.0) -> None:
    lines = [
        "INFO:kokoro.training.trainer:Mixed precision training disabled by configuration",
        "WARNING:kokoro.data.dataset:Phoneme durations are being estimated (lower quality).",
        "INFO:kokoro.training.trainer:Dataset split: 108 training, 12 validation samples",
        "INFO:kokoro.training.trainer:Starting training on device: mps",
    ]
    for epoch in range(1, EPOCHS + 1):
        said = f"Loss: {mel(epoch) + 0.2}, Mel: {mel(epoch) + shift}, Dur: 0.4, Stop: 0.3"
        lines += [f"INFO:kokoro.training.trainer:Validation Epoch {epoch} - {said}"]
    (folder / "train.log").write_text("\n".join(lines) + "\n")


def kept(folder: Path, number: int, **config: object) -> None:
    content = {"model_state_dict": weights(), "config": SimpleNamespace(**config)}
    torch_zip(folder / f"checkpoint_epoch_{number}.pth", content)


def run_of(path: Path) -> Run:
    return look(str(path)).runs[-1]


def test_facts_of_the_config_in_the_latest_checkpoint(tmp_path: Path) -> None:
    kept(tmp_path, 9, num_epochs=20)
    kept(tmp_path, 10, num_epochs=40, batch_size=8, device="mps", use_mixed_precision=False)
    run = run_of(log(tmp_path))
    said = {"planned_epochs": 40, "batch_size": 8, "device": "mps", "precision": "fp32"}
    assert {name: run.facts[name] for name in said} == said
    assert any(note.startswith("from checkpoint_epoch_10.pth: ") for note in run.notes)


def test_what_the_log_says_holds_and_a_contradiction_is_said(tmp_path: Path) -> None:
    kept(tmp_path, 1, num_epochs=40)
    run = run_of(log(tmp_path, planned_epochs=30))
    assert run.facts["planned_epochs"] == 30
    said = "checkpoint_epoch_1.pth says planned_epochs 40, the log 30: the log's holds"
    assert said in run.notes


def test_agreement_is_no_contradiction(tmp_path: Path) -> None:
    kept(tmp_path, 1, device="mps")
    assert not any("says device" in note for note in run_of(log(tmp_path, device="mps:0")).notes)


@pytest.mark.parametrize(
    ("name", "text", "fact", "value"),
    [
        ("hparams.yaml", "max_epochs: 12\n", "planned_epochs", 12),
        ("config.yaml", "train: {epochs: 50}\n", "planned_epochs", 50),
        ("config.json", '{"train": {"fp16_run": true}}', "precision", "mixed"),
        ("config.json", '{"data": {"sampling_rate": 16000}}', "sample_rate", 16000),
        ("config.json", '{"epochs": "many"}', "planned_epochs", None),
        ("config.json", '{"epochs": -1}', "planned_epochs", None),
        ("config.json", '{"epochs": true}', "planned_epochs", None),
        ("config.json", "[1", "planned_epochs", None),
        ("hparams.yaml", "!!python/object:os.system {}\n", "planned_epochs", None),
        ("others.json", '{"epochs": 12}', "planned_epochs", None),
    ],
)
def test_facts_of_config_files(
    tmp_path: Path, name: str, text: str, fact: str, value: object
) -> None:
    (tmp_path / name).write_text(text)
    assert run_of(log(tmp_path)).facts.get(fact) == value


def test_in_a_folder_of_several_logs_nothing_is_taken(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"epochs": 12}')
    log(tmp_path, "other.jsonl")
    assert "planned_epochs" not in run_of(log(tmp_path)).facts


def test_the_console_of_the_same_run_tells_what_it_knows(tmp_path: Path) -> None:
    console(tmp_path)
    run = run_of(log(tmp_path))
    said = {"utterances": 108, "device": "mps", "precision": "fp32"}
    assert {name: run.facts[name] for name in said} == said
    (event,) = (one for one in run.current.events if one.kind == "estimated_durations")
    assert "train.log" in str(event.fields["text"])


def test_the_console_of_another_run_is_left_aside(tmp_path: Path) -> None:
    console(tmp_path, shift=0.1)
    run = run_of(log(tmp_path))
    assert "utterances" not in run.facts
    assert run.current.events == ()


def test_event_files_in_a_folder_of_their_own_belong_to_the_folder_above(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    console(tmp_path)
    kept(tmp_path, 1, num_epochs=40)
    facts = run_of(log(tmp_path / "logs")).facts
    assert (facts["planned_epochs"], facts["utterances"]) == (40, 108)


def test_a_damaged_checkpoint_costs_its_facts_alone(tmp_path: Path) -> None:
    (tmp_path / "checkpoint_epoch_3.pth").write_bytes(b"PK\x03\x04 no zip")
    assert len(run_of(log(tmp_path)).series["val/mel_loss"]) == EPOCHS
