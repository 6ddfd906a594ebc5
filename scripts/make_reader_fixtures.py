"""Write the genuine logs of ``fixtures/formats/`` with the libraries that trainers use.

Each maker runs where its library is installed and says so where it is not:
``python scripts/make_reader_fixtures.py [NAME ...]``. Beside each log lies ``NAME.values.json``,
its values by ``split:name`` as the library's own reader has them, or as they were logged.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "formats"
Course = dict[str, list[tuple[int, float]]]


def course(steps: int = 40) -> list[dict[str, float]]:
    """Return the losses of a short training, with a NaN and an infinity in it."""
    rows = []
    for step in range(1, steps + 1):
        mel = 0.6 + 3.5 * math.exp(-step / 12)
        rows.append({"mel": mel, "duration": 0.05 + math.exp(-step / 8), "norm": 1.5 + 1 / step})
    rows[20]["norm"] = math.nan
    rows[21]["norm"] = math.inf
    return rows


def by_tensorboard(folder: Path) -> Course:
    """Return every scalar of the event files of a folder, as TensorBoard's own reader has it."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
    from tensorboard.util import tensor_util

    found: Course = {}
    for path in sorted(folder.rglob("*tfevents*")):
        inner = "" if path.parent == folder else path.parent.name
        if inner[:1].isdecimal():  # hyperparameters
            continue
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    number = value.simple_value
                elif value.HasField("tensor") and value.metadata.plugin_data.plugin_name in (
                    "",
                    "scalars",
                ):
                    number = float(tensor_util.make_ndarray(value.tensor).item())
                else:
                    continue
                split, name = inner, value.tag
                if inner.startswith(prefix := value.tag.replace("/", "_") + "_"):  # add_scalars
                    split, name = "", f"{value.tag}/{inner.removeprefix(prefix)}"
                found.setdefault(f"{split}:{name}", []).append((event.step, number))
    return found


def torch_writer(folder: Path) -> Course:
    """Torch's writer: scalars among histograms, images and text; train and val apart."""
    import torch
    from torch.utils.tensorboard import SummaryWriter

    writers = {name: SummaryWriter(folder / name, filename_suffix="") for name in ("train", "val")}
    for step, row in enumerate(course(), 1):
        writers["train"].add_scalar("Loss/mel_loss", row["mel"], step)
        writers["train"].add_scalar("Loss/duration_loss", row["duration"], step)
        writers["train"].add_scalar("grad_norm", row["norm"], step)
        if step % 10 == 0:
            writers["train"].add_histogram("weights", torch.linspace(-1, 1, 50), step)
            writers["train"].add_image("mel", torch.zeros(1, 4, 6), step)
            writers["train"].add_text("note", "words", step)
            writers["val"].add_scalar("Loss/mel_loss", row["mel"] * 1.1, step)
    for writer in writers.values():
        writer.close()
    return by_tensorboard(folder)


def torch_new_style(folder: Path) -> Course:
    """Torch's writer with values as tensors, and ``add_scalars`` and ``add_hparams``."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder) as writer:
        for step, row in enumerate(course()[:25], 1):
            writer.add_scalar("train/mel_loss", row["mel"], step, new_style=True)
            writer.add_scalar(
                "train/lr", row["norm"] / 1e4, step, new_style=True, double_precision=True
            )
            writer.add_scalars(
                "Loss/dur", {"train": row["duration"], "val": row["duration"] + 1}, step
            )
        writer.add_hparams({"lr": 0.1}, {"hparam/mel": 0.5})
    return by_tensorboard(folder)


def tensorboardx(folder: Path) -> Course:
    """TensorboardX, its file cut within the last record as a killed process leaves it."""
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step, row in enumerate(course()[:25]):
            writer.add_scalar("loss/g/mel", row["mel"] * 45, step)
            writer.add_scalar("loss/d/total", row["duration"], step)
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-12])
    return by_tensorboard(folder)


def torch_resumed(folder: Path) -> Course:
    """Two starts into one folder: the second resumes at step 21 with smooth values."""
    from torch.utils.tensorboard import SummaryWriter

    rows = course(40)
    for name, steps in (("a", range(1, 31)), ("b", range(21, 41))):
        with SummaryWriter(folder / name) as writer:
            for step in steps:
                writer.add_scalar("train/mel_loss", rows[step - 1]["mel"], step)
        (path,) = (folder / name).iterdir()
        number = 1795340911 if name == "a" else 1795340999
        path.rename(folder / f"events.out.tfevents.{number}.host.1.0")
        (folder / name).rmdir()
    return by_tensorboard(folder)


def by_rows(rows: list[dict[str, object]], step: str = "step") -> Course:
    """Return the numbers of rows by the name of their key."""
    found: Course = {}
    for row in rows:
        at = float(str(row[step]))
        for key, value in row.items():
            if key not in (step, "epoch") and value not in ("", None, "NA"):
                found.setdefault(f":{key}", []).append((at, float(str(value))))
    return found


def lightning(folder: Path) -> Course:
    """A training by Lightning with its CSV logger and its TensorBoard logger."""
    import csv

    import pytorch_lightning as pl
    import torch
    from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

    class Model(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, index):
            loss = self.layer(batch).pow(2).mean()
            self.log("train_mel_loss", loss, on_step=True, on_epoch=True)
            self.log("grad_norm", torch.tensor(float("nan") if index == 3 else 1.5))
            return loss

        def validation_step(self, batch, _index):
            self.log("val_mel_loss", self.layer(batch).pow(2).mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.05)

    torch.manual_seed(0)
    data = torch.utils.data.DataLoader(torch.randn(40, 4), batch_size=4)
    work = folder.with_name("lightning-work")
    loggers = [CSVLogger(work, name="csv"), TensorBoardLogger(work, name="tb")]
    trainer = pl.Trainer(
        max_epochs=4,
        logger=loggers,
        log_every_n_steps=2,
        enable_checkpointing=False,
        enable_progress_bar=False,
        accelerator="cpu",
    )
    trainer.fit(Model(), data, data)
    metrics = work / "csv" / "version_0" / "metrics.csv"
    shutil.copy(metrics, folder / "metrics.csv")
    events = folder.with_name("lightning-tensorboard")
    shutil.rmtree(events, ignore_errors=True)
    events.mkdir()
    for path in (work / "tb" / "version_0").glob("events*"):
        shutil.copy(path, events / path.name)
    found = by_tensorboard(events)
    for name in (":epoch", ":hp_metric"):
        found.pop(name, None)
    rename(events)
    (FOLDER / "lightning-tensorboard.values.json").write_text(json.dumps(found) + "\n")
    shutil.rmtree(work)
    with metrics.open() if metrics.exists() else (folder / "metrics.csv").open() as stream:
        return by_rows(list(csv.DictReader(stream)))


def keras_csv(folder: Path) -> Course:
    """Keras' CSV logger, opened for append a second time: epochs begin at 0 again."""
    import csv
    import os

    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    data = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
    path = folder / "training.csv"
    for append in (False, True):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        logger = keras.callbacks.CSVLogger(str(path), append=append)
        target = data.sum(1, keepdims=True)
        model.fit(data, target, epochs=5, validation_split=0.25, callbacks=[logger], verbose=0)
    with path.open() as stream:
        rows = list(csv.DictReader(stream))
    return by_rows([{**row, "step": int(row["epoch"]) + 1} for row in rows])


def hf_trainer(folder: Path, *, is_shown: bool = False) -> Course:
    """A state of Hugging Face's Trainer, with a NaN loss that its filter hides."""
    import torch
    from transformers import Trainer, TrainingArguments

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)
            self.calls = 0

        def forward(self, x, labels=None):  # noqa: ARG002
            self.calls += 1
            loss = (self.layer(x) - 3).pow(2).mean()
            return {"loss": loss * float("nan") if self.training and self.calls == 15 else loss}

    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return 40

        def __getitem__(self, at):
            return {"x": torch.full((4,), at / 40.0), "labels": torch.zeros(1)}

    work = folder.with_name("hf-trainer-work")
    arguments = TrainingArguments(
        str(work),
        num_train_epochs=4,
        per_device_train_batch_size=4,
        logging_steps=2,
        eval_strategy="epoch",
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        seed=0,
        disable_tqdm=not is_shown,
    )
    trainer = Trainer(Model(), arguments, train_dataset=Data(), eval_dataset=Data())
    trainer.train()
    trainer.save_state()
    if is_shown:
        return {}
    shutil.copy(work / "trainer_state.json", folder / "trainer_state.json")
    shutil.rmtree(work)
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    rows = [row for row in history if "train_runtime" not in row]
    found = by_rows(rows)
    return {
        name: points
        for name, points in found.items()
        if "runtime" not in name and "per_second" not in name
    }


def logged(rows: list[dict[str, float]], first: int = 1) -> Course:
    """Return what was logged: rows of one training, a row a step."""
    return {
        f":train/{name}": [(step, row[name]) for step, row in enumerate(rows, first)]
        for name in rows[0]
    }


def wandb_offline(folder: Path) -> Course:
    """A run of Weights & Biases without a network."""
    import os

    import wandb

    work = folder.with_name("wandb-work")
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DIR=str(work))
    work.mkdir(exist_ok=True)
    private = {"disable_git": True, "x_disable_meta": True, "x_disable_machine_info": True}
    settings = wandb.Settings(x_disable_stats=True, console="off", **private)
    run = wandb.init(project="p", dir=str(work), settings=settings)
    for step, row in enumerate(course(30), 1):
        run.log({f"train/{name}": value for name, value in row.items()} | {"note": "x"}, step=step)
    run.finish()
    (path,) = work.rglob("*.wandb")
    words = path.read_bytes()  # the checksums of a chunk are not looked at, places are private
    for private_path in (str(work), str(Path(__file__).parents[1]), sys.prefix):
        words = words.replace(private_path.encode(), b"/" + b"x" * (len(private_path) - 1))
    (folder / "run-fixture.wandb").write_bytes(words)
    shutil.rmtree(work)
    return logged(course(30))


def mlflow_files(folder: Path) -> Course:
    """A run in MLflow's file store, read back by its client."""
    import os

    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    return _mlflow(folder, f"file://{folder}/mlruns")


def mlflow_sql(folder: Path) -> Course:
    """Two runs in MLflow's SQL store."""
    return _mlflow(folder, f"sqlite:///{folder}/mlflow.db", runs=2)


def _mlflow(folder: Path, uri: str, runs: int = 1) -> Course:
    import time

    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri)
    experiment = client.create_experiment("tts")
    found: Course = {}
    for _ in range(runs):
        run = client.create_run(experiment).info.run_id
        now = int(time.time() * 1000)
        for step, row in enumerate(course(30), 1):
            metrics = [Metric(f"train/{k}", v, now + step, step) for k, v in row.items()]
            client.log_batch(run, metrics)
        for name in course()[0]:
            history = client.get_metric_history(run, f"train/{name}")
            points = sorted((m.step, m.value) for m in history)
            points = [(s, math.inf if v > 1.797e308 else v) for s, v in points]
            found.setdefault(f":train/{name}", []).extend(points)
        client.set_terminated(run)
        time.sleep(0.05)
    for path in (*folder.rglob(".trash"), *folder.rglob("mlruns/0")):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.rglob("meta.yaml"):
        path.write_text(path.read_text().replace(str(folder), "/runs"))
    for path in folder.rglob("*.db"):
        _slim(path, ("metrics", "runs", "experiments"), {"runs": "artifact_uri"})
    return found


def _slim(path: Path, tables: tuple[str, ...], private: dict[str, str]) -> None:
    """Keep some tables of a database, without the places of the machine."""
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        if name not in tables and not name.startswith("sqlite_"):
            connection.execute(f"DROP TABLE {name}")
    for table, column in private.items():
        connection.execute(f"UPDATE {table} SET {column} = ''")  # noqa: S608
    if "experiments" in tables:
        connection.execute("UPDATE experiments SET artifact_location = ''")
    connection.execute("VACUUM")
    connection.close()


def trackio_db(folder: Path) -> Course:
    """A run of trackio."""
    import os

    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    trackio.init(project="tts", name="first", embed=False)
    for step, row in enumerate(course(30), 1):
        trackio.log({f"train/{name}": value for name, value in row.items()}, step=step)
    trackio.finish()
    for path in list(folder.iterdir()):
        if path.suffix != ".db":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        else:
            _slim(path, ("metrics",), {})
    return logged(course(30))


def dvclive_folder(folder: Path) -> Course:
    """A run of DVCLive."""
    from dvclive import Live

    with Live(str(folder), save_dvc_exp=False, dvcyaml=None, monitor_system=False) as live:
        for step, row in enumerate(course(30), 1):
            live.step = step
            for name, value in row.items():
                live.log_metric(f"train/{name}", value)
            live.make_summary()
    return logged(course(30))


def visualdl_log(folder: Path) -> Course:
    """A file of VisualDL, as PaddleSpeech writes."""
    from visualdl import LogReader, LogWriter

    with LogWriter(str(folder)) as writer:
        for step, row in enumerate(course(30)):
            for name, value in row.items():
                writer.add_scalar(f"train/{name}", value, step)
    (path,) = folder.glob("vdlrecords*")
    reader = LogReader(file_path=str(path))
    found = {
        f":train/{name}": [(x.id, x.value) for x in reader.get_data("scalar", f"train/{name}")]
        for name in course()[0]
    }
    path.rename(folder / "vdlrecords.1795340911.log")
    return found


def hf_console(folder: Path) -> Course:
    """What Hugging Face's Trainer prints beside its progress bars, in a process of its own."""
    (folder / "console.out").write_text(_console("hf", folder), newline="")
    work = folder.with_name("hf-trainer-work")
    history = json.loads((work / "trainer_state.json").read_text())["log_history"]
    shutil.rmtree(work)
    found = by_rows([row for row in history if "train_runtime" not in row])
    return {
        name: [(step, float(f"{value:.4g}")) for step, value in points]
        for name, points in found.items()
        if "runtime" not in name and "per_second" not in name
    }


def lightning_console(folder: Path) -> Course:
    """The progress bars of Lightning, in a process of its own."""
    text = _console("lightning", folder)
    lines = [x for x in text.split("\n") if "site-packages" not in x and "://" not in x]
    (folder / "console.out").write_text("\n".join(lines), newline="")
    values = folder.with_name("bars.json")
    found: Course = json.loads(values.read_text())
    values.unlink()
    return found


def lightning_bars(folder: Path) -> Course:
    """A training by Lightning with losses on its progress bar; what they were is written down."""
    import pytorch_lightning as pl
    import torch
    from pytorch_lightning.callbacks.progress.tqdm_progress import Tqdm

    found: Course = {":train_mel_loss": [], ":val_mel_loss": []}

    class Model(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _index):
            loss = self.layer(batch).pow(2).mean()
            self.log("train_mel_loss", loss, prog_bar=True)
            point = (self.global_step + 1, float(Tqdm.format_num(float(loss))))
            found[":train_mel_loss"].append(point)
            return loss

        def validation_step(self, batch, _index):
            self.log("val_mel_loss", self.layer(batch).pow(2).mean(), prog_bar=True)

        def on_validation_epoch_end(self):
            if not self.trainer.sanity_checking:
                loss = float(self.trainer.callback_metrics["val_mel_loss"])
                found[":val_mel_loss"].append((self.global_step, float(Tqdm.format_num(loss))))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.05)

    torch.manual_seed(0)
    data = torch.utils.data.DataLoader(torch.randn(40, 4), batch_size=4)
    bar = pl.callbacks.TQDMProgressBar(refresh_rate=1)
    pl.Trainer(
        max_epochs=3, logger=False, enable_checkpointing=False, accelerator="cpu", callbacks=[bar]
    ).fit(Model(), data, data)
    folder.with_name("bars.json").write_text(json.dumps(found))
    return found


CONSOLES: dict[str, Callable[[Path], Course]] = {
    "hf": lambda folder: hf_trainer(folder, is_shown=True),
    "lightning": lightning_bars,
}
"""Trainings whose output is the log."""


def _console(name: str, folder: Path) -> str:
    """Return what a training prints: both streams, in the order in which they were written."""
    import subprocess

    command = [sys.executable, __file__, "--console", name, str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode()


def coqui_console(folder: Path) -> Course:
    """Blocks of Coqui's trainer, by its own console logger."""
    import logging

    from trainer.logging import console_logger

    path = folder / "trainer_0_log.txt"
    log = logging.getLogger("trainer")
    log.handlers, log.propagate = [logging.FileHandler(path)], False
    log.setLevel(logging.INFO)
    console_logger.logger = log
    console = console_logger.ConsoleLogger()
    console.get_time = lambda: "2026-11-22 12:00:00"
    found: Course = {}
    rows, step = course(30), 0
    for epoch in range(3):
        console.print_epoch_start(epoch, 3, "/runs/vits")
        console.print_train_start()
        mean = 0.0
        for batch in range(1, 11):
            row = rows[step]
            step += 1
            mean += (row["mel"] - mean) / batch
            if batch % 5 == 0:
                values = {"loss_mel": round(row["mel"], 5), "grad_norm_0": row["norm"]}
                means = {"avg_loss_mel": round(mean, 5)}
                console.print_train_step(10, batch, step, values, means)
                for name, value in values.items():
                    found.setdefault(f":train/{name}", []).append((step, value))
                found.setdefault(":train/mean_mel_loss", []).append((step, means["avg_loss_mel"]))
        console.print_eval_start()
        console.print_eval_step(0, {"loss_mel": 9.0}, {"avg_loss_mel": 9.0})
        console.print_epoch_end(epoch, {"avg_loss_mel": round(mean + 1, 5)})
        found.setdefault(":val/avg_loss_mel", []).append((step, round(mean + 1, 5)))
    return found


def mmengine_scalars(folder: Path) -> Course:
    """A training by mmengine's runner, with validation after each epoch."""
    import torch
    from mmengine.dataset import DefaultSampler
    from mmengine.evaluator import BaseMetric
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    class Model(BaseModel):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, inputs=None, mode="loss"):
            loss = (self.layer(inputs) - 3).pow(2).mean()
            return {"mel_loss": loss, "duration_loss": loss / 10} if mode == "loss" else [loss]

    class Mel(BaseMetric):
        def process(self, _batch, samples) -> None:
            self.results += [float(sample) for sample in samples]

        def compute_metrics(self, results):
            return {"mel_loss": sum(results) / len(results)}

    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return 20

        def __getitem__(self, at):
            return {"inputs": torch.full((4,), at / 20)}

    def loader():
        sampler = DefaultSampler(Data(), shuffle=False)
        own = {"dataset": Data(), "sampler": sampler, "collate_fn": {"type": "default_collate"}}
        return {"batch_size": 2, "num_workers": 0, **own}

    torch.manual_seed(0)
    work = folder.with_name("mmengine-work")
    Runner(
        model=Model(),
        work_dir=str(work),
        train_dataloader=loader(),
        val_dataloader=loader(),
        train_cfg={"by_epoch": True, "max_epochs": 3, "val_interval": 1},
        val_cfg={},
        optim_wrapper={"optimizer": {"type": torch.optim.SGD, "lr": 0.01}},
        val_evaluator={"type": Mel},
        default_hooks={"logger": {"type": "LoggerHook", "interval": 5}, "checkpoint": None},
        visualizer={"type": "Visualizer", "vis_backends": [{"type": "LocalVisBackend"}]},
    ).train()
    (path,) = work.rglob("scalars.json")
    shutil.copytree(path.parent, folder / "vis_data")
    for other in (folder / "vis_data").glob("2*.json"):
        other.rename(other.with_name("20261122_120000.json"))
    (folder / "vis_data" / "config.py").unlink(missing_ok=True)
    shutil.rmtree(work)
    return _by_mmengine(folder / "vis_data" / "scalars.json")


def _by_mmengine(path: Path) -> Course:
    """Return the losses and rates of its lines; one without `iter` is of a validation."""
    found: Course = {}
    step = 0
    for row in map(json.loads, path.read_text().splitlines()):
        step, split = (row["step"], "") if "iter" in row else (step, "val")
        for name in row.keys() & {"lr", "loss", "mel_loss", "duration_loss"}:
            found.setdefault(f"{split}:{name}", []).append((step, row[name]))
    return found


def clearml_offline(folder: Path) -> Course:
    """A task of ClearML without a server; it writes NaN and infinity as 0.0."""
    import os

    work = folder.with_name("clearml-work")
    os.environ["CLEARML_CACHE_DIR"] = str(work)
    from clearml import Task

    Task.set_offline(True)
    off = {"auto_connect_frameworks": False, "auto_resource_monitoring": False}
    task = Task.init("p", "n", auto_connect_arg_parser=False, **off)
    rows = course(30)
    for step, row in enumerate(rows, 1):
        for name, value in row.items():
            task.get_logger().report_scalar("train", name, value, step)
    task.flush(wait_for_uploads=True)
    (path,) = work.rglob("metrics.jsonl")
    lines = path.read_text()
    task.close()
    identity = json.loads(lines.splitlines()[0])[0]["task"]
    (folder / "metrics.jsonl").write_text(lines.replace(identity, "offline-1"))
    shutil.rmtree(work)
    for row in rows:
        row["norm"] = row["norm"] if math.isfinite(row["norm"]) else 0.0
    return logged(rows)


def mlperf_log(folder: Path) -> Course:
    """A log by MLPerf's own logger."""
    from mlperf_logging import mllog

    path = folder / "train.log"
    mllog.config(filename=str(path))
    mllog.propagate = False
    logger = mllog.get_mllogger()
    logger.event("global_batch_size", 64)
    for step, row in enumerate(course(30), 1):
        place = {"epoch_num": 1 + (step - 1) // 10, "step_num": step}
        logger.event("train_mel", row["mel"], place)
        told = {f"train_{name}": row[name] for name in ("duration", "norm")}
        logger.event("tracked_stats", told, place)
    once = dict.fromkeys(path.read_text().splitlines(keepends=True))
    path.write_text("".join(line.replace(__file__, "train.py") for line in once))
    return {f":train_{k.partition('/')[2]}": points for k, points in logged(course(30)).items()}


MAKERS: dict[str, Callable[[Path], Course]] = {
    "tensorboard-torch": torch_writer,
    "tensorboard-tensors": torch_new_style,
    "tensorboardx-killed": tensorboardx,
    "tensorboard-resumed": torch_resumed,
    "lightning-csv": lightning,
    "keras-csv": keras_csv,
    "hf-trainer": hf_trainer,
    "wandb-offline": wandb_offline,
    "mlflow-files": mlflow_files,
    "mlflow-sql": mlflow_sql,
    "trackio": trackio_db,
    "dvclive": dvclive_folder,
    "visualdl": visualdl_log,
    "hf-console": hf_console,
    "lightning-console": lightning_console,
    "coqui-console": coqui_console,
    "mmengine": mmengine_scalars,
    "clearml": clearml_offline,
    "mlperf": mlperf_log,
}


def rename(folder: Path) -> None:
    """Give event files names without the machine they were written on."""
    for number, path in enumerate(sorted(folder.rglob("*tfevents*"))):
        if ".host." not in path.name:
            path.rename(path.with_name(f"events.out.tfevents.1795340911.host.1.{number}"))


def main(names: list[str]) -> None:
    """Make the named logs, or all."""
    for name in names or MAKERS:
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            values = MAKERS[name](folder)
        except (ImportError, AttributeError) as error:
            print(f"{name}: not made: {error}")
            shutil.rmtree(folder)
            continue
        rename(folder)
        (FOLDER / f"{name}.values.json").write_text(json.dumps(values) + "\n")
        print(f"{name}: {sum(map(len, values.values()))} values")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--console"]:
        CONSOLES[sys.argv[2]](Path(sys.argv[3]))
    else:
        main(sys.argv[1:])
