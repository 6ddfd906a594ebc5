"""Values that are no numbers where numbers are logged: counted a metric, with their first place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from healthlint.logs.axes import axis_of
from healthlint.logs.model import Integers, Split
from healthlint.logs.records import Records, Unread
from healthlint.logs.vocabulary import recognise, split_words
from healthlint.readers.columns import SHIFT
from healthlint.readers.problems import Problems

_BLANK = frozenset({"", "-", "--", "na", "n/a", "#n/a", "none", "null", "nil", "<na>"})
"""Words that stand for a value that was not logged."""


@dataclass(slots=True)
class _Texts:
    """Values of one metric that are no numbers.

    Attributes:
        first: Place of the first of them, and how it reads.
        places: The place of each, in the order in which they were met.
    """

    first: tuple[int, str]
    places: list[Integers] = field(default_factory=list)


class Unreadable:
    """Collects values that should have been numbers."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, Split], _Texts] = {}
        self._lost: dict[str, list[int]] = {}

    def note(
        self, name: str, split: Split, values: Sequence[object], rows: Integers, places: Integers
    ) -> None:
        """Note which of some values are neither numbers nor blanks.

        Args:
            name: Name of their metric or axis.
            split: Split that their records tell.
            values: The value of each record.
            rows: Which of these are no numbers.
            places: The place of each record.
        """
        wrong = [row for row in rows.tolist() if _is_wrong(values[row])]
        axis = axis_of(name)
        if not wrong or (axis is not None and axis[0] == "time"):  # times are spelled as words too
            return
        first = int(places[wrong[0]]), f"{values[wrong[0]]!s:.40}"
        texts = self._texts.setdefault((name, split), _Texts(first))
        texts.first = min(texts.first, first)
        texts.places.append(places[wrong])

    def lose(self, names: Iterable[str], place: int) -> None:
        """Note metrics whose values were lost with the end of a line, of which others tell."""
        for name in names:
            self._lost.setdefault(name, []).append(place >> SHIFT)

    def told(self, records: Records, problems: Problems) -> tuple[Unread, ...]:
        """Return what could not be read of metrics, and say so of axes as well.

        Words in a column of no known metric are a fault only where numbers came first.
        """
        numbers = {(each.name, each.split): each.records for each in records.columns}
        lost = ((name, lines) for name, lines in self._lost.items() if axis_of(name) is None)
        unread = [Unread(name, "", np.array(lines, np.int64)) for name, lines in lost]
        for (name, split), texts in self._texts.items():
            lines = np.concatenate(texts.places) >> SHIFT
            own = numbers.get((name, split))
            begun = None if own is None or not len(own) else int(records.lines[own[0]])
            place, shown = texts.first
            if not _holds_numbers(name) and (begun is None or begun > place >> SHIFT):
                continue
            said = f"`{name:.60}` is text, not a number: `{shown}`"
            problems.add(said, place >> SHIFT or None, count=len(lines))
            if axis_of(name) is None:
                unread.append(Unread(name, split, lines))
        return tuple(unread)


def _is_wrong(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in _BLANK
    return isinstance(value, list) and bool(value)


def _holds_numbers(name: str) -> bool:
    """Return whether a name alone tells that numbers belong under it."""
    return axis_of(name) is not None or recognise(name).is_known or "loss" in split_words(name)
