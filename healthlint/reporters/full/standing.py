"""Where the run stands: one aligned line for each head of the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.report import Standing
from healthlint.reporters._style import Style
from healthlint.reporters._text import columns, left, packed, right, shortened, wrapped
from healthlint.reporters._words import number, spark

_GAP = "  "
_APART = "   "
_WIDE = 100
_LABEL = 16


def standing(heads: Sequence[Standing], style: Style) -> Iterator[str]:
    """Yield the lines of all heads: label, curve, value, phase, trend, remarks."""
    rows = [_cells(head, style) for head in heads]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    for head, cells in zip(heads, rows, strict=True):
        yield from _row(head, cells, widths, style)


def _cells(head: Standing, style: Style) -> tuple[str, str, str, str, str]:
    """Return label, curve, value, phase and trend of a head as plain text."""
    curve = spark(head.curve, 16 if style.width >= _WIDE else 8, fancy=style.unicode)
    label = shortened(head.label, _LABEL, style.glyph("…", ".."))
    return label, curve, number(head.value), head.phase, head.trend_text


def _row(
    head: Standing, cells: Sequence[str], widths: Sequence[int], style: Style
) -> Iterator[str]:
    label, curve, value, phase, trend = cells
    lead = f"  {left(label, widths[0])}{_GAP}"
    indent = columns(lead) + widths[1] + widths[2] + 2 * len(_GAP)
    painted = f"{lead}{style.paint(left(curve, widths[1]), 'cyan')}{_GAP}{right(value, widths[2])}"
    tail = _GAP.join(
        style.paint(left(cell, width), *inks)
        for cell, width, inks in ((phase, widths[3], ("bold",)), (trend, widths[4], ()))
        if width and (phase or trend)
    )
    used = indent + (sum(w + len(_GAP) for w in widths[3:] if w) if phase or trend else 0)
    beside, below = _remarks(head, style.width - used, style.width - indent)
    yield f"{painted}{_GAP}{tail}{_GAP if tail else ''}{beside}".rstrip()
    for line in below:
        yield style.paint(" " * indent + line, "dim")


def _remarks(head: Standing, room: int, width: int) -> tuple[str, list[str]]:
    """Return the remarks that fit beside a row, and the lines of those that go below it."""
    notes = list(head.notes)
    beside: list[str] = []
    while notes and columns(_APART.join([*beside, notes[0]])) <= room:
        beside.append(notes.pop(0))
    lines = packed(filter(None, [*notes, head.sounds]), width, _APART)
    return _APART.join(beside), [piece for line in lines for piece in _fitted(line, width)]


def _fitted(line: str, width: int) -> list[str]:
    """Return the line as it is where it fits, else its words wrapped."""
    return [line] if columns(line) <= width else wrapped(line, width)
