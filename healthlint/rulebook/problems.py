"""Mistakes in packs, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WIDEST = 160
"""Characters of a line that are shown; a longer one is cut about the mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackProblem:
    """One mistake in a pack.

    Attributes:
        path: The file, as found.
        line: 1-based line, None where the whole file is meant.
        column: 1-based column, None where the whole file is meant.
        length: Length of the word to point at, in characters.
        message: What is wrong.
        excerpt: The offending line.
        hint: What was probably meant, empty where unknown.
    """

    path: str
    line: int | None
    column: int | None
    length: int
    message: str
    excerpt: str = ""
    hint: str = ""

    @classmethod
    def of_file(cls, path: str, message: str, hint: str = "") -> PackProblem:
        """Return a mistake of a whole file."""
        return cls(path=path, line=None, column=None, length=0, message=message, hint=hint)

    @property
    def order(self) -> tuple[int, int]:
        """Return what the mistakes of a file are sorted by: where they stand."""
        return self.line or 0, self.column or 0

    def __str__(self) -> str:
        """Return it with its place, the line and a caret under the whole word."""
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        text = f"{where}: {self.message}"
        if self.hint:
            text += f"; {self.hint}"
        if not self.excerpt or self.column is None:
            return text
        line, before = _clipped(self.excerpt, self.column - 1)
        caret = " " * before + "^" * max(1, min(self.length, len(line) - before))
        return f"{text}\n  {line}\n  {caret}"


def _clipped(line: str, at: int) -> tuple[str, int]:
    """Return the part of a line that is shown, and where in it the character `at` stands.

    A file may be one line of megabytes.
    """
    if len(line) <= _WIDEST:
        return line, at
    start = max(0, at - _WIDEST // 2)
    cut = "..." if start else ""
    rest = "..." if start + _WIDEST < len(line) else ""
    return cut + line[start : start + _WIDEST] + rest, len(cut) + at - start


class Mistakes(Exception):
    """Files that people write cannot be used.

    Attributes:
        problems: Every mistake, each with its place.
    """

    def __init__(self, problems: Sequence[PackProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class RulebookError(Mistakes):
    """Packs could not be loaded; it holds every mistake of every file."""
