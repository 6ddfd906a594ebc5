"""Accelerate: ``Accelerator(log_with=HealthlintTracker(...))``, ``should_stop`` after a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accelerate.tracking import GeneralTracker

from healthlint.callbacks._common import Logging, machine, quiet
from healthlint.emit import RunLogger


class HealthlintTracker(Logging, GeneralTracker):
    """Writes what ``accelerator.log`` is given, on the main process.

    Args:
        path: The log.
        facts: What is known of the run.
        resume_step: The step of the checkpoint that training goes on from, None for a new run.
    """

    name = "healthlint"
    requires_logging_directory = False
    main_process_only = True

    def __init__(
        self,
        path: str = "logs.jsonl",
        facts: Mapping[str, object] | None = None,
        resume_step: int | None = None,
    ) -> None:
        super().__init__(path, facts)
        self._resume_step = resume_step

    @property
    def tracker(self) -> RunLogger | None:
        """The log, None before the first call and on every process but the first."""
        return self._log

    @quiet
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        """Open the log, with the configuration among its facts."""
        known = {"trainer": "accelerate", **machine(), "config": dict(values)}
        self._open(self._path, known, self._resume_step)

    @quiet
    def log(self, values: Mapping[str, Any], step: int | None = None, **_: Any) -> None:
        """Write values; ``epoch`` among them is the epoch, from 1."""
        if self._log is None:
            self.store_init_configuration({})
        self._write(int(step or 0), values, values.get("epoch"))

    def should_stop(self, accelerator: Any) -> bool:
        """Return whether a watch asks for a stop; every process calls it after the same step."""
        if accelerator.is_main_process and self._asked():
            accelerator.set_trigger()
        return bool(accelerator.check_trigger())

    @quiet
    def finish(self) -> None:
        """Write the end, and close the log."""
        self._end("stopped" if self._asked() else "ok")
