"""Lightning: ``Trainer(callbacks=[HealthlintCallback("runs/ru/logs.jsonl")])`` is all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback
from lightning.pytorch.loggers import Logger

from healthlint.callbacks._common import Logging, machine, quiet


class HealthlintCallback(Logging, Callback):
    """Writes what modules log, and stops the trainer where a watch asks for that.

    A logger of its own sees every ``self.log``; the others stay.

    Args:
        path: The log.
        facts: What is known of the run beside the trainer's own settings.
        every: Batches between two looks for a stop.
    """

    @quiet
    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Add the logger."""
        if stage == "fit" and not any(isinstance(one, _Logged) for one in trainer.loggers):
            trainer.loggers = [*trainer.loggers, _Logged(self)]

    @quiet
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Open the log, on the first process."""
        if trainer.is_global_zero:
            self._open(self._path, _facts(trainer, pl_module), trainer.global_step or None)

    @quiet
    def write(self, metrics: Mapping[str, Any], step: int | None) -> None:
        """Write metrics as they were logged."""
        epoch = metrics.get("epoch")
        counted = None if epoch is None else int(epoch) + 1
        self._write(int(step or 0), metrics, counted, "val_")

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Stop after this batch where a watch asks for it, on every process, and save before."""
        if self._has_stopped or batch_idx % self._every:
            return
        flag = bool(self._asked())
        if trainer.world_size > 1:
            flag = trainer.strategy.reduce_boolean_decision(flag, all=False)
        if flag:
            self._has_stopped = trainer.should_stop = True
            self._save(trainer)

    @quiet
    def _save(self, trainer: Any) -> None:
        path = Path(self._path).with_name("stopped.ckpt")
        trainer.save_checkpoint(path)
        self.announce(path.name, trainer.global_step)

    @quiet
    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Write that it ended before its time."""
        self._end("interrupted" if isinstance(exception, KeyboardInterrupt) else "error")

    @quiet
    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Write the end, and close the log."""
        self._end("stopped" if self._has_stopped else "ok")

    def _end(self, status: str, step: int | None = None) -> None:
        super()._end(status, step)
        self._log = None


class _Logged(Logger):
    """Hands on what modules log."""

    def __init__(self, callback: HealthlintCallback) -> None:
        super().__init__()
        self._callback = callback

    @property
    def name(self) -> str:
        """Return what it is called among the loggers."""
        return "healthlint"

    @property
    def version(self) -> str:
        """Return that it has no versions."""
        return ""

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Write metrics as they were logged."""
        self._callback.write(metrics, step)

    def log_hyperparams(self, params: Any, *args: Any, **options: Any) -> None:
        """Leave hyperparameters to the facts of the callback."""

    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Announce the newest checkpoint."""
        trainer = getattr(checkpoint_callback, "_last_global_step_saved", 0)
        path = checkpoint_callback.last_model_path or checkpoint_callback.best_model_path
        self._callback.announce(str(path), int(trainer))


def _facts(trainer: Any, module: Any) -> dict[str, object]:
    steps = trainer.num_training_batches
    known = {
        "planned_epochs": trainer.max_epochs,
        "steps_per_epoch": steps if isinstance(steps, int) else None,
    }
    return {
        "trainer": "lightning",
        **machine(module.device),
        "precision": str(trainer.precision),
        "parameters": sum(one.numel() for one in module.parameters()),
        **{name: value for name, value in known.items() if value and value > 0},
    }
