"""Several processes in one console: which of them writes a line, and which one is read.

``[rank1]:`` (torchrun), ``1: `` (srun), ``(1/4)`` (icefall), ``rank 1`` at the end (WeNet): each
process logs the loss of its own batches, and their lines come in any order. One series of all of
them goes back and forth, so the lowest rank is read; of the others what they announce, and lines
with a value that is not finite.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from healthlint.logs.axes import axis_of

_SIGNS = (
    re.compile(r"^\[(?:rank|default|trainer) ?(\d{1,4})\]:? ?", re.IGNORECASE),
    re.compile(r"^\[1,(\d{1,4})\]<std(?:out|err)>: ?"),  # mpirun --tag-output
    re.compile(r"^ {0,3}(\d{1,4}): "),  # srun --label
    re.compile(r"(?<=\] )\((\d{1,4})/\d{1,4}\) "),
    re.compile(r"\brank[ :=]{1,2}(\d{1,4})\b", re.IGNORECASE),
    re.compile(r"^(?:[A-Z]{4,8}:\w{1,20}: ?)?GPU: ?(\d{1,2}), (?=[A-Z])"),
    re.compile(r"^\[[\d:. -]{5,40}\]\[[a-z][\w\-]{0,40}\d:(\d{1,2})\] "),  # `[22:18:20][node3:0] `
)
_LABEL = _SIGNS[2]
_ODD = re.compile(r"\b(?:nan|inf)\b", re.IGNORECASE)
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Ranks:
    """How the lines of a console tell their process.

    Attributes:
        sign: Where a line tells its rank.
        read: The rank that is read.
        others: The other ones that log losses.
    """

    sign: re.Pattern[str]
    read: int
    others: Sequence[int]

    @property
    def note(self) -> str:
        """Return what a reader of the log has to know."""
        return _note(self.read, self.others)

    def is_read(self, text: str) -> bool:
        """Return whether a line is of the rank that is read, of none, or has an odd value."""
        match = self.sign.search(text)
        return match is None or int(match[1]) == self.read or _ODD.search(text) is not None

    def without_label(self, text: str) -> str:
        """Return a line without the label that a launcher put before it."""
        match = self.sign.match(text)
        return text[match.end() :] if match else text


def _note(read: int, others: Sequence[int]) -> str:
    named = ", ".join(map(str, others[:8])) + (" .." if len(others) > 8 else "")
    return (
        f"lines of rank {read} are read; of rank {named} what they announce, "
        "and values that are not finite"
    )


def ranks_of(lines: Sequence[str]) -> Ranks | None:
    """Return how lines tell their process, None where no two processes log losses.

    >>> lines = [f"[rank{rank}]: step {at} loss 0.{at}" for at in range(3) for rank in (1, 0)]
    >>> ranks_of(lines).note
    'lines of rank 0 are read; of rank 1 what they announce, and values that are not finite'
    """
    from healthlint.readers.grammar import said_by  # records of JSON need no grammar of text

    for sign in _SIGNS:
        told = [(match, text) for text in lines if (match := sign.search(text))]
        if len(told) < 2 * _FEWEST or (sign is _LABEL and len(told) < 0.9 * len(lines)):
            continue
        counts: Counter[int] = Counter()
        for match, text in told:
            said = said_by(text[match.end() :] if match.start() == 0 else text)
            counts[int(match[1])] += bool(said.values) and said.has_axis
        ranks = sorted(rank for rank, count in counts.items() if count >= _FEWEST)
        if len(ranks) > 1 and sum(counts.values()) >= _FEWEST * len(+counts):
            return Ranks(sign, ranks[0], ranks[1:])
    return None


class RankedRecords:
    """Records with a field ``rank``: those of the lowest one, where several log the same steps."""

    FIELD = "rank"
    BYTES = b'"rank"'

    def __init__(self) -> None:
        self._read: int | None = None
        self.note = ""

    def of(self, records: list[dict[str, object]]) -> list[int]:
        """Return the positions of the records that are read: all, unless ranks are told apart.

        Those of other ranks that hold a value that is not finite are read too.
        """
        if self._read is None:
            self._settle(records)
        if self._read is None:
            return list(range(len(records)))
        return [
            at
            for at, record in enumerate(records)
            if record.get(self.FIELD, self._read) == self._read or _is_odd(record)
        ]

    def _settle(self, records: list[dict[str, object]]) -> None:
        """Take the lowest rank, where three steps or more have records of several ranks."""
        ranks: dict[object, set[int]] = {}
        for record in records:
            rank = record.get(self.FIELD)
            axes = [record[key] for key in record if key != self.FIELD and axis_of(key)]
            if type(rank) is int and axes and type(axes[0]) in (int, float):
                ranks.setdefault(axes[0], set()).add(rank)
        shared = [found for found in ranks.values() if len(found) > 1]
        if len(shared) >= _FEWEST:
            self._read, *others = sorted(set().union(*shared))
            self.note = _note(self._read, others)


def _is_odd(record: dict[str, object]) -> bool:
    return any(
        (isinstance(value, float) and not math.isfinite(value))
        or (isinstance(value, str) and value.lower().lstrip("+-") in ("nan", "inf", "infinity"))
        for value in record.values()
    )
