"""Problems of one log while it is read: alike ones become one, with a count and the first place."""

from __future__ import annotations

from dataclasses import replace

from healthlint.logs.model import Problem


class Problems:
    """Collects problems; two with the same message are one."""

    def __init__(self) -> None:
        self._found: dict[str, Problem] = {}

    def add(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
        count: int = 1,
    ) -> None:
        """Add a problem, or count it with the first one of the same message."""
        first = self._found.get(message)
        if first is None:
            self._found[message] = Problem(
                message=message, line=line, column=column, count=count, hint=hint
            )
        else:
            self._found[message] = replace(first, count=first.count + count)

    def listed(self) -> tuple[Problem, ...]:
        """Return the problems in the order of their first place."""
        return tuple(sorted(self._found.values(), key=lambda problem: problem.line or 0))
