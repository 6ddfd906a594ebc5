"""Real trainings by each framework: their log is judged, a stop ends them after the same step.

Skipped where a framework is not installed; ``.ci/long`` makes an environment that has them all.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from callbacks.stopping import ask_to_stop, records

from healthlint.readers import read

STOPPED_AFTER = 6


def losses(log: Path) -> set[str]:
    return {key for run in read(str(log)).runs for key in run.series}


def statuses(log: Path) -> list[object]:
    return [one["status"] for one in records(log) if one.get("_type") == "end"]


def events(log: Path, kind: str) -> list[dict[str, object]]:
    return [one for one in records(log) if one.get("event") == kind]


def data(count: int = 32) -> Any:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    inputs = torch.randn(count, 4)
    return inputs, inputs.sum(1, keepdim=True)


def train_transformers(folder: Path, stop: bool) -> int:
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    from healthlint.callbacks.transformers import HealthlintCallback

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x: Any = None, labels: Any = None) -> dict[str, Any]:
            y = self.layer(x)
            return {"loss": ((y - labels) ** 2).mean(), "logits": y}

    class Watch(transformers.TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if stop and state.global_step == STOPPED_AFTER - 1:
                ask_to_stop(folder / "logs.jsonl")

    rows = [{"x": x, "labels": y} for x, y in zip(*data(), strict=True)]
    options = transformers.TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=3,
        per_device_train_batch_size=4,
        logging_steps=1,
        eval_strategy="epoch",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = transformers.Trainer(
        Model(), options, train_dataset=rows, eval_dataset=rows[:4],
        callbacks=[Watch(), HealthlintCallback()],
    )  # fmt: skip
    trainer.train()
    return int(trainer.state.global_step)


def train_lightning(folder: Path, stop: bool) -> int:
    lightning = pytest.importorskip("lightning.pytorch")
    torch = pytest.importorskip("torch")
    from healthlint.callbacks.lightning import HealthlintCallback

    class Model(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch: Any, index: int) -> Any:
            if stop and self.global_step == STOPPED_AFTER - 1:
                ask_to_stop(folder / "logs.jsonl")
            loss = ((self.layer(batch[0]) - batch[1]) ** 2).mean()
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", ((self.layer(batch[0]) - batch[1]) ** 2).mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.01)

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*data()), 4)
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    trainer = lightning.Trainer(
        devices=ranks, strategy="ddp" if ranks > 1 else "auto", max_epochs=3, accelerator="cpu",
        logger=False, log_every_n_steps=1,
        enable_progress_bar=False, enable_checkpointing=False, enable_model_summary=False,
        default_root_dir=folder, callbacks=[HealthlintCallback(str(folder / "logs.jsonl"))],
    )  # fmt: skip
    trainer.fit(Model(), loader, loader)
    return int(trainer.global_step)


def train_keras(folder: Path, stop: bool) -> int:
    keras = pytest.importorskip("keras")
    from healthlint.callbacks.keras import HealthlintCallback

    class Watch(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            Watch.steps += 1
            if stop and Watch.steps == STOPPED_AFTER:
                ask_to_stop(folder / "logs.jsonl")

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    inputs, targets = (part.numpy() for part in data())
    watching = [HealthlintCallback(str(folder / "logs.jsonl")), Watch()]
    model.fit(
        inputs, targets, batch_size=4, epochs=3, verbose=0,
        validation_data=(inputs, targets), callbacks=watching,
    )  # fmt: skip
    return Watch.steps


def train_accelerate(folder: Path, stop: bool) -> int:
    accelerate = pytest.importorskip("accelerate")
    torch = pytest.importorskip("torch")
    from healthlint.callbacks.accelerate import HealthlintTracker

    tracker = HealthlintTracker(str(folder / "logs.jsonl"))
    accelerator = accelerate.Accelerator(log_with=tracker, cpu=True)
    accelerator.init_trackers("test", config={"lr": 0.01})
    model = torch.nn.Linear(4, 1)
    model, optimizer = accelerator.prepare(model, torch.optim.SGD(model.parameters(), 0.01))
    inputs, targets = data()
    step = 0
    for step in range(1, 25):
        if stop and step == STOPPED_AFTER:
            ask_to_stop(folder / "logs.jsonl")
        optimizer.zero_grad()
        loss = ((model(inputs) - targets) ** 2).mean()
        accelerator.backward(loss)
        optimizer.step()
        accelerator.log({"loss": loss.item(), "epoch": 1 + step // 8}, step=step)
        if tracker.should_stop(accelerator):
            break
    accelerator.end_training()
    return step


TRAININGS = (train_transformers, train_lightning, train_keras, train_accelerate)


@pytest.mark.parametrize("train", TRAININGS)
def test_a_log_is_written_that_can_be_judged(train: Any, tmp_path: Path) -> None:
    assert train(tmp_path, False) == 24
    log = tmp_path / "logs.jsonl"
    assert statuses(log) == ["ok"]
    facts = read(str(log)).runs[0].facts
    assert facts["trainer"] == train.__name__.removeprefix("train_")
    assert any("loss" in name for name in losses(log))
    if train is not train_accelerate:  # which has no validation of its own
        (validation,) = [name for name in losses(log) if name.startswith("val/")]
        assert read(str(log)).runs[0].series[validation].epochs[-1] == 3


@pytest.mark.parametrize("train", TRAININGS)
def test_a_stop_ends_it_after_that_step(train: Any, tmp_path: Path) -> None:
    assert train(tmp_path, True) == STOPPED_AFTER
    log = tmp_path / "logs.jsonl"
    assert statuses(log) == ["stopped"]
    assert [one["rule"] for one in events(log, "stop")] == ["core/non-finite"]
    if train is not train_accelerate:  # there the loop saves
        assert events(log, "checkpoint")


@pytest.mark.parametrize("train", TRAININGS)
def test_a_log_that_cannot_be_written_stops_no_training(
    train: Any, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / "logs.jsonl").mkdir()
    assert train(tmp_path, False) == 24
    assert any("healthlint" in str(one.message) for one in recwarn)
