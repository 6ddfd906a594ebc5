"""Where the config is: the nearest one from a folder upward, to the root of the repository.

A folder is asked for ``healthlint.yaml`` and for a ``pyproject.toml`` with ``[tool.healthlint]``;
the first folder that has one ends the search, and nothing of other files is merged into it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from healthlint.files.limits import small_file
from healthlint.rulebook.problems import Mistakes, PackProblem

YAML, TOML = "healthlint.yaml", "pyproject.toml"
MISNAMED = ("healthlint.yml", ".healthlint.yaml", ".healthlint.yml", "healthlint.toml")
"""Names that somebody may give to a config, and that would be passed over in silence."""
MAX_BYTES = 1 << 20
"""Largest config, in bytes."""


class ConfigError(Mistakes):
    """A config cannot be used; it holds every mistake in it."""


class ConfigFile(NamedTuple):
    """The file of a config.

    Attributes:
        path: The file, as it is shown: relative to the working folder where that can be said.
        text: What it holds.
        is_toml: Whether it is the ``tool.healthlint`` table of a TOML file.
    """

    path: str
    text: str
    is_toml: bool

    @property
    def folder(self) -> str:
        """Return the folder that paths in it are relative to."""
        return str(Path(self.path).parent)


def find(start: Path) -> ConfigFile | None:
    """Return the config that holds in a folder, None where there is none.

    Args:
        start: The folder, absolute.

    Raises:
        ConfigError: Two configs in one folder, or one that cannot be read.
    """
    for folder in _upward(start):
        _refuse_misnamed(folder)
        table, is_there = _table(folder / TOML), (folder / YAML).is_file()
        if table and is_there:
            hint = f"`{table.path}` has [tool.healthlint] too; keep one of them"
            raise refuse(shown(folder / YAML), "two configs in one folder", hint)
        if table or is_there:
            return table or _read(folder / YAML, is_toml=False)
    return None


def _refuse_misnamed(folder: Path) -> None:
    """Refuse a file that was surely meant as a config and would not be read."""
    for name in MISNAMED:
        if (folder / name).is_file():
            raise refuse(shown(folder / name), "this name is not read", f"call it `{YAML}`")


def named(path: str) -> ConfigFile:
    """Return the config at a path that the user named.

    Raises:
        ConfigError: It cannot be read, or is a TOML file without ``[tool.healthlint]``.
    """
    source = _read(Path(path), is_toml=path.endswith(".toml"))
    if source.is_toml and not _has_table(source.text):
        raise refuse(source.path, "no [tool.healthlint] in this file")
    return source


def refuse(path: str, message: str, hint: str = "") -> ConfigError:
    """Return the error of a mistake that has no line."""
    return ConfigError([PackProblem.of_file(path, message, hint)])


def shown(path: str | Path) -> str:
    """Return a path as it is shown: relative to the working folder where that can be said."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)


def _upward(start: Path) -> Iterator[Path]:
    """Yield a folder and those above it, up to the one that holds ``.git``."""
    for folder in (start, *start.parents):
        yield folder
        if (folder / ".git").exists():
            return


def _table(path: Path) -> ConfigFile | None:
    """Return the config in a ``pyproject.toml``, None where it has none."""
    with suppress(ConfigError):  # a file that is not about us is not ours to refuse
        source = _read(path, is_toml=True) if path.is_file() else None
        return source if source and _has_table(source.text) else None
    return None


def _has_table(text: str) -> bool:
    """Return whether a TOML text has ``tool.healthlint``; one that is broken, if it seems to."""
    if "healthlint" not in text:
        return False
    from healthlint.config.toml import NotTOML, loads

    try:
        tool = loads(text).get("tool")
    except NotTOML:
        return "tool.healthlint" in text
    return isinstance(tool, dict) and "healthlint" in tool


def _read(path: Path, *, is_toml: bool) -> ConfigFile:
    try:
        text = small_file(path, MAX_BYTES).decode("utf-8-sig")
        return ConfigFile(shown(path), text, is_toml)
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            reason = "it is not UTF-8"
        else:
            reason = getattr(error, "strerror", None) or str(error)
        raise refuse(shown(path), f"cannot be read: {reason}") from error
