"""Checkpoints beside a checkpoint: the one that its folder means, its twin, the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from healthlint.checkpoints import Checkpoint, CheckpointError, Tensor, read
from healthlint.checkpoints.arrays import array
from healthlint.probing.checkpoints import is_checkpoint, numbers_in

_FINAL = ("final", "last", "latest")
_NO_NUMBER = (None, None)
_AVERAGES = ("ema_model_state_dict.", "ema_state_dict.", "ema.")


def taken(folder: Path) -> Path | None:
    """Return the checkpoint of a folder that inference takes: a final one, else its latest.

    None where the folder holds no checkpoint.
    """
    many = _files(folder)
    for word in _FINAL:
        named = [
            path for path in many if word in path.stem.lower() and numbers_in(path) == _NO_NUMBER
        ]
        if named:
            return named[0]
    return max(many, key=_when, default=None)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and is_checkpoint(path)]


def _when(path: Path) -> tuple[int, int]:
    epoch, step = numbers_in(path)
    return (-1 if epoch is None else epoch, -1 if step is None else step)


def twin(own: Checkpoint) -> Checkpoint | None:
    """Return the checkpoint beside it whose weights it equals, bit for bit; None for none."""
    for path in sorted(_beside(own), key=_when, reverse=True):
        try:
            other = read(str(path))
            if _is_same(own, other):
                return other
        except CheckpointError:
            continue
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
    for path in sorted(_beside(own), key=_when, reverse=True):
        at = numbers_in(path)[0]
        if at is not None and limit is not None and at < limit and str(path) != besides:
            try:
                return read(str(path))
            except CheckpointError:
                continue
    return None


def has_average(checkpoint: Checkpoint) -> bool:
    """Return whether it keeps an average of the weights beside them."""
    return any(name.startswith(_AVERAGES) for name in checkpoint.others)


def _beside(own: Checkpoint) -> Iterator[Path]:
    path = Path(own.path)
    if path.is_file():
        yield from (file for file in _files(path.parent) if file.name != path.name)


def _is_same(checkpoint: Checkpoint, other: Checkpoint) -> bool:
    if checkpoint.weights.keys() != other.weights.keys():
        return False
    return all(
        _is_equal(tensor, other.weights[name]) for name, tensor in checkpoint.weights.items()
    )


def _is_equal(tensor: Tensor, other: Tensor) -> bool:
    if tensor.shape != other.shape or tensor.storage.dtype != other.storage.dtype:
        return False
    return array(tensor).tobytes() == array(other).tobytes()
