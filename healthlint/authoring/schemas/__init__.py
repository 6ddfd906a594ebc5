"""JSON Schemas of what people and programs read and write: one format a module.

The folder is the registry. A format is a module whose name has no leading underscore, with
``VERSION`` and ``schema() -> dict``; the first line of its docstring says what it describes.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast


class Format(Protocol):
    """What the module of a format has."""

    VERSION: int
    __doc__: str | None

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12 or 07) of the format."""
        ...


@cache
def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted."""
    modules = (module.name for module in iter_modules(__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


def text(name: str) -> str:
    """Return the JSON Schema of a format as the text of a file."""
    return json.dumps(_format(name).schema(), indent=2, ensure_ascii=False) + "\n"


def file_name(name: str) -> str:
    """Return the name of a format's file, with its version: ``pack-1.json``."""
    return f"{name}-{_format(name).VERSION}.json"


def _format(name: str) -> Format:
    return cast("Format", import_module(f"{__name__}.{name}"))
