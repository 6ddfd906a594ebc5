"""Mistakes in a config, told all at once."""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.rulebook.problems import PackProblem


class ConfigError(Exception):
    """A config cannot be used.

    Attributes:
        problems: Every mistake, each with its place.
    """

    def __init__(self, problems: Sequence[PackProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def refuse(path: str, message: str, hint: str = "") -> ConfigError:
    """Return the error of a mistake that has no line."""
    return ConfigError([PackProblem(path, None, None, 0, message, hint=hint)])
