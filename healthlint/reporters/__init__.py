"""Reporters: a report in, text out; one module a format, found in this folder.

A format is a module or package of this folder whose name has no leading underscore; it has
``render(report, style) -> str``. Reporters never judge, print or exit.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint.report import Report
from healthlint.reporters._style import Style

__all__ = ["Style", "formats", "render"]


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
    if output not in formats():
        raise ValueError(f"unknown format {output!r}")
    reporter = cast("Reporter", import_module(f"{__name__}.{output}"))
    return reporter.render(report, style)
