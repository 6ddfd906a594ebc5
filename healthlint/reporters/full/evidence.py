"""The numbers of a finding: one table for the metrics that were looked at in the same places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import isfinite

from healthlint.report import Evidence, Place
from healthlint.terminal.numbers import numbers, percent
from healthlint.terminal.text import columns, left, right, shortened
from healthlint.terminal.words import heads

_GAP = "  "
_LABEL = 24
_COLUMNS = 12


def tables(evidence: Sequence[Evidence], width: int) -> Iterator[str]:
    """Yield the lines of all tables, each fitted to a width by leaving out columns."""
    for places, rows in groupby(evidence, key=lambda row: tuple(row.places)):
        yield from _table(places, list(rows), width)


def _table(places: Sequence[Place], rows: Sequence[Evidence], width: int) -> Iterator[str]:
    """Yield a header line and one line a metric."""
    unit, tops = heads(places)
    labels = [shortened(row.metric, _LABEL, "..") for row in rows]
    cells = [numbers(row.values) for row in rows]
    tails = _tails(rows)
    lead = max(map(columns, [unit, *labels]))
    widths = [max(map(len, column)) for column in zip(tops, *cells, strict=True)]
    room = width - lead - max(map(columns, tails))
    shown = _chosen(widths, room, _telling(rows, len(places)))

    def line(label: str, texts: Sequence[str], tail: str) -> str:
        middle = "".join(_GAP + right(texts[i], widths[i]) for i in shown)
        return f"{left(label, lead)}{middle}{tail}".rstrip()

    yield line(unit, tops, "")
    for label, texts, tail in zip(labels, cells, tails, strict=True):
        yield line(label, texts, tail)


def _tails(rows: Sequence[Evidence]) -> list[str]:
    """Return change and need of each row, aligned."""
    changes = [percent(row.change) for row in rows]
    wide = max(map(len, changes))
    tails = []
    for row, change in zip(rows, changes, strict=True):
        needs = f"{_GAP}needs {row.needs}" if row.needs else ""
        tails.append(f"{_GAP}{right(change, wide)}{needs}" if wide else needs)
    return tails


def _telling(rows: Sequence[Evidence], count: int) -> list[int]:
    """Return the columns in the order in which they are wanted.

    The ends tell the change and the first non-finite value tells the fault; the rest fill in
    evenly, by halving the gaps.
    """
    broken = [i for i in range(count) if not all(isfinite(row.values[i]) for row in rows)]
    wanted = [count - 1, 0, *broken[:1]]
    for parts in range(2, _COLUMNS + 1):
        wanted += [round(i * (count - 1) / parts) for i in range(1, parts)]
    return list(dict.fromkeys([*wanted, *range(count)]))[:count]


def _chosen(widths: Sequence[int], room: int, wanted: Sequence[int]) -> list[int]:
    """Return the columns that fit, in order; the two ends are always kept."""
    kept: list[int] = []
    for column in wanted:
        taken = sum(widths[i] + len(_GAP) for i in [*kept, column])
        if len(kept) >= _COLUMNS or (taken > room and len(kept) >= 2):
            break
        kept.append(column)
    return sorted(kept)
