"""Keras: ``model.fit(..., callbacks=[HealthlintCallback("runs/ru/logs.jsonl")])``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from healthlint.callbacks._common import Logging, machine, named, quiet


class HealthlintCallback(Logging, keras.callbacks.Callback):
    """Writes a record an epoch, and stops the training where a watch asks for that.

    What Keras tells after a batch is the mean of its epoch so far, which is no curve to judge.

    Args:
        path: The log.
        facts: What is known of the run beside Keras' own settings.
        every: Batches between two looks for a stop.
    """

    _step = 0

    @quiet
    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Open the log."""
        known = {
            "planned_epochs": self.params.get("epochs"),
            "steps_per_epoch": self.params.get("steps"),
        }
        facts = {"trainer": "keras", **machine(), "parameters": self.model.count_params()}
        self._open(self._path, facts | {name: value for name, value in known.items() if value})

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop after this batch where a watch asks for it, and save before."""
        self._step += 1
        if not self._has_stopped and self._step % self._every == 0 and self._asked():
            self._has_stopped = self.model.stop_training = True
            self._save()

    @quiet
    def _save(self) -> None:
        path = Path(self._path).with_name("stopped.keras")
        self.model.save(path)
        self.announce(path.name, self._step)

    @quiet
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the means of the epoch; one that was stopped within has none."""
        if self._log is not None and logs and not self._has_stopped:
            self._log.log(self._step, named(logs, "val_"), epoch=epoch + 1)

    @quiet
    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Write the end, and close the log."""
        self._end("stopped" if self._has_stopped else "ok", self._step)
