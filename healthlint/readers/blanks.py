"""NaN that stands for "not logged here": in rows where training and validation take turns.

Histories that hold both in one table fill the gaps with NaN. It is a blank only where two columns
of one metric complement each other from the first row on: each row has a number in one of them and
NaN in the other, and both have had their turn. That is settled by the first rows and never revised:
what cannot be told in them yet is left out for good, and said, as a live view would have to. What
is infinite never is a blank, nor is a NaN where both columns have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Integers
from healthlint.logs.records import Column, Records
from healthlint.logs.vocabulary import recognise
from healthlint.readers.problems import Problems

SETTLED_BY = 4
"""Rows by which both columns must have had their turn."""
_MOST = 64
"""Columns of one metric that are compared with each other."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Holes:
    """A column with NaN in its first rows.

    Attributes:
        at: Its position among the columns.
        records: Its records.
        are: Which of its values are NaN.
    """

    at: int
    records: Integers
    are: Mask

    def agreeing(self, other: _Holes, *, are_same: bool) -> int:
        """Return how many of the first rows have a hole in both or in neither, or in just one."""
        count = min(SETTLED_BY, len(self.are), len(other.are))
        agrees = (self.are[:count] == other.are[:count]) == are_same
        agrees &= self.records[:count] == other.records[:count]
        return count if agrees.all() else int(agrees.argmin())

    def beside(self, other: _Holes) -> Mask:
        """Return which holes of the column stand beside a number of another one."""
        return self.are & np.isin(self.records, other.records[~other.are])


def without_blanks(records: Records, problems: Problems) -> Records:
    """Return records without the NaN that stands for what was not logged.

    Args:
        records: The records.
        problems: Where to say what could not be told.
    """
    if not any(np.isnan(each.values[:SETTLED_BY]).any() for each in records.columns):
        return records  # as in most logs: nothing more need be looked at
    holes = [
        _Holes(at, each.records, np.isnan(each.values))
        for at, each in enumerate(records.columns)
        if len(each.values) and _may_take_turns(each)
    ]
    blank = {each.at: np.zeros(len(each.are), np.bool_) for each in holes}
    for one, other in _pairs(records.columns, holes):
        if not _mark(blank, holes, one, other):
            _tell(records, problems, one, other, blank)
    if not any(mask.any() for mask in blank.values()):
        return records
    columns = list(records.columns)
    for at, mask in blank.items():
        if mask.any():
            own = columns[at]
            columns[at] = replace(own, records=own.records[~mask], values=own.values[~mask])
    return replace(records, columns=[each for each in columns if len(each.values)])


def _tell(
    records: Records, problems: Problems, one: _Holes, other: _Holes, blank: dict[int, Mask]
) -> None:
    """Say which NaN of two columns were left out although they may have been none."""
    for each, partner in ((one, other), (other, one)):
        out = np.flatnonzero(blank[each.at])
        if len(out):
            own, beside = (f"`{records.columns[at].name:.40}`" for at in (each.at, partner.at))
            said = f"{own} begins with NaN beside numbers of {beside}: not logged, or not a number"
            line = int(records.lines[each.records[out[0]]]) or None
            problems.add(said, line, count=len(out), hint="left out; what follows is judged")


def _may_take_turns(column: Column) -> bool:
    """Return whether a column begins with numbers and NaN; an infinite value is no turn."""
    return not np.isinf(column.values[:SETTLED_BY]).any()


def _pairs(columns: Sequence[Column], holes: Sequence[_Holes]) -> Iterator[tuple[_Holes, _Holes]]:
    """Yield the pairs of columns of one metric."""
    by_metric: dict[str, list[_Holes]] = {}
    for each in holes:
        by_metric.setdefault(recognise(columns[each.at].name).metric, []).append(each)
    for several in by_metric.values():
        yield from combinations(several[:_MOST], 2)


def _mark(blank: dict[int, Mask], holes: Sequence[_Holes], one: _Holes, other: _Holes) -> bool:
    """Mark the blanks of two columns, and of those that are blank wherever one of them is.

    Return whether it is settled that they are blanks.
    """
    rows = one.agreeing(other, are_same=False)
    turns = [np.flatnonzero(each.are[:rows]) for each in (one, other)]
    is_settled = all(map(len, turns))
    settled_by = max(int(each[0]) for each in turns) + 1 if is_settled else SETTLED_BY
    for leader, partner in ((one, other), (other, one)):
        turned = leader.records[leader.beside(partner)]
        for each in holes:
            agreeing = leader.agreeing(each, are_same=True)
            mine = each.are & np.isin(each.records, turned)
            if not is_settled or agreeing < settled_by:
                mine[min(rows, agreeing, settled_by - 1) :] = False
            blank[each.at] |= mine
    return is_settled
