"""Healthlint: is a text-to-speech training run healthy, since when not, and what to do.

``healthlint.check(["logs.jsonl"])`` judges logs as the command line does and returns a report of
plain data. Importing the package loads nothing else: every name below is resolved on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthlint.checking import check
    from healthlint.report import Finding, LogReport, Report, Standing, Verdict
    from healthlint.report.outcome import exit_code

__version__ = "0.2.0"

__all__ = [
    "Finding",
    "LogReport",
    "Report",
    "Standing",
    "Verdict",
    "__version__",
    "check",
    "exit_code",
]

_HOMES = {"check": "healthlint.checking", "exit_code": "healthlint.report.outcome"}


def __getattr__(name: str) -> object:
    """Return a public name, importing its module on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'healthlint' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "healthlint.report")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
