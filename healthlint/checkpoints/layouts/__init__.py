"""Layouts of checkpoints: one trainer a module, told by the names in the outermost dict.

A layout is a module whose name has no leading underscore, with ``claim(content) -> Parts | None``
and ``RANK``: of several that claim a checkpoint, the highest has it. To add one, add a module.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint.checkpoints.layouts._parts import Parts as Parts


class Layout(Protocol):
    """What the module of a layout has."""

    RANK: int

    def claim(self, content: Mapping[str, object]) -> Parts | None:
        """Return what is what, None where it is another trainer's."""
        ...


@cache
def layouts() -> tuple[Layout, ...]:
    """Return all layouts, the most particular first."""
    names = (one.name for one in iter_modules(__path__) if not one.name.startswith("_"))
    layouts = [cast("Layout", import_module(f"{__name__}.{name}")) for name in names]
    return tuple(sorted(layouts, key=lambda layout: -layout.RANK))


def parts(content: Mapping[str, object]) -> Parts | None:
    """Return what is what in a checkpoint, None where no layout fits."""
    claims = (layout.claim(content) for layout in layouts())
    return next((claim for claim in claims if claim is not None), None)
