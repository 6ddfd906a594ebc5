"""Mistakes in a config, told all at once."""

from __future__ import annotations

from healthlint.rulebook.problems import Mistakes, PackProblem


class ConfigError(Mistakes):
    """A config cannot be used."""


def refuse(path: str, message: str, hint: str = "") -> ConfigError:
    """Return the error of a mistake that has no line."""
    return ConfigError(
        [PackProblem(path=path, line=None, column=None, length=0, message=message, hint=hint)]
    )
