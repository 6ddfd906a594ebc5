"""The training loop, to be read from top to bottom.

corpus -> batches -> model -> losses -> step -> log, and after each epoch validation, samples and a
checkpoint. Everything that changes while training is in ``Learner``, and all of it is in the
checkpoint: a resumed run goes on exactly where it stopped, bit for bit on the same machine.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from healthlint import __version__
from healthlint.emit import RunLogger
from healthlint.spectrogram.inputs import Settings
from healthlint.spectrogram.samples import settings_of
from healthlint.trainer import checkpoint, corpus, data, device, lock, losses, samples, schedule
from healthlint.trainer.batches import Batch
from healthlint.trainer.config import Config
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.interrupt import Interrupt
from healthlint.trainer.mel import HOP_LENGTH, N_FFT, N_MELS
from healthlint.trainer.model import AcousticModel, Prediction
from healthlint.trainer.progress import Progress
from healthlint.trainer.sharpness import Eye, unpadded

ROW = (*(f"train/{name}" for name in losses.NAMES), "grad_norm")


@dataclass
class Learner:
    """Everything that changes while training."""

    model: AcousticModel
    optimizer: torch.optim.Optimizer
    step: int = 0
    """Optimiser steps done."""
    epoch: int = 1
    """The epoch in progress."""
    batch: int = 0
    """Batches of it that are done."""
    window: list[Tensor] = field(default_factory=list)
    """Values of the steps since the last training row, each of shape (8,), as in ``ROW``."""
    latest: dict[str, Any] = field(default_factory=dict)
    """The newest logged value of every loss: numbers, or tensors that nobody has waited for."""


@dataclass(frozen=True)
class Destination:
    """Where a run writes, and on what it computes."""

    out: Path
    cache: Path
    device: torch.device
    threads: int = 1

    @property
    def last(self) -> Path:
        """The newest checkpoint."""
        return self.out / "checkpoints" / "last.pt"


def start(config: Config, place: Destination, interrupt: Interrupt, progress: Progress) -> bool:
    """Begin a run in an empty folder and train it to its end.

    Returns:
        Whether the end was reached; False after an interrupt, when ``resume`` can go on.

    Raises:
        TrainerError: the folder holds a run already, or the corpus cannot be used.
    """
    if (place.out / "logs.jsonl").exists():
        raise TrainerError(
            f"{place.out} holds a run already: go on with --resume {place.out}, "
            "or give another --out"
        )
    run = Run(config, place, interrupt, progress)
    path = place.out / "logs.jsonl"
    with lock.held(place.out), RunLogger(path, meta=run.facts()) as log:
        return run.train(log)


def resume(place: Destination, interrupt: Interrupt, progress: Progress) -> bool:
    """Go on with the run in a folder from its last checkpoint, with its own settings.

    Returns:
        As ``start``; True at once if the run was at its end.

    Raises:
        TrainerError: there is no checkpoint, the corpus is not the one that it was, or another
            process trains in the folder.
    """
    checkpoint.require(place.last)
    with lock.held(place.out):
        state = checkpoint.load(place.last)
        run = Run(Config(**state["config"]), place, interrupt, progress)
        run.restore(state)
        if run.is_finished:
            progress.say(f"{place.out}: all {run.config.epochs} epochs are done")
            return True
        progress.say(f"resuming at epoch {run.learner.epoch}, step {run.learner.step}")
        path, meta = place.out / "logs.jsonl", {"device": place.device.type}
        with RunLogger(path, meta=meta, resume_step=run.learner.step) as log:
            return run.train(log)


class Run:
    """A corpus, a learner and a place; ``train`` is the loop."""

    def __init__(
        self, config: Config, place: Destination, interrupt: Interrupt, progress: Progress
    ) -> None:
        self.config, self.place = config, place
        self.interrupt, self.progress = interrupt, progress
        self.fault = config.parsed_fault
        self.mel_kind = self.fault.mel_kind if self.fault else "l1"
        self.corpus = corpus.load(
            config.corpus,
            utterances=config.utterances,
            seed=config.seed,
            cache_folder=place.cache,
            report=progress.measured,
        )
        self.data = data.prepare(self.corpus, config)
        self.total_steps = config.epochs * self.data.steps_per_epoch
        device.make_repeatable(config.seed, place.threads)
        self.learner = self._new_learner()
        # The validation clips as recorded, also where a fault changes the targets.
        recorded = (clip.mel for clip in self.data.clips["val"])
        settings = settings_of(self.facts(), Settings(bands=N_MELS))
        self.eye = Eye(recorded, settings) if config.sharpness else None

    @property
    def is_finished(self) -> bool:
        """Whether every planned epoch is done."""
        return self.learner.epoch > self.config.epochs

    def train(self, log: RunLogger) -> bool:
        """Train until the last epoch is done (True), or an interrupt or a watch asks to stop."""
        while not self.is_finished:
            if not self.train_epoch(log):
                self.save(log, f"step_{self.learner.step:06d}.pt")
                if stop := log.should_stop():
                    self.progress.say(f"stopped by the watch: {stop.message}")
                log.end("stopped" if stop else "interrupted")
                return False
            self.validate(log)
            epoch = self.learner.epoch
            if _is_due(epoch, self.config.sample_every, self.config.epochs):
                self.sample(log)
            self.learner.epoch, self.learner.batch = epoch + 1, 0
            is_kept = _is_due(epoch, self.config.save_every, self.config.epochs)
            self.save(log, f"epoch_{epoch:03d}.pt" if is_kept else None)
        return True

    def train_epoch(self, log: RunLogger) -> bool:
        """Train the rest of the epoch in progress; False where it was asked to stop first."""
        learner = self.learner
        learner.model.train()
        for batch in self.data.training_batches(learner.epoch, learner.batch):
            if self.interrupt.is_set or log.should_stop():
                return False
            learner.window.append(self.train_step(batch.to(self.place.device)))
            learner.step += 1
            learner.batch += 1
            is_last = learner.batch == self.data.steps_per_epoch
            if is_last or learner.batch % self.config.log_every == 0:
                self.log_training(log)
            self.progress.step(learner.step, self.total_steps, learner.epoch, self.config.epochs)
        return True

    def train_step(self, batch: Batch) -> Tensor:
        """One optimiser step; the losses and the gradient norm before clipping, shape (8,)."""
        learner = self.learner
        rate = schedule.learning_rate(
            learner.step,
            peak=self.config.learning_rate,
            total_steps=self.total_steps,
            epoch=learner.epoch,
            fault=self.fault,
        )
        for group in learner.optimizer.param_groups:
            group["lr"] = rate
        learner.optimizer.zero_grad(set_to_none=True)
        measured = losses.measure_losses(self.predict(batch), batch, self.mel_kind)
        measured[0].backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(
            learner.model.parameters(), schedule.clipping_norm(learner.epoch, self.fault)
        )
        learner.optimizer.step()
        return torch.cat([measured.detach(), norm.detach()[None]])

    def predict(self, batch: Batch) -> Prediction:
        """What the model says of a batch under teacher forcing."""
        is_mixed = self.config.precision == "bf16"
        with torch.autocast(self.place.device.type, torch.bfloat16, enabled=is_mixed):
            prediction: Prediction = self.learner.model(
                batch.phones, batch.durations, batch.pitch, batch.energy
            )
        return prediction

    def log_training(self, log: RunLogger) -> None:
        """One row: the means over the steps since the last row, and the rate of the last one."""
        learner = self.learner
        means = torch.stack(learner.window).mean(0)
        learner.window = []
        # Numbers of the CPU are written at once; those of a device wait in the logger, so that the
        # device need not be waited for.
        values = means.numpy() if means.is_cpu else means
        row: dict[str, Any] = dict(zip(ROW, values, strict=True))
        lr = learner.optimizer.param_groups[0]["lr"]
        log.log(learner.step, row, epoch=learner.epoch, lr=lr)
        learner.latest |= row

    @torch.no_grad()
    def validate(self, log: RunLogger) -> None:
        """One row: the mean of every loss over the validation clips, and how sharp they are."""
        learner = self.learner
        learner.model.eval()
        total = torch.zeros(len(losses.NAMES), device=self.place.device)
        mels: list[Any] = []
        clips = 0
        for each in self.data.validation_batches(learner.epoch):
            batch = each.to(self.place.device)
            prediction = self.predict(batch)
            total += losses.measure_losses(prediction, batch, self.mel_kind) * len(batch.frames)
            clips += len(batch.frames)
            if self.eye:
                mels += unpadded(prediction, batch)
        values: dict[str, Any] = dict(zip(losses.NAMES, (total / clips).cpu().numpy(), strict=True))
        if self.eye:
            values |= self.eye.look(mels)
        log.log(learner.step, values, epoch=learner.epoch, split="val")
        of_training = {n: value for n, value in learner.latest.items() if not n.startswith("val/")}
        learner.latest = of_training | {f"val/{name}": value for name, value in values.items()}
        self.progress.epoch(learner.epoch, self.config.epochs, values)

    def sample(self, log: RunLogger) -> None:
        """Predict the fixed validation clips and announce them."""
        learner = self.learner
        learner.model.eval()
        name, rate = f"epoch_{learner.epoch:03d}", self.corpus.sample_rate
        for fields in samples.write(self.place.out, name, learner.model, self.data, rate):
            log.event("sample", step=learner.step, epoch=learner.epoch, **fields)

    def save(self, log: RunLogger, kept_name: str | None) -> None:
        """Write the newest checkpoint; with a name it is kept and announced as well."""
        checkpoint.save(self.place.last, self.state(log.tell()))
        if kept_name is None:
            return
        kept, digest = checkpoint.keep(self.place.last, kept_name)
        path = kept.relative_to(self.place.out).as_posix()
        # A checkpoint at an epoch's end already says which epoch comes next.
        epoch = self.learner.epoch if self.learner.batch else self.learner.epoch - 1
        log.event("checkpoint", step=self.learner.step, epoch=epoch, path=path, sha256=digest)

    def state(self, log_offset: int) -> dict[str, Any]:
        """Everything a resume needs, as tensors and plain types."""
        learner = self.learner
        return {
            "config": asdict(self.config),
            "symbols": self.data.symbols,
            "sample_rate": self.corpus.sample_rate,
            "hop_length": HOP_LENGTH,
            "model": learner.model.state_dict(),
            "optimizer": learner.optimizer.state_dict(),
            "step": learner.step,
            "epoch": learner.epoch,
            "batch": learner.batch,
            "window": learner.window,
            "losses": {name: float(value) for name, value in learner.latest.items()},
            "random": device.random_states(self.place.device),
            "log": {"path": "logs.jsonl", "offset": log_offset},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what ``state`` returned.

        Raises:
            TrainerError: the corpus has other phones than the checkpoint was trained with.
        """
        if state["symbols"] != self.data.symbols:
            raise TrainerError(f"{self.config.corpus}: not the corpus that the run began with")
        learner = self.learner
        learner.model.load_state_dict(state["model"])
        learner.optimizer.load_state_dict(state["optimizer"])
        learner.step, learner.epoch, learner.batch = state["step"], state["epoch"], state["batch"]
        learner.window = [values.to(self.place.device) for values in state["window"]]
        learner.latest = dict(state["losses"])
        device.set_random_states(state["random"], self.place.device)

    def facts(self) -> dict[str, Any]:
        """What the header of the log says of the run: every fact that a rule may need."""
        config = self.config
        return {
            "trainer": "healthlint",
            "trainer_version": __version__,
            "corpus": self.corpus.name,
            "language": self.corpus.language,
            **self.corpus.facts,
            "utterances": len(self.data.clips["train"]),
            "val_utterances": len(self.data.clips["val"]),
            "sample_rate": self.corpus.sample_rate,
            "hop_length": HOP_LENGTH,
            "n_fft": N_FFT,
            "n_mels": N_MELS,
            "device": self.place.device.type,
            "precision": config.precision,
            "batch_size": config.batch_size,
            "steps_per_epoch": self.data.steps_per_epoch,
            "planned_epochs": config.epochs,
            "seed": config.seed,
            "hidden": config.hidden,
            "parameters": sum(p.numel() for p in self.learner.model.parameters()),
            "learning_rate": config.learning_rate,
            "log_every": config.log_every,
            **({"fault": config.fault} if config.fault else {}),
            "metrics": losses.scales(self.mel_kind),
        }

    def _new_learner(self) -> Learner:
        mean, std = data.mel_statistics(self.data.clips["train"])
        model = AcousticModel(
            len(self.data.symbols), self.config.hidden, mean, std, self.config.dropout
        )
        model.to(self.place.device)
        optimizer = torch.optim.AdamW(model.parameters(), lr=self.config.learning_rate)
        return Learner(model, optimizer)


def _is_due(epoch: int, every: int, last: int) -> bool:
    """Whether something done every few epochs is due; the last epoch always is, 0 never.

    >>> [epoch for epoch in range(1, 8) if _is_due(epoch, 3, 7)]
    [3, 6, 7]
    """
    return every > 0 and (epoch % every == 0 or epoch == last)
