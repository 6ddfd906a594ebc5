"""A trainer with a TensorBoard writer gets a log: one call, whatever becomes of the writer."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from healthlint.emit import machine
from healthlint.emit.logger import RunLogger
from healthlint.emit.mels import Mels
from healthlint.emit.tee import SummaryWriterTee

MEMORY_EVERY = 60.0
"""Seconds between two records that carry the memory of process and device."""


def attach(
    trainer: Any,
    path: str | os.PathLike[str],
    *,
    name: str = "writer",
    meta: Mapping[str, object] | None = None,
    mels_every: int = 1,
) -> RunLogger:
    """Write what a trainer writes for TensorBoard to a log too, and return the log.

    A writer that the trainer puts in place of the first, as some do when they resume, is joined
    like it. The header gets what the trainer's config says (plan, batch, device, precision), the
    size of its data set, and the versions of torch and macOS. Raw mels that it draws as images are
    kept as arrays beside the log and announced as samples.

    Args:
        trainer: The object that keeps the writer, and perhaps ``config`` and ``dataset``.
        path: The log.
        name: The attribute of the writer.
        meta: Further facts; they outrank what is found.
        mels_every: Of each image of a mel, one in so many is kept; 0 keeps none.

    Raises:
        AttributeError: The trainer has no such attribute.
        OSError, TypeError, ValueError: As for :class:`RunLogger`.
    """
    writer = getattr(trainer, name)
    place = Path(path)
    logger = RunLogger(
        place,
        meta={**_facts(trainer, writer, place), **(meta or {})},
        resume_step=_resume_step(trainer, place),
    )
    mels = Mels(place.parent / "mels", mels_every) if mels_every else None

    def joined(new: Any) -> Any:
        if new is None or isinstance(new, SummaryWriterTee):
            return new
        return SummaryWriterTee(new, logger, mels=mels, memory_every=MEMORY_EVERY)

    _watch(trainer, name, joined)
    setattr(trainer, name, joined(writer))
    return logger


def _watch(trainer: Any, name: str, joined: Any) -> None:
    """Make whatever is assigned to an attribute of one object pass through a function."""
    kept = f"_healthlint_{name}"
    own = type(trainer)

    def get(self: Any) -> Any:
        return self.__dict__[kept]

    def put(self: Any, value: Any) -> None:
        self.__dict__[kept] = joined(value)

    watched = type(own.__name__, (own,), {name: property(get, put), "__module__": own.__module__})
    try:
        trainer.__class__ = watched
    except TypeError:  # an object of C, or with slots
        warnings.warn(
            f"{own.__name__}.{name} cannot be watched: where the trainer replaces it, as when it "
            "resumes, the log ends there; attach again after that",
            RuntimeWarning,
            stacklevel=3,
        )
        return
    trainer.__dict__.pop(name, None)


def _facts(trainer: Any, writer: Any, path: Path) -> dict[str, object]:
    from healthlint.logs.configs import facts_of  # numpy comes with it

    config = getattr(trainer, "config", None)
    said = config if isinstance(config, Mapping) else getattr(config, "__dict__", {})
    facts = {**machine.facts(), **facts_of(said)}
    with suppress(TypeError, AttributeError):
        facts["utterances"] = len(trainer.dataset)
    if device := getattr(trainer, "device", None):
        facts["device"] = str(device)
    if folder := getattr(writer, "log_dir", None):
        facts["tensorboard"] = os.path.relpath(folder, path.parent)
    if type(config).__module__ == "kokoro.training.config":
        facts["trainer"] = "kokoro-ruslan"
        facts["metrics"] = {"mel_loss": {"kind": "l1", "space": "ln-power-mel"}}
    return facts


def _resume_step(trainer: Any, path: Path) -> int | None:
    """Return the step that a trainer goes on from, None where it begins or nothing says so."""
    config = getattr(trainer, "config", None)
    said = getattr(config, "resume_checkpoint", None)
    if not said or not path.exists():
        return None
    named = Path(str(said))
    folder = Path(str(getattr(config, "output_dir", path.parent)))
    files = [named] if named.is_file() else [*folder.glob("checkpoint_epoch_*.pth")]
    if not files:
        return None
    from healthlint.checkpoints import CheckpointError, read  # numpy comes with it

    latest = max(files, key=lambda file: file.stat().st_mtime)
    with suppress(CheckpointError, OSError):
        step = read(str(latest)).step
        return None if step is None else int(step)
    return None
