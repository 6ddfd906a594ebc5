"""Records in which a key stands twice: decoders keep the last value and say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from json import JSONDecoder

import numpy as np

from healthlint.readers.source import Batch

_KEY = b'":'
_COLON = ord(":")


def lines_with_duplicates(
    batch: Batch, records: Sequence[Mapping[str, object]], first: int
) -> Iterator[int]:
    """Yield the lines of a batch in which an object has a key twice.

    More ``":`` in the text than keys in what was decoded are the sign; only then is each line
    looked at. (A key written with a blank before its colon is not noticed.)

    Args:
        batch: The lines.
        records: What was decoded from them.
        first: Number of the first line.
    """
    flat = sum(map(len, records))
    colons = np.count_nonzero(np.frombuffer(batch.text, np.uint8) == _COLON)  # cheap, so first
    if colons <= flat:
        return
    keys = batch.text.count(_KEY)
    if keys <= flat or keys <= sum(map(_keys, records)):
        return
    for number, line in enumerate(batch.lines(), first):
        if line.count(_KEY) > 1 and _has_duplicate(line):
            yield number


def _keys(value: object) -> int:
    """Return the number of keys in a decoded value, nested ones included."""
    inner = value.values() if isinstance(value, dict) else value
    own = len(value) if isinstance(value, dict) else 0
    assert isinstance(inner, Iterable)
    return own + sum([_keys(item) for item in inner if type(item) is dict or type(item) is list])


def _has_duplicate(line: bytes) -> bool:
    twice = False

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal twice
        found = dict(pairs)
        twice = twice or len(found) < len(pairs)
        return found

    try:
        JSONDecoder(object_pairs_hook=look, parse_int=float).decode(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return False  # a broken line has been spoken of
    return twice
