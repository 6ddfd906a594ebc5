"""A table of runs: one row each, to be sorted, opened, and drawn over each other by the script.

Without the script every row is open and in the order given. A run takes at most about 3 kB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from healthlint.documents.markup import Markup, element
from healthlint.report import Answer, Curve
from healthlint.reporters.html._answer import pill, rank
from healthlint.reporters.html._spark import sparkline

_CHOSEN = 4
"""Runs that are drawn over each other before anybody chooses."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a run in the table.

    Attributes:
        text: What is shown.
        order: What the column is sorted by, the text where None.
    """

    text: str
    order: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A run in the table.

    Attributes:
        key: Id of its element on the page.
        name: What it is called.
        answer: What to do with it, None where it was not read.
        reason: Why.
        curve: The curve that shows its progress, None where it has none.
        unit: What the positions of the curve are counted in.
        cells: Its values, one a column of the table.
        more: What is shown where it is opened.
    """

    key: str
    name: str
    answer: Answer | None
    reason: str
    curve: Curve | None = None
    unit: str = "step"
    cells: Sequence[Cell] = ()
    more: Sequence[Markup] = ()


def table(rows: Sequence[Row], columns: Sequence[str]) -> Markup:
    """Return the table of runs, with room above it for their curves over each other.

    Args:
        rows: The runs, in the order in which they are shown at first.
        columns: The names of their cells' columns.
    """
    heads = ["answer", "run", "curve", *columns, "why"]
    top = element("tr", element("td"), *(_head(head) for head in heads))
    bodies = [_body(row, columns, at < _CHOSEN) for at, row in enumerate(rows)]
    caption = element("caption", "All runs; the names of the columns sort them.", class_="unseen")
    return element(
        "div",
        element("div", class_="overlay", hidden=True),
        element("table", caption, element("thead", top), *bodies),
        class_="runs",
    )


def _head(name: str) -> Markup:
    if name == "curve":
        return element("th", name, scope="col")
    return element("th", element("button", name, type="button"), scope="col")


def _body(row: Row, columns: Sequence[str], is_chosen: bool) -> Markup:
    parts = [element("tr", *_cells(row, columns, is_chosen))]
    if row.more:
        parts.append(
            element("tr", element("td", *row.more, colspan=len(columns) + 5), class_="more")
        )
    return element("tbody", *parts, id=row.key)


def _cells(row: Row, columns: Sequence[str], is_chosen: bool) -> Iterator[Markup]:
    box = Markup()
    curve = sparkline(row.curve, row.unit, row.name) if row.curve else Markup()
    if "<path" in curve:
        label = f"draw {row.name}"
        box = element("input", type="checkbox", aria_label=label, checked=is_chosen)
    yield element("td", box, class_="draw")
    yield element("td", pill(row.answer), data_v=rank(row.answer))
    name = (
        element("button", row.name, type="button", aria_expanded="true") if row.more else row.name
    )
    yield element("th", name, scope="row")
    yield element("td", curve, class_="curve")
    for name, cell in zip(columns, row.cells, strict=True):
        order = None if cell.order is None else f"{cell.order:g}"
        yield element("td", cell.text, data_v=order, data_label=name, class_="value")
    yield element("td", row.reason, class_="why")
