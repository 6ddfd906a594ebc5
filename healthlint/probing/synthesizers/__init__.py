"""Synthesizers that need no template: one module each, found by its name in this folder.

A synthesizer is a module without a leading underscore that has ``COMMAND`` (a template),
``NEEDS`` (packages of its interpreter), ``INSTALL`` (how to get them) and, but for the one that is
taken where no other is, ``knows(checkpoint: Path) -> bool`` (whether it recognises a model); the
first line of its docstring says what it is.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint.probing.errors import ProbeError

DEFAULT = "guide"


class Synthesizer(Protocol):
    """What the module of a synthesizer has."""

    COMMAND: str
    NEEDS: tuple[str, ...]
    INSTALL: str
    __doc__: str | None

    def knows(self, checkpoint: Path) -> bool:
        """Return whether it recognises a model by its files, without unpacking any."""
        ...


@cache
def names() -> tuple[str, ...]:
    """Return the names of all synthesizers, sorted."""
    modules = (module.name for module in iter_modules(__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


def named(name: str) -> Synthesizer:
    """Return a synthesizer.

    Raises:
        ProbeError: A package that it needs is not installed.
    """
    synthesizer = cast("Synthesizer", import_module(f"{__name__}.{name}"))
    missing = [need for need in synthesizer.NEEDS if not _is_there(need)]
    if missing:
        listed = ", ".join(missing)
        raise ProbeError(f"the synthesizer {name} needs {listed}: {synthesizer.INSTALL}")
    return synthesizer


def recognised(checkpoint: Path) -> str:
    """Return the name of the synthesizer that knows a model, the guide's command for none."""
    for name in names():
        module = cast("Synthesizer", import_module(f"{__name__}.{name}"))
        if name != DEFAULT and module.knows(checkpoint):
            return name
    return DEFAULT


def _is_there(module: str) -> bool:
    """Return whether a module can be found; parents of a dotted name are never imported."""
    head, *rest = module.split(".")
    spec = find_spec(head)
    if spec is None or not rest:
        return spec is not None
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    inner = Path(*rest)
    return any((p / inner).is_dir() or (p / inner).with_suffix(".py").is_file() for p in places)
