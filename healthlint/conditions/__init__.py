"""Kinds of conditions, one module each; the folder is the registry.

A kind is one object, the ``KIND`` of its module (``timeline.kind.Kind``): parameters, evaluation,
words, what it offers to messages, what it looks at, examples. It is checked when it is loaded.
Beside it, ``templates/`` has what a new rule of it begins with.

Packages bring further kinds by entry points (``conditions._foreign``), which are looked at only
where a config names the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from healthlint.timeline.kind import Kind

if TYPE_CHECKING:  # only where a config names a package
    from healthlint.conditions._foreign import Foreign

_ADDED: dict[str, Foreign] = {}


@cache
def own_names() -> tuple[str, ...]:
    """Return the names of the kinds that come with healthlint, sorted."""
    found = (module.name for module in iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def names() -> tuple[str, ...]:
    """Return the names of all kinds, sorted."""
    return tuple(sorted((*own_names(), *_ADDED))) if _ADDED else own_names()


def kind(name: str) -> Kind:
    """Return a kind by its name.

    Raises:
        KeyError: There is no such kind.
        BrokenKind: It comes from a package and cannot be used.
    """
    if name in _ADDED:
        return _ADDED[name].loaded()
    if name not in own_names():
        raise KeyError(name)
    return _own(name)


def template(name: str) -> str:
    """Return what a new rule of a kind looks like, as YAML; empty where none can be begun so.

    A kind of a package says it itself.
    """
    file = Path(__file__).parent / "templates" / f"{name}.yaml"
    if name in own_names() and file.exists():
        return file.read_text(encoding="utf-8")
    return kind(name).template


@cache
def _own(name: str) -> Kind:
    found: Kind = import_module(f"{__name__}.{name}").KIND
    return found


def add(packages: Sequence[str]) -> None:
    """Add the kinds of installed packages, for the rest of the process; none is imported yet.

    Args:
        packages: Names of packages as they are installed (``healthlint-tones``).

    Raises:
        NoKinds: A package is not installed, brings no kind, or one whose name is taken.
    """
    if packages:
        from healthlint.conditions._foreign import found

        for name, one in found(packages, own_names()).items():
            _ADDED.setdefault(name, one)


def packages() -> tuple[str, ...]:
    """Return the packages whose kinds were added, sorted."""
    return tuple(sorted({one.package for one in _ADDED.values()}))
