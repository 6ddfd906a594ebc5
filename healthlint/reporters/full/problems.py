"""What kept the reader from looking, each with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.logs import Problem
from healthlint.report import LogReport
from healthlint.reporters.full.hanging import hanging
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, wrapped
from healthlint.terminal.words import spot

_HEADS = {"unreadable": ("error", "red"), "nothing": ("no verdict", "yellow")}


def problems(log: LogReport, style: Style) -> Iterator[str]:
    """Yield the problems of a log in the order in which they were met."""
    for problem in log.problems:
        yield from _problem(problem, log.path, style)


def _problem(problem: Problem, path: str, style: Style) -> Iterator[str]:
    head, ink = _HEADS.get(problem.kind, ("problem", "yellow"))
    more = f" (and {problem.count - 1:,} more like it)" if problem.count > 1 else ""
    words = f"{spot(path, problem.line, problem.column)}: {problem.message}{more}"
    painted = f"{style.paint(head, 'bold', ink)}{style.paint(':', 'bold')} "
    yield from hanging(painted, columns(head) + 2, words, style.width)
    for line in wrapped(problem.hint or "", style.width - 11):
        yield f"{style.paint('   =', 'blue')} {style.paint('help:', 'bold')} {line}"
