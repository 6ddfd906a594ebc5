"""Hugging Face: ``Trainer(..., callbacks=[HealthlintCallback()])`` writes ``logs.jsonl``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from healthlint.callbacks._common import Logging, any_rank, machine, quiet


class HealthlintCallback(Logging, TrainerCallback):
    """Writes the log of a ``Trainer``, and stops it where a watch asks for that.

    Args:
        path: The log; ``logs.jsonl`` in the ``output_dir`` where left out.
        facts: What is known of the run beside the trainer's own settings.
        every: Steps between two looks for a stop.
    """

    def __init__(
        self,
        path: str | None = None,
        facts: Mapping[str, object] | None = None,
        every: int = 1,
    ) -> None:
        super().__init__(path or "", facts, every)

    @quiet
    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Open the log, on the first process."""
        if state.is_world_process_zero:
            path = self._path or Path(args.output_dir, "logs.jsonl")
            self._open(path, _facts(args, state, more.get("model")), state.global_step or None)

    @quiet
    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Write what the trainer logs; the summary at its end is no record."""
        if logs and "train_runtime" not in logs:
            self._write(state.global_step, logs, logs.get("epoch", state.epoch))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Stop after this step where a watch asks for it, on every process, and save before."""
        if state.global_step % self._every == 0 and any_rank(bool(self._asked())):
            control.should_save = True
            control.should_training_stop = True
        return control

    @quiet
    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Announce a checkpoint."""
        self.announce(f"checkpoint-{state.global_step}", state.global_step, state.epoch)

    @quiet
    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the end, and close the log."""
        self._end("stopped" if self._asked() else "ok")


def _facts(args: Any, state: Any, model: Any) -> dict[str, object]:
    precision = "bf16" if args.bf16 else "fp16" if args.fp16 else "fp32"
    parameters = sum(one.numel() for one in model.parameters()) if model is not None else 0
    return {
        "trainer": "transformers",
        **machine(args.device),
        "precision": precision,
        "batch_size": args.per_device_train_batch_size,
        "planned_epochs": float(state.num_train_epochs or args.num_train_epochs),
        "planned_steps": state.max_steps,
        "learning_rate": args.learning_rate,
        "seed": args.seed,
        **({"parameters": parameters} if parameters else {}),
    }
