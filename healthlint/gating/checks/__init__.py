"""What the gate looks at: one thing a module.

The folder is the registry. A check is a module whose name has no leading underscore, with ``ORDER``
(its place in the report), ``NAME``, and ``look(scene) -> Check``; it says what it could not see as
``not_judged``. The first line of its docstring is its row in the documentation.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint.gating.model import Check
from healthlint.gating.scene import Scene


class Look(Protocol):
    """What the module of a check has."""

    ORDER: int
    NAME: str

    def look(self, scene: Scene) -> Check:
        """Return what was seen."""
        ...


@cache
def checks() -> tuple[Look, ...]:
    """Return all checks in the order of the report."""
    names = [module.name for module in iter_modules(__path__) if module.name[0] != "_"]
    looks = [cast("Look", import_module(f"{__name__}.{name}")) for name in names]
    return tuple(sorted(looks, key=lambda look: look.ORDER))
