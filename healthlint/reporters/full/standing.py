"""Where the run stands: one aligned line for each head of the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from healthlint.report import Standing
from healthlint.terminal.numbers import number, spark
from healthlint.terminal.style import Style
from healthlint.terminal.text import columns, packed, right, shortened, wrapped

_GAP = "  "
_APART = "   "
_WIDE = 100
_LABEL = 16


def standing(heads: Sequence[Standing], style: Style) -> Iterator[str]:
    """Yield the lines of all heads: label, curve, value, phase, trend, remarks.

    What is remarked of several heads is told once, below them.
    """
    rows = [_cells(head, style) for head in heads]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    counts = Counter(note for head in heads for note in head.notes)
    for head, cells in zip(heads, rows, strict=True):
        remarks = [note for note in (*head.notes, head.sounds) if note and counts[note] < 2]
        yield from _row(remarks, cells, widths, style)
    for note in (note for note, many in counts.items() if many > 1):
        yield from (style.paint(f"  {line}", "dim") for line in wrapped(note, style.width - 2))


def _cells(head: Standing, style: Style) -> tuple[str, str, str, str, str]:
    """Return label, curve, value, phase and trend of a head as plain text."""
    curve = spark(head.curve, 16 if style.width >= _WIDE else 8, fancy=style.unicode)
    label = shortened(head.label, _LABEL, style.glyph("…", ".."))
    return label, curve, number(head.value), head.phase, head.trend_text


def _row(
    remarks: Sequence[str], cells: Sequence[str], widths: Sequence[int], style: Style
) -> Iterator[str]:
    """Yield the row of a head, its remarks beside it where they fit and below it where not."""
    label, curve, value, phase, trend = cells
    shown = [(label, widths[0], ""), (curve, widths[1], "cyan"), (right(value, widths[2]), 0, "")]
    indent = 2 + sum(widths[:3]) + 3 * len(_GAP)
    room = style.width - indent
    if phase or trend:
        later = [(phase, widths[3], "bold"), (trend, widths[4], "")]
        shown += [cell for cell in later if cell[1]]
        room -= sum(width + len(_GAP) for _, width, _ in later if width)
    beside, below = _notes(remarks, room, style.width - indent)
    row = _GAP.join([*(_painted(*cell, style) for cell in shown), beside])
    yield f"  {row}".rstrip()
    yield from (" " * indent + style.paint(line, "dim") for line in below)


def _painted(text: str, width: int, ink: str, style: Style) -> str:
    """Return a cell padded to its width, with nothing but its text in colour."""
    padding = " " * (width - columns(text))
    return (style.paint(text, ink) if ink else text) + padding


def _notes(notes: Sequence[str], room: int, width: int) -> tuple[str, list[str]]:
    """Return the notes that fit beside a row, and the lines of those that go below it."""
    count = 0
    while count < len(notes) and columns(_APART.join(notes[: count + 1])) <= room:
        count += 1
    below = packed(notes[count:], width, _APART)
    return _APART.join(notes[:count]), [line for each in below for line in _fitted(each, width)]


def _fitted(line: str, width: int) -> list[str]:
    """Return the line as it is where it fits, else its words wrapped."""
    return [line] if columns(line) <= width else wrapped(line, width)
