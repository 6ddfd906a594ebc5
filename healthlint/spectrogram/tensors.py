"""Mels that torch saved, read without torch: nothing of their pickle is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from healthlint.checkpoints import CheckpointError, Tensor
from healthlint.checkpoints.arrays import array
from healthlint.checkpoints.files import load
from healthlint.spectrogram.errors import SpectrogramError

SUFFIXES = (".pt", ".pth")
_MEL = "mel"
_SHOWN = 4
_HINT = "save the tensor alone, or in a dictionary as `mel`"


def read(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return the mel of a file, and the numbers and words beside it.

    The file holds a tensor, or a dictionary: with one named ``mel``, or with one alone that has two
    axes or more.

    Raises:
        SpectrogramError: There is none, or it is not clear which one; or the file is damaged, or
            its pickle asks for code.
    """
    try:
        content = load(path).content
        if isinstance(content, Tensor):
            return array(content), {}
        if not isinstance(content, Mapping):
            kind = type(content).__name__
            raise SpectrogramError(f"no mel in it: its outermost object is a {kind}", _HINT)
        return array(_chosen(content)), _said(content)
    except CheckpointError as error:
        place = f" (byte {error.at} of its pickle)" if error.at is not None else ""
        raise SpectrogramError(f"{error.args[0]}{place}", error.hint) from error


def may_hold_mel(path: Path) -> bool:
    """Return whether a file holds a mel, or could not be looked into; a checkpoint does not."""
    try:
        content = load(path).content
    except CheckpointError:
        return True
    if not isinstance(content, Mapping):
        return isinstance(content, Tensor)
    planes = _planes(content)
    return _MEL in planes or len(planes) == 1


def _chosen(content: Mapping[Any, Any]) -> Tensor:
    many = _planes(content)
    if _MEL in many:
        return many[_MEL]
    if len(many) == 1:
        return next(iter(many.values()))
    if many:
        raise SpectrogramError(f"which tensor is the mel? there is: {_listed([*many])}", _HINT)
    raise SpectrogramError(f"no mel in it: there is {_listed([*map(str, content)])}", _HINT)


def _planes(content: Mapping[Any, Any]) -> dict[str, Tensor]:
    """Return the outermost tensors of two axes and more."""
    return {
        str(name): value
        for name, value in content.items()
        if isinstance(value, Tensor) and len(value.shape) >= 2
    }


def _said(content: Mapping[Any, Any]) -> dict[str, Any]:
    """Return numbers and words, those in a tensor without axes among them."""
    said: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, int | float | str):
            said[str(name)] = value
        elif isinstance(value, Tensor) and not value.shape:
            said[str(name)] = array(value).item()
    return said


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    shown = ", ".join(name[:40] for name in names[:_SHOWN]) or "nothing"
    return f"{shown} and {more} more" if more > 0 else shown
