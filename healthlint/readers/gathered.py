"""Records of plain numbers, gathered until there are enough of them to be worth a look.

Lines are decoded in small batches, which stay in the caches of a processor. Turning a table of rows
into columns costs the same for ten rows as for thousands, so the tables of batches with the same
keys wait here and become columns together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.readers.numbers import to_times
from healthlint.readers.shapes import Shape

ENOUGH = 1 << 17
"""Numbers (1 MiB of them) that wait at most."""


Put = Callable[
    [Shape, Literal[""], Integers, Sequence[Floats], Sequence[None], Floats | None], None
]
"""What takes shape, split, places, columns, what is present of them, and clock: see ``Rows``."""


class Gathered:
    """Gathers tables and hands them on as columns.

    Args:
        put: Where the columns go.
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._waiting: dict[Sequence[str], tuple[Shape, list[Integers], list[Floats]]] = {}
        self._numbers = 0

    def add(self, shape: Shape, places: Integers, table: Floats) -> None:
        """Add records that hold plain numbers alone.

        Args:
            shape: Their keys.
            places: The place of each, shape ``(records,)``.
            table: Their values, shape ``(records, keys)``.
        """
        _, several, tables = self._waiting.setdefault(shape.keys, (shape, [], []))
        several.append(places)
        tables.append(table)
        self._numbers += table.size
        if self._numbers >= ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Hand on all that waits, in the order in which its keys came."""
        for shape, several, tables in self._waiting.values():
            places, columns = np.concatenate(several), np.concatenate(tables).T
            clock = to_times(columns[shape.axes["time"]]) if "time" in shape.axes else None
            self._put(shape, "", places, list(columns), [None] * len(columns), clock)
        self._waiting.clear()
        self._numbers = 0
