"""Where the config is: the nearest one from a folder upward, to the root of the repository.

A folder is asked for ``healthlint.yaml`` and for a ``pyproject.toml`` with ``[tool.healthlint]``;
the first folder that has one ends the search, and nothing of other files is merged into it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from healthlint.config.problems import ConfigError, refuse

YAML, TOML = "healthlint.yaml", "pyproject.toml"
MISNAMED = ("healthlint.yml", ".healthlint.yaml", ".healthlint.yml", "healthlint.toml")
"""Names that somebody may give to a config, and that would be passed over in silence."""
MAX_BYTES = 4 << 20
"""Largest config, in bytes."""


class Source(NamedTuple):
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
        return os.path.dirname(self.path)  # noqa: PTH120 - pathlib is not imported yet


def find(start: str) -> Source | None:
    """Return the config that holds in a folder, None where there is none.

    Args:
        start: The folder, absolute.

    Raises:
        ConfigError: Two configs in one folder, or one that cannot be read.
    """
    for folder in _upward(start):
        names = [name for name in (YAML, *MISNAMED) if os.path.isfile(os.path.join(folder, name))]
        misnamed = [name for name in names if name != YAML]
        if misnamed:
            path = shown(os.path.join(folder, misnamed[0]))
            raise refuse(path, "this name is not read", f"call it `{YAML}`")
        table = _table(os.path.join(folder, TOML))
        if names and table:
            path = shown(os.path.join(folder, YAML))
            hint = f"`{table.path}` has [tool.healthlint] too; keep one of them"
            raise refuse(path, "two configs in one folder", hint)
        if names:
            return _read(os.path.join(folder, YAML), is_toml=False)
        if table:
            return table
    return None


def named(path: str) -> Source:
    """Return the config at a path that the user named.

    Raises:
        ConfigError: It cannot be read, or is a TOML file without ``[tool.healthlint]``.
    """
    if not path.endswith(".toml"):
        return _read(path, is_toml=False)
    source = _read(path, is_toml=True)
    if not _has_table(source.text):
        raise refuse(source.path, "no [tool.healthlint] in this file")
    return source


def shown(path: str) -> str:
    """Return a path as it is shown: relative to the working folder where that can be said."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return os.path.abspath(path)


def _upward(start: str) -> Iterator[str]:
    """Yield a folder and those above it, up to the one that holds ``.git``."""
    folder = os.path.abspath(start)
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above


def _table(path: str) -> Source | None:
    """Return the config in a ``pyproject.toml``, None where it has none."""
    if not os.path.isfile(path):
        return None
    try:
        source = _read(path, is_toml=True)
    except ConfigError:
        return None  # a file that is not about us is not ours to refuse
    return source if _has_table(source.text) else None


def _has_table(text: str) -> bool:
    """Return whether a TOML text has ``tool.healthlint``; one that is broken, if it seems to."""
    if "healthlint" not in text:
        return False
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError:
        return "tool.healthlint" in text
    return isinstance(tool, dict) and "healthlint" in tool


def _read(path: str, *, is_toml: bool) -> Source:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(f"larger than {MAX_BYTES >> 20} MiB")
        return Source(shown(path), data.decode("utf-8-sig"), is_toml)
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            reason = "it is not UTF-8"
        else:
            reason = getattr(error, "strerror", None) or str(error)
        raise refuse(shown(path), f"cannot be read: {reason}") from error
