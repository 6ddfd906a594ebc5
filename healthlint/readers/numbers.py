"""Numbers as logs spell them: strings, non-finite spellings, clock times."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import cast

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.axes import unix_seconds
from healthlint.logs.model import Floats

_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_NONFINITE = re.compile(
    r"\s*(?P<sign>[-+]?)(?:(?P<nan>nan|1\.#(?:qnan|snan|ind)0*)|inf(?:inity)?|1\.#inf0*)\s*",
    re.IGNORECASE,
)


def to_number(value: object) -> float | None:
    """Return a metric value, None where it is none (null, booleans, text, containers).

    >>> to_number("10.352"), to_number("-Infinity"), to_number(True), to_number("1 hour")
    (10.352, -inf, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _to_float(value)
    return parse(value) if isinstance(value, str) else None


def _to_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond 1e308
        return math.inf if value > 0 else -math.inf


def parse(text: str) -> float | None:
    """Return the number that a text spells, non-finite spellings included, else None.

    >>> parse("1.#QNAN"), parse("+inf"), parse("1_000"), parse("")
    (nan, inf, None, None)
    """
    if _NUMBER.fullmatch(text):
        return float(text)
    match = _NONFINITE.fullmatch(text)
    if match is None:
        return None
    return math.nan if match["nan"] else -math.inf if match["sign"] == "-" else math.inf


def to_floats(
    records: Sequence[Mapping[str, object]],
) -> tuple[Sequence[Floats], Sequence[NDArray[np.bool_] | None]]:
    """Return the values of records with the same keys as numbers, key by key.

    Returns:
        The numbers of each key, shape ``(records,)``, NaN where a value is none; and which are
        numbers, None where all are.
    """
    values = list(chain.from_iterable(map(dict.values, cast("list[dict[str, float]]", records))))
    try:
        table = np.frombuffer(array("d", values), np.float64).reshape(len(records), -1)
    except (TypeError, OverflowError):  # not only numbers
        columns = [_column(column) for column in zip(*map(_values, records), strict=True)]
        return [column for column, _ in columns], [present for _, present in columns]
    table = np.ascontiguousarray(table.T)
    masks: list[NDArray[np.bool_] | None] = [None] * len(table)
    # A boolean is a number to Python; only where there is a 0 or a 1 can one be among them.
    for at in np.flatnonzero(((table == 0) | (table == 1)).any(1)).tolist():
        column = values[at :: len(table)]
        if bool in map(type, column):
            table[at], masks[at] = _column(column)
    return list(table), masks


def _values(record: Mapping[str, object]) -> Iterable[object]:
    return record.values()


def _column(values: Sequence[object]) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Return values of any kind as numbers, and which of them are numbers."""
    if not {bool, str, type(None), dict, list} & set(map(type, values)):
        try:
            return np.array(array("d", cast("Sequence[float]", values))), None
        except OverflowError:
            pass
    numbers = [to_number(value) for value in values]
    filled = np.array([math.nan if number is None else number for number in numbers], np.float64)
    present = np.array([number is not None for number in numbers], np.bool_)
    return filled, None if present.all() else present


def to_time(value: object) -> float | None:
    """Return a clock time in seconds since 1970, None where the value is none.

    Numbers may count seconds, milli-, micro- or nanoseconds; text may be a number or ISO 8601
    (without a zone it is taken for UTC).

    >>> to_time("2026-11-22T09:22:37Z"), to_time(1795339357000), to_time(0.25)
    (1795339357.0, 1795339357.0, None)
    """
    number = to_number(value)
    if number is not None:
        return unix_seconds(number)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            moment = datetime.fromisoformat(value.strip() + "+00:00")
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def to_times(numbers: Floats) -> Floats:
    """Return clock times of shape ``(n,)`` in seconds since 1970, NaN where a number is none."""
    if ((numbers >= 1e8) & (numbers < 1e11)).all():
        return numbers
    times = np.full(len(numbers), math.nan)
    for unit in (1.0, 1e3, 1e6, 1e9):  # the sizes that unix_seconds explains
        seconds = numbers / unit
        np.copyto(times, seconds, where=(seconds >= 1e8) & (seconds < 1e11))
    return times
