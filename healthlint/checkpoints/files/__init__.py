"""Kinds of checkpoint files: one a module, told by content, never by suffix.

A kind is a module whose name has no leading underscore, with ``sniff(head) -> bool`` for the first
bytes of a file and ``load(path) -> Raw``. To add one, add a module.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.files._refusal import refusal
from healthlint.checkpoints.model import Raw

HEAD_BYTES = 512


class Kind(Protocol):
    """What the module of a kind has."""

    def sniff(self, head: bytes) -> bool:
        """Return whether the first bytes of a file are of this kind."""
        ...

    def load(self, path: Path) -> Raw:
        """Return what the file holds, tensors left on disk."""
        ...


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all kinds."""
    names = sorted(one.name for one in iter_modules(__path__) if not one.name.startswith("_"))
    return tuple(cast("Kind", import_module(f"{__name__}.{name}")) for name in names)


def load(path: Path) -> Raw:
    """Return what a file holds.

    Raises:
        CheckpointError: It is no checkpoint, is damaged, or asks for code to run.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        for kind in kinds():
            if kind.sniff(head):
                return kind.load(path)
    except OSError as error:
        raise CheckpointError(error.strerror or "cannot be read") from error
    raise refusal(head)
