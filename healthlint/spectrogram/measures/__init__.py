"""Textbook sharpness measures, one module each; the folder is the registry.

A measure is a module with ``measure(mel, front) -> float`` (``mel`` of shape ``(bands, frames)``,
natural logarithm of amplitude), ``UNIT``, ``SHARPER`` (``higher`` or ``lower``) and a docstring
whose first line says what is measured, with *Source* and *What it cannot see*. They are here
because people know them; the score of ``healthlint.spectrogram.score`` sees what they cannot.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, Protocol, cast

from healthlint.spectrogram.frontend import Floats, Front


class Measure(Protocol):
    """What the module of a measure has."""

    UNIT: str
    SHARPER: Literal["higher", "lower"]

    def measure(self, mel: Floats, front: Front) -> float:
        """Return the measure of a log-mel."""
        ...


@cache
def names() -> tuple[str, ...]:
    """Return the names of all measures, sorted."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_")))


@cache
def measure(name: str) -> Measure:
    """Return a measure by its name.

    Raises:
        KeyError: There is no such measure.
    """
    if name not in names():
        raise KeyError(name)
    return cast(Measure, import_module(f"{__name__}.{name}"))
