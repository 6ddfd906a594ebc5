"""Reporters: a report in, text out; one module a format, found in this folder.

A format is a module or package of this folder whose name has no leading underscore; it has
``render(report, style) -> str``. Reporters never judge, print or exit. One that shows curves
says for how many pixel columns in ``COLUMNS``; nobody else pays for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Protocol, cast

from healthlint.report import Report
from healthlint.terminal.style import Style

__all__ = ["Style", "columns", "formats", "render"]


class Reporter(Protocol):
    """What the module of a format has."""

    def render(self, report: Report, style: Style) -> str:
        """Return the report as text that ends with a newline."""
        ...


def formats() -> tuple[str, ...]:
    """Return the names of all formats, sorted."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_")))


def render(report: Report, output: str, style: Style) -> str:
    """Return the report in the named format.

    Raises:
        ValueError: When there is no such format.
    """
    return cast("Reporter", _module(output)).render(report, style)


def columns(outputs: Iterable[str]) -> int:
    """Return for how many pixel columns the named formats want curves, 0 where none does.

    Raises:
        ValueError: When there is no such format.
    """
    return max((getattr(_module(output), "COLUMNS", 0) for output in outputs), default=0)


def _module(output: str) -> ModuleType:
    if output not in formats():
        raise ValueError(f"unknown format {output!r}")
    return import_module(f"{__name__}.{output}")
