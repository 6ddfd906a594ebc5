"""Mels that torch saved, read without torch: nothing of their pickle is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from healthlint.checkpoints import CheckpointError, Tensor
from healthlint.checkpoints.arrays import array
from healthlint.checkpoints.files import load
from healthlint.spectrogram.errors import SpectrogramError

SUFFIXES = (".pt", ".pth")
Plane = TypeVar("Plane")
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
        planes = _planes(content)
        return array(the_mel(planes, [*map(str, content)], "tensor", _HINT)), _said(content)
    except CheckpointError as error:
        raise SpectrogramError(str(error)) from error


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


def the_mel(planes: Mapping[str, Plane], names: Sequence[str], kind: str, hint: str) -> Plane:
    """Return which of the planes of a file is its mel.

    Args:
        planes: What has two axes and more, by name.
        names: Of all that is in the file.
        kind: What a plane is called.
        hint: What can be done where it is not clear.

    Raises:
        SpectrogramError: There is none, or it is not clear which one.
    """
    if len(planes) == 1:
        return next(iter(planes.values()))
    if not planes:
        raise SpectrogramError(f"no mel in it: there is {_listed(names)}", hint)
    if _MEL not in planes:
        raise SpectrogramError(f"which {kind} is the mel? there is: {_listed([*planes])}", hint)
    return planes[_MEL]


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
