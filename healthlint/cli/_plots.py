"""The option that draws pictures: what it needs, and one file a log."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from healthlint.cli._parser import UsageError
from healthlint.cli._streams import complain, save
from healthlint.report import Report


def plot_columns(path: str | None) -> int:
    """Return for how many pixel columns curves are wanted, 0 where no picture is.

    Raises:
        UsageError: The suffix is none of a picture, or matplotlib is missing.
    """
    if not path:
        return 0
    from healthlint.plots import curves as plotting

    kind = Path(path).suffix.removeprefix(".").lower()
    if kind not in plotting.FORMATS:
        listed = ", ".join(f".{each}" for each in plotting.FORMATS)
        raise UsageError(f"--plot {path}: a picture ends with one of {listed}")
    if not plotting.is_installed():
        hint = "pip install 'healthlint[plot]'"
        raise UsageError(f"--plot needs matplotlib ({hint})")
    return plotting.COLUMNS


def drawer(module: str) -> ModuleType:
    """Return a module that draws.

    Raises:
        UsageError: matplotlib is missing.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError("--plot needs matplotlib: pip install 'healthlint[plot]'") from error


def plot(report: Report, path: str) -> None:
    """Write a picture of each log that has curves; say so of one that has none.

    Raises:
        UsageError: A file cannot be written.
    """
    from healthlint.plots import curves as plotting
    from healthlint.terminal.text import clean

    target = Path(path)
    for number, log in enumerate(clean(report).logs, 1):
        if log.drawing is None or not log.drawing.charts:
            complain(f"{log.path} has no curves to draw")
            continue
        name = f"{target.stem}-{number}{target.suffix}" if len(report.logs) > 1 else target.name
        save(plotting.plot(log, target.suffix[1:].lower()), str(target.with_name(name)))
