"""Raw columns of a log, before runs are told apart: what every reader hands to segmentation."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from healthlint.logs.model import Floats, Integers, Split

MarkKind = Literal["run", "end", "event"]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One metric under the name it is logged by; arrays have shape ``(points,)``.

    Attributes:
        name: The name as logged.
        split: Split that the record told beside the name (``"mode": "val"``), else ``""``.
        records: Ordinals of its records, rising strictly. Columns logged together share the array.
        values: The values as logged, NaN and infinities included.
    """

    name: str
    split: Split
    records: Integers
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """Values of one metric that could not be read as numbers.

    Attributes:
        name: The name as logged.
        split: Split that the record told beside the name, else ``""``.
        lines: Line of each, 0 where the format has none.
    """

    name: str
    split: Split
    lines: Integers


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that is no record: the header of a run, its end, an event.

    Attributes:
        kind: Which of them.
        position: Ordinal of the next record (also where none follows).
        line: 1-based line in the file.
        fields: The whole line.
    """

    kind: MarkKind
    position: int
    line: int
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Records:
    """All records of a log in file order; arrays have shape ``(records,)``.

    Attributes:
        lines: 1-based line of each record, 0 throughout where the format has no lines.
        steps: Step of each record as logged, NaN where not logged.
        epochs: Epoch as logged (from 0 or 1), NaN where not logged.
        times: Unix time in seconds, NaN where not logged.
        columns: The metrics, in the order of their first value.
        marks: Headers, ends and events in file order.
        has_fractional_epochs: True when epochs are logged as fractions (0.0, 0.02, ...), so that
            a first epoch of 0 does not mean that epochs count from 0.
        keys: Keys that were seen, in the order of their first appearance; for messages.
        unread: What could not be read of the metrics.
    """

    lines: Integers
    steps: Floats
    epochs: Floats
    times: Floats
    columns: Sequence[Column]
    marks: Sequence[Mark] = ()
    has_fractional_epochs: bool = False
    keys: Sequence[str] = ()
    unread: Sequence[Unread] = ()


def finite(value: object) -> float | None:
    """Return a field of a mark as a finite number, None where it is none.

    >>> finite(3), finite("3"), finite(True), finite(10**400)
    (3.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) <= sys.float_info.max else None
