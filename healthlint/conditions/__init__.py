"""Kinds of conditions, one module each; the folder is the registry.

A kind is a module with a frozen dataclass ``Params``, a function ``evaluate(params, context)`` that
returns an ``Outcome``, ``OFFERS`` (the placeholders it gives to messages, with their dots:
``window.first``), ``OF_METRIC`` (those it gives under the name of each of its metrics:
``{mel.change}``) and a docstring of four parts: the first line, *Why it matters*, *What to do* and
*When it is wrong to fire*. A kind whose parameters are one thing names it in ``SOLE``. Kinds are
given losses without their exact zeros and cut where a loss wakes up (``timeline.waking``); one that
looks at values as they were logged says ``AS_LOGGED = True``, one to which a derived metric would
mean nothing ``LOGGED_ONLY = True``, one whose bounds are values on a scale ``HAS_SCALE = True``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from healthlint.timeline.evaluation import Kind


@cache
def names() -> tuple[str, ...]:
    """Return the names of all kinds, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


@cache
def kind(name: str) -> Kind:
    """Return a kind by its name.

    Raises:
        KeyError: There is no such kind.
    """
    if name not in names():
        raise KeyError(name)
    return cast(Kind, import_module(f"{__name__}.{name}"))
