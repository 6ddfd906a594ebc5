"""One call joins a trainer's writer to a log, and every writer that takes its place."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import healthlint
from healthlint.emit import attach
from healthlint.emit.machine import facts, memory
from healthlint.spectrogram.samples import announced


class Writer:
    """As much of a SummaryWriter as a trainer calls."""

    def __init__(self, log_dir: str = "") -> None:
        self.log_dir = log_dir
        self.scalars: list[tuple[str, float, int]] = []
        self.images: list[str] = []

    def add_scalar(self, tag: str, value: float, step: int, *_: object, **__: object) -> None:
        self.scalars.append((tag, value, step))

    def add_image(self, tag: str, *_: object) -> None:
        self.images.append(tag)

    def flush(self) -> None: ...


@dataclass
class Config:
    num_epochs: int = 16
    batch_size: int = 4
    device: str = "cpu"
    use_mixed_precision: bool = False
    resume_checkpoint: str | None = None


@dataclass
class Trainer:
    writer: Any
    config: Config = field(default_factory=Config)
    dataset: tuple[int, ...] = tuple(range(50))

    def epoch(self, number: int, mel: float) -> None:
        self.writer.add_scalar("loss/train_mel_epoch", mel, 10 * number)
        self.writer.add_scalar("loss/val_mel_epoch", mel + 0.1, 10 * number)

    def draw(self, step: int, scale: float = 1.0) -> None:
        mel = scale * np.random.default_rng(step).normal(-4, 2, (1, 80, 60)).astype("f4")
        for name in ("predicted", "ground_truth"):
            self.writer.add_image(f"spectrogram/val_{name}", mel, step, dataformats="CHW")


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def trained(folder: Path, epochs: int = 3) -> Trainer:
    trainer = Trainer(Writer(str(folder / "logs")))
    with attach(trainer, folder / "logs.jsonl"):
        for number in range(1, epochs + 1):
            trainer.epoch(number, 3 / number)
    return trainer


def test_the_header_says_what_the_trainer_knows(tmp_path: Path) -> None:
    trained(tmp_path)
    meta = records(tmp_path / "logs.jsonl")[0]["meta"]
    said = {"planned_epochs": 16, "batch_size": 4, "device": "cpu", "precision": "fp32"}
    said |= {"utterances": 50, "tensorboard": "logs"}
    assert {name: meta[name] for name in said} == said


def test_what_is_given_outranks_what_is_found(tmp_path: Path) -> None:
    trainer = Trainer(Writer())
    attach(trainer, tmp_path / "logs.jsonl", meta={"utterances": 2200}).close()
    assert records(tmp_path / "logs.jsonl")[0]["meta"]["utterances"] == 2200


def test_the_first_writer_gets_everything_too(tmp_path: Path) -> None:
    trainer = Trainer(first := Writer())
    with attach(trainer, tmp_path / "logs.jsonl"):
        trainer.epoch(1, 3.0)
    assert [tag for tag, *_ in first.scalars] == ["loss/train_mel_epoch", "loss/val_mel_epoch"]


def test_a_writer_that_takes_its_place_is_joined(tmp_path: Path) -> None:
    """As on resuming: history is replayed into a new writer, and then that is assigned."""
    trainer = Trainer(Writer())
    with attach(trainer, tmp_path / "logs.jsonl"):
        trainer.epoch(1, 3.0)
        fresh = Writer()
        fresh.add_scalar("loss/train_mel_epoch", 3.0, 10)
        trainer.writer = fresh
        trainer.epoch(2, 2.0)
    logged = [one["step"] for one in records(tmp_path / "logs.jsonl") if "_type" not in one]
    assert logged == [10, 20]
    assert len(fresh.scalars) == 3


def test_it_stays_what_it_was(tmp_path: Path) -> None:
    trainer = Trainer(Writer())
    attach(trainer, tmp_path / "logs.jsonl").close()
    assert isinstance(trainer, Trainer)
    assert type(trainer).__name__ == "Trainer"
    trainer.writer = None
    assert trainer.writer is None


def test_one_that_cannot_be_watched_is_said(tmp_path: Path) -> None:
    class Slotted:
        __slots__ = ("writer",)

    trainer = Slotted()
    trainer.writer = Writer()  # type: ignore[attr-defined]
    with pytest.warns(RuntimeWarning, match="attach again"):
        log = attach(trainer, tmp_path / "logs.jsonl")
    trainer.writer.add_scalar("loss/mel", 3.0, 10)  # type: ignore[attr-defined]
    log.close()
    assert records(tmp_path / "logs.jsonl")[-1]["loss/mel"] == 3.0


def test_epochs_are_seen_as_in_tensorboard(tmp_path: Path) -> None:
    trained(tmp_path, 4)
    (report,) = healthlint.check(tmp_path / "logs.jsonl").logs
    assert report.run is not None and report.run.epoch == 4


def test_one_run_is_judged_once(tmp_path: Path) -> None:
    """The event files beside the log hold the same scalars, and the log says so."""
    tensorboard = pytest.importorskip("tensorboard.summary.writer.event_file_writer")
    (tmp_path / "logs").mkdir()
    writer = tensorboard.EventFileWriter(str(tmp_path / "logs"))
    writer.close()
    trained(tmp_path)
    (report,) = healthlint.check(tmp_path).logs
    assert report.path.endswith("logs.jsonl")


def test_raw_mels_become_samples(tmp_path: Path) -> None:
    trainer = Trainer(Writer())
    with attach(trainer, tmp_path / "logs.jsonl"):
        trainer.epoch(1, 3.0)
        trainer.draw(10)
        trainer.epoch(2, 2.0)
    (event,) = (one for one in records(tmp_path / "logs.jsonl") if one.get("event") == "sample")
    assert event["clip"] == "spectrogram_val"
    assert np.load(tmp_path / event["mel"]).shape == (80, 60)
    assert np.load(tmp_path / event["target_mel"]).min() < -1
    log = healthlint.readers.read(str(tmp_path / "logs.jsonl"), {})
    (sample,) = announced(log.runs[-1], tmp_path)
    assert sample.mel.is_file() and sample.target is not None


@pytest.mark.parametrize(("every", "kept"), [(1, 4), (2, 2), (0, 0)])
def test_not_every_mel_need_be_kept(tmp_path: Path, every: int, kept: int) -> None:
    trainer = Trainer(Writer())
    with attach(trainer, tmp_path / "logs.jsonl", mels_every=every):
        for step in (10, 20, 30, 40):
            trainer.draw(step)
    assert len(list(tmp_path.glob("mels/*.npy"))) == 2 * kept


def test_pictures_are_no_mels(tmp_path: Path) -> None:
    trainer = Trainer(Writer())
    with attach(trainer, tmp_path / "logs.jsonl"):
        for shape in ((1, 80, 60), (3, 80, 60), (80, 60)):
            trainer.writer.add_image("spectrogram/val_predicted", np.zeros(shape, "f4"), 10)
        trainer.writer.add_image("attention", np.full((1, 80, 60), -4.0), 10)
    assert not (tmp_path / "mels").exists()


def test_memory_is_logged_at_most_once_a_minute(tmp_path: Path) -> None:
    trained(tmp_path, 4)
    rows = [one for one in records(tmp_path / "logs.jsonl") if "_type" not in one]
    assert ["rss" in row for row in rows] == [True, False, False, False]
    assert rows[0]["rss"] == pytest.approx(memory()["rss"], rel=0.5)


def test_facts_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    monkeypatch.setattr("platform.mac_ver", lambda: ("26.2", ("", "", ""), "arm64"))
    said = facts()
    assert (said["mps_fallback"], said["macos"]) == ("1", "26.2")


def test_a_run_that_goes_on_says_from_where(tmp_path: Path) -> None:
    from gating.making import torch_zip, weights

    trained(tmp_path)
    saved = {"model_state_dict": weights(), "val_mel_loss": 1.0, "epoch": 1}
    torch_zip(tmp_path / "checkpoint_epoch_2.pth", {**saved, "current_optimizer_step": 20})
    trainer = Trainer(Writer(), Config(resume_checkpoint="auto"))
    trainer.config.output_dir = str(tmp_path)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attach(trainer, tmp_path / "logs.jsonl").close()
    header = [one for one in records(tmp_path / "logs.jsonl") if one.get("_type") == "run"][-1]
    assert (header["resumed_from"], header["attempt"]) == (20, 1)
