"""What all callbacks share: nothing raised, the facts of the machine, one decision of all ranks."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import ParamSpec, TypeVar

from healthlint.emit import RunLogger
from healthlint.emit.names import RESERVED

P = ParamSpec("P")
T = TypeVar("T")
_PACE = ("_runtime", "_per_second")  # of an evaluation, which says nothing of the model
LIBRARIES = ("torch", "transformers", "lightning", "keras", "accelerate", "numpy")


def quiet(method: Callable[P, T]) -> Callable[P, T | None]:
    """Return a method that warns where it would raise: no log is worth a training."""

    @functools.wraps(method)
    def called(*args: P.args, **options: P.kwargs) -> T | None:
        try:
            return method(*args, **options)
        except Exception as error:
            warnings.warn(f"healthlint: {type(error).__name__}: {error}", stacklevel=2)
            return None

    return called


class Logging:
    """What every callback has: facts, a log once it is open, and whether a watch asks for a stop.

    Args:
        path: The log.
        facts: What is known of the run, which outranks what the callback finds out.
        every: Steps between two looks for a stop.
    """

    def __init__(
        self, path: str = "logs.jsonl", facts: Mapping[str, object] | None = None, every: int = 1
    ) -> None:
        self._path = path
        self._every = every
        self._facts = facts or {}
        self._log: RunLogger | None = None
        self._has_stopped = False
        super().__init__()

    def _open(
        self, path: str | Path, known: Mapping[str, object], resume_step: int | None = None
    ) -> None:
        self._log = RunLogger(path, meta={**known, **self._facts}, resume_step=resume_step)

    def _write(
        self, step: int, values: Mapping[str, object], epoch: float | None, prefix: str = "eval_"
    ) -> None:
        """Write a record of what is a number in values, and of the memory of the accelerator."""
        if self._log is not None:
            rest = {name: value for name, value in values.items() if name != "epoch"}
            self._log.log(step, named(rest, prefix) | memory(), epoch=epoch)

    @quiet
    def announce(self, path: str, step: int, epoch: float | None = None) -> None:
        """Announce a checkpoint."""
        if self._log is not None and path:
            self._log.event("checkpoint", step=step, epoch=epoch, path=path)

    @quiet
    def _asked(self) -> object:
        return self._log.should_stop() if self._log is not None else None

    def _end(self, status: str, step: int | None = None) -> None:
        if self._log is not None:
            self._log.end(status, step=step)
            self._log.close()


def machine(device: object = None) -> dict[str, object]:
    """Return the facts of libraries and device, as far as they are known."""
    versions = {}
    for name in LIBRARIES:
        if name in sys.modules:
            with suppress(PackageNotFoundError):  # beside the installed packages
                versions[name] = version(name)
    facts: dict[str, object] = {"versions": versions}
    return facts | ({"device": str(device).partition(":")[0]} if device is not None else {})


def memory() -> dict[str, float]:
    """Return the memory that the accelerator's driver has given out, in bytes; nothing on a CPU."""
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return {"memory_allocated": float(torch.cuda.memory_allocated())}
    if torch.backends.mps.is_available():
        return {"driver_allocated_memory": float(torch.mps.driver_allocated_memory())}
    return {}


def named(values: Mapping[str, object], prefix: str = "eval_") -> dict[str, float]:
    """Return what is a number, those of evaluation under ``val/``, the others as they are called.

    >>> named({"loss": 1.5, "eval_loss": 2.0, "learning_rate": 0.1, "step": 3, "note": "x"})
    {'train/loss': 1.5, 'val/loss': 2.0, 'lr': 0.1, 'logged/step': 3.0}
    """
    found: dict[str, float] = {}
    for name, value in values.items():
        number = _number(value)
        if number is None or not name or name.startswith("_") or name.endswith(_PACE):
            continue
        if name.startswith(prefix):
            found[f"val/{name.removeprefix(prefix)}"] = number
        elif name in RESERVED:
            found[f"logged/{name}"] = number
        else:
            found[{"loss": "train/loss", "learning_rate": "lr"}.get(name, name)] = number
    return found


def _number(value: object) -> float | None:
    try:
        return None if isinstance(value, str | bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError):
        return None


def any_rank(flag: bool) -> bool:
    """Return whether any process of a distributed training says so; every rank must call it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available():
        return flag
    if not torch.distributed.is_initialized() or torch.distributed.get_world_size() == 1:
        return flag
    is_gpu = torch.distributed.get_backend() == "nccl"
    told = torch.tensor(int(flag), device="cuda" if is_gpu else "cpu")
    torch.distributed.all_reduce(told, op=torch.distributed.ReduceOp.MAX)
    return bool(told.item())
