"""Which checkpoints there are to probe, in the order of training."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from healthlint.probing.errors import ProbeError

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".bin", ".tar")
_EPOCH = re.compile(r"(?:^|[^a-z])(?:epoch|ep|e)[-_= ]?(\d+)", re.IGNORECASE)
_STEP = re.compile(r"(?:^|[^a-z])(?:step|iter|checkpoint|ckpt|g|s)[-_= ]?(\d+)", re.IGNORECASE)
_NUMBER = re.compile(r"^(\d+)$")
_SHARD = re.compile(r"-\d+-of-\d+")
_NOT_A_VOICE = re.compile(
    r"^(D|DUR|MSD|MPD)_\d|^(optimizer|scheduler|scaler|rng_state|training_args|discriminator)"
)
_INNER = "checkpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedCheckpoint:
    """One checkpoint to probe.

    Attributes:
        path: The file, or the folder of a model that is several files.
        name: How it is called in reports.
        epoch: Epoch as its name says, None where it does not.
        step: Step likewise.
        digest: SHA-256 of its content; of a folder, of names and contents of its files.
        companions: What lies beside it that is no checkpoint, for a folder that holds it alone.
    """

    path: Path
    name: str
    epoch: int | None
    step: int | None
    digest: str
    companions: tuple[Path, ...] = ()

    @property
    def when(self) -> float | None:
        """Return the epoch, else the step, else None."""
        return self.epoch if self.epoch is not None else self.step


def checkpoints(models: Sequence[str]) -> tuple[list[ProbedCheckpoint], list[str]]:
    """Return the checkpoints that paths mean, by epoch or step, and what was left out.

    A folder with two or more files (or folders) that are numbered by epoch or step, or with a
    folder ``checkpoints`` of them, is a course; any other folder is one model. A copy of another
    (``last.pt``) is left out.

    Raises:
        ProbeError: A path does not exist or cannot be read, or none is named.
    """
    if not models:
        raise ProbeError("no model named; --model takes a checkpoint or a folder of them")
    checkpoints = [checkpoint for model in models for checkpoint in _of(Path(model))]
    kept: dict[str, ProbedCheckpoint] = {}
    left_out = []
    # Of copies the one with a number in its name is kept.
    for checkpoint in sorted(checkpoints, key=lambda checkpoint: checkpoint.when is None):
        if checkpoint.digest in kept:
            left_out.append(f"{checkpoint.path}: the same as {kept[checkpoint.digest].name}")
        else:
            kept[checkpoint.digest] = checkpoint
    return _ordered(list(kept.values())), left_out


def _ordered(many: list[ProbedCheckpoint]) -> list[ProbedCheckpoint]:
    """Return them by epoch, else by step, else as they came; those without a number at the end."""
    numbered = [checkpoint for checkpoint in many if checkpoint.when is not None]
    if all(checkpoint.epoch is not None for checkpoint in numbered):
        numbered.sort(key=lambda checkpoint: (checkpoint.epoch, checkpoint.step or 0))
    elif all(checkpoint.step is not None for checkpoint in numbered):
        numbered.sort(key=lambda checkpoint: checkpoint.step or 0)
    return [*numbered, *(checkpoint for checkpoint in many if checkpoint.when is None)]


def _of(path: Path) -> Iterator[ProbedCheckpoint]:
    if not path.exists():
        raise ProbeError(f"{path}: no such file or folder")
    try:
        if path.is_file():
            course = [path]
        else:
            inner = path / _INNER
            course = _course(path) or (_course(inner) if inner.is_dir() else [])
        yield from map(_one, course) if course else [_alone(path)]
    except OSError as error:
        raise ProbeError(f"{path}: cannot be read ({error.strerror})") from error


def _course(folder: Path) -> list[Path]:
    """Return the checkpoints of a folder, empty where it is one model."""
    many = [path for path in sorted(folder.iterdir()) if is_checkpoint(path)]
    numbered = [path for path in many if numbers_in(path) != (None, None)]
    if len(numbered) < 2:
        return []
    return [path for path in many if path.is_file() or path in numbered]


def is_checkpoint(path: Path) -> bool:
    """Return whether a path looks like a checkpoint by its name, and is no shard nor optimizer."""
    if _SHARD.search(path.name) or _NOT_A_VOICE.match(path.name) or path.name.startswith("."):
        return False
    if path.is_dir():
        return numbers_in(path) != (None, None) and any(path.iterdir())
    return path.suffix.lower() in SUFFIXES


def numbers_in(path: Path) -> tuple[int | None, int | None]:
    """Return epoch and step as a name says them.

    >>> numbers_in(Path("epoch=4-step=1200.ckpt")), numbers_in(Path("G_8000.pth"))
    ((4, 1200), (None, 8000))
    >>> numbers_in(Path("checkpoint_epoch_7.pth")), numbers_in(Path("last.pt"))
    ((7, None), (None, None))
    """
    stem = path.name if path.is_dir() else path.stem
    epoch, step = _EPOCH.search(stem), _STEP.search(stem) or _NUMBER.match(stem)
    return (int(epoch[1]) if epoch else None, int(step[1]) if step else None)


def _alone(folder: Path) -> ProbedCheckpoint:
    """Return a folder as one model; its only checkpoint is that."""
    many = [entry for entry in sorted(folder.iterdir()) if entry.is_file() and is_checkpoint(entry)]
    if not any(folder.iterdir()):
        raise ProbeError(f"{folder}: the folder is empty")
    epoch, step = numbers_in(many[0]) if len(many) == 1 else (None, None)
    path = many[0] if len(many) == 1 else folder
    return ProbedCheckpoint(
        path=path, name=folder.resolve().name, epoch=epoch, step=step, digest=digest(folder)
    )


def _one(path: Path) -> ProbedCheckpoint:
    epoch, step = numbers_in(path)
    beside = [file for file in sorted(path.parent.iterdir()) if file != path and file.is_file()]
    return ProbedCheckpoint(
        path=path,
        name=path.name,
        epoch=epoch,
        step=step,
        digest=digest(path),
        companions=tuple(file for file in beside if not is_checkpoint(file)),
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's names and contents."""
    made = hashlib.sha256()
    for one in [path] if path.is_file() else sorted(path.rglob("*")):
        if path.is_dir():
            made.update(f"\0{one.relative_to(path)}\0".encode())
        if one.is_file():
            with one.open("rb") as file:
                hashlib.file_digest(file, lambda: made)
    return made.hexdigest()
