"""Numbers as logs spell them: strings, non-finite spellings, clock times."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from operator import itemgetter, methodcaller
from struct import error as StructError
from struct import pack
from typing import cast

import numpy as np
from numpy.typing import NDArray

from healthlint.logs.model import Floats


@cache
def _spelling() -> re.Pattern[str]:
    """Return the pattern of numbers in text; compiled where a log has some, for it takes 3 ms."""
    return re.compile(
        r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)"
        r"|(?P<sign>[-+]?)(?:(?P<nan>nan|1\.#(?:qnan|snan|ind)0*)|inf(?:inity)?|1\.#inf0*))\s*",
        re.IGNORECASE | re.ASCII,
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
    match = _spelling().fullmatch(text)
    if match is None:
        return None
    if match["number"]:
        return float(text)
    return math.nan if match["nan"] else -math.inf if match["sign"] == "-" else math.inf


def to_floats(
    records: Sequence[Mapping[str, object]],
) -> tuple[Sequence[Floats], Sequence[NDArray[np.bool_] | None]]:
    """Return the values of records with the same keys as numbers, key by key.

    Returns:
        The numbers of each key, shape ``(records,)``, NaN where a value is none; and which are
        numbers, None where all are.
    """
    columns = [
        _column(column) for column in zip(*map(methodcaller("values"), records), strict=True)
    ]
    return [column for column, _ in columns], [present for _, present in columns]


def to_table(records: Sequence[Mapping[str, object]], keys: Sequence[str]) -> Floats | None:
    """Return the values of records of plain numbers, shape ``(records, keys)``.

    None where a record has other keys, or a value is no number; text that spells one is none here.

    Args:
        records: The records.
        keys: At least two keys.
    """
    if set(map(len, records)) != {len(keys)}:
        return None
    try:
        values = chain.from_iterable(map(itemgetter(*keys), records))
        packed = pack(f"{len(records) * len(keys)}d", *values)
    except (KeyError, StructError):
        return None
    table = np.frombuffer(packed).reshape(len(records), -1)
    # A boolean is a number to Python; only where there is a 0 or a 1 can one be among them.
    is_likely = (table == 0) | (table == 1)
    for at in np.flatnonzero(is_likely.any(0)).tolist() if is_likely.any() else ():
        if bool in map(type, map(itemgetter(keys[at]), records)):
            return None
    return table


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


def iso_time(text: object) -> float | None:
    """Return a time spelled as ISO 8601 in seconds since 1970, None for any other value.

    Without a zone it is taken for UTC.

    >>> iso_time("2026-11-22T09:22:37Z"), iso_time("2026-11-22 12:22:37+03:00"), iso_time("soon")
    (1795339357.0, 1795339357.0, None)
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def to_times(numbers: Floats) -> Floats:
    """Return clock times of shape ``(n,)`` in seconds since 1970, NaN where a number is none.

    Numbers may count seconds, milli-, micro- or nanoseconds, told by their size: in seconds the
    years 1973 to 5138 lie between 1e8 and 1e11, and each finer unit is a thousand times larger.

    >>> to_times(np.array([1795340257.5, 1795340257500.0, 0.31]))
    array([1.79534026e+09, 1.79534026e+09,            nan])
    """
    if ((numbers >= 1e8) & (numbers < 1e11)).all():
        return numbers
    times = np.full(len(numbers), math.nan)
    for unit in (1.0, 1e3, 1e6, 1e9):
        seconds = numbers / unit
        np.copyto(times, seconds, where=(seconds >= 1e8) & (seconds < 1e11))
    return times
