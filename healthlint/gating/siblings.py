"""Checkpoints beside a checkpoint: the one that its folder means, its twin, the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from healthlint.checkpoints import Checkpoint, CheckpointError, Tensor, read
from healthlint.checkpoints.arrays import array
from healthlint.probing.checkpoints import is_checkpoint, numbers_in

_FINAL = ("final", "last", "latest")
_AVERAGES = ("ema_model_state_dict.", "ema_state_dict.", "ema.")


def taken(folder: Path) -> Path | None:
    """Return the checkpoint of a folder that inference takes: a final one, else its latest.

    None where the folder holds no checkpoint.
    """
    many = _files(folder)
    unnumbered = [path for path in many if numbers_in(path) == (None, None)]
    finals = (path for word in _FINAL for path in unnumbered if word in path.stem.lower())
    return next(finals, max(many, key=_when, default=None))


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and is_checkpoint(path)]


def _when(path: Path) -> tuple[int, int]:
    epoch, step = numbers_in(path)
    return (-1 if epoch is None else epoch, -1 if step is None else step)


def twin(own: Checkpoint) -> Checkpoint | None:
    """Return the checkpoint beside it whose weights it equals, bit for bit; None for none."""
    for other in readable(_beside(own)):
        with suppress(CheckpointError):
            if _is_same(own, other):
                return other
    return None


def before(own: Checkpoint, epoch: float | None, besides: str = "") -> Checkpoint | None:
    """Return the numbered checkpoint before it in its folder, None where there is none.

    Args:
        own: The checkpoint.
        epoch: The epoch that it closes.
        besides: A path that is not meant: that of its twin.
    """
    number = numbers_in(Path(own.path))[0]
    limit = number if number is not None else epoch
    if limit is None:
        return None
    numbered = ((path, numbers_in(path)[0]) for path in _beside(own) if str(path) != besides)
    return next(readable(path for path, at in numbered if at is not None and at < limit), None)


def readable(files: Iterable[Path]) -> Iterator[Checkpoint]:
    """Yield the checkpoints of files, without those that cannot be read."""
    for file in files:
        with suppress(CheckpointError):
            yield read(str(file))


def has_average(checkpoint: Checkpoint) -> bool:
    """Return whether it keeps an average of the weights beside them."""
    return any(name.startswith(_AVERAGES) for name in checkpoint.others)


def _beside(own: Checkpoint) -> list[Path]:
    """Return the checkpoints in its folder, the latest first."""
    path = Path(own.path)
    others = _files(path.parent) if path.is_file() else []
    return sorted((file for file in others if file.name != path.name), key=_when, reverse=True)


def _is_same(checkpoint: Checkpoint, other: Checkpoint) -> bool:
    own, theirs = checkpoint.weights, other.weights
    return own.keys() == theirs.keys() and all(_is_equal(own[name], theirs[name]) for name in own)


def _is_equal(tensor: Tensor, other: Tensor) -> bool:
    if tensor.shape != other.shape or tensor.storage.dtype != other.storage.dtype:
        return False
    return array(tensor).tobytes() == array(other).tobytes()
