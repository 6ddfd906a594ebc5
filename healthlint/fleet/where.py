"""Which runs are meant: ``learning_rate > 1e-3``, ``answer = stop``, ``cause != ""``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from operator import attrgetter
from typing import Any

from healthlint.fleet.row import Row, Value, is_number
from healthlint.rulebook.yaml12 import plain

Read = Callable[[Row], Value]
_TERM = re.compile(r"\s*([\w./-]+)\s*(<=|>=|==|!=|=|<|>)\s*(.*?)\s*", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OF_RUN = ("answer", "cause", "epochs", "format", "path", "records", "state", "status", "steps")


def _of_course(name: str) -> Read:
    return lambda row: getattr(row.course, name, None)


FIELDS: dict[str, Read] = {
    **{name: attrgetter(name) for name in _OF_RUN},
    **{name: _of_course(name) for name in ("best", "metric", "noise", "value")},
    "folder": lambda row: folder(row),
    "worst": lambda row: row.worst or "",
}
"""What every run has beside its settings."""


class WhereError(ValueError):
    """A condition that cannot be meant; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison.

    Attributes:
        name: A field of a run, or a setting.
        sign: How it is compared.
        value: With what.
    """

    name: str
    sign: str
    value: Value

    def holds(self, row: Row, read: Read) -> bool:
        """Return whether it holds for a run; of what is unknown nothing holds."""
        own = read(row)
        if own is None:
            return False
        if self.sign in ("=", "==", "!="):
            return _equal(own, self.value) != (self.sign == "!=")
        return is_number(own) == is_number(self.value) and _COMPARE[self.sign](own, self.value)


def parse(text: str) -> list[Term]:
    """Return the comparisons of a condition, all of which must hold.

    Raises:
        WhereError: It is none.

    >>> parse("learning_rate > 1e-3 and device = mps")[0]
    Term(name='learning_rate', sign='>', value=0.001)
    """
    terms = []
    for part in re.split(r"\s+and\s+|\s*&&\s*", text):
        match = _TERM.fullmatch(part)
        if not match:
            raise WhereError(f"{part.strip()!r} is no condition; write `learning_rate > 1e-3`")
        value = plain(match[3].strip("\"'"))
        terms.append(Term(match[1], match[2], value if value is not None else ""))  # type: ignore[arg-type]
    return terms


def chosen(rows: Sequence[Row], terms: Iterable[Term]) -> list[Row]:
    """Return the runs for which every comparison holds.

    Raises:
        WhereError: It is about something that no run has.
    """
    found = list(rows)
    for term in terms:
        read = reader(term.name, rows)
        found = [row for row in found if term.holds(row, read)]
    return found


def reader(name: str, rows: Iterable[Row]) -> Read:
    """Return what reads a field or a setting, which may be named by its end (``lr`` of ``opt.lr``).

    Raises:
        WhereError: No run has it, or several settings end so.
    """
    known = {setting for row in rows for setting in row.settings}
    if name in known:
        return lambda row: row.settings.get(name)
    if name in FIELDS:
        return FIELDS[name]
    ends = sorted(one for one in known if one.endswith((f".{name}", f"/{name}")))
    if len(ends) == 1:
        return lambda row: row.settings.get(ends[0])
    if ends:
        raise WhereError(f"{name!r} may be {' or '.join(ends[:4])}; name one")
    near = get_close_matches(name, [*known, *FIELDS], 1)
    hint = f", did you mean {near[0]!r}?" if near else f" (fields: {', '.join(sorted(FIELDS))})"
    raise WhereError(f"no run has {name!r}{hint}")


def folder(row: Row) -> str:
    """Return the folder of the folder of a log: what its neighbours in a sweep share."""
    parts = row.path.replace("\\", "/").split("/")
    return "/".join(parts[:-2]) or "."


def _equal(own: Value, wanted: Value) -> bool:
    if is_number(own) and is_number(wanted):
        return own == wanted
    return str(own).lower() == str(wanted).lower()
