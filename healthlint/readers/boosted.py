"""CatBoost's lines, whose measure has no name: whether it should fall is told by its `best`.

``7:	learn: 0.881	test: 0.868	best: 0.868 (7)	total: 308ms	remaining: 4.31s``
"""

from __future__ import annotations

import re
from itertools import pairwise

from healthlint.readers.languages import Plain
from healthlint.readers.numbers import parse

_LINE = re.compile(
    r"^(\d{1,12}):\tlearn: ([-+\w.]{1,40})"
    r"(?:\ttest: ([-+\w.]{1,40})\tbest: ([-+\w.]{1,40}) \(\d+\))?"
    r"\ttotal: .*"
)


def boosted_of(head: bytes) -> Plain | None:
    """Return what names the measures of such lines, None for a text that has none.

    Args:
        head: The first bytes.
    """
    if b"\tlearn: " not in head:
        return None
    found = [
        match for line in head.decode(errors="replace").splitlines() if (match := _LINE.match(line))
    ]
    words = [parse(match[4] or match[2]) for match in found]
    told = [value for value in words if value is not None]
    if not told:
        return None
    # the best so far climbs; without a test set, most of what is learned does
    climbs = sum(after > before for before, after in pairwise(told))
    name = "score" if climbs > sum(after < before for before, after in pairwise(told)) else "loss"

    def plain(text: str) -> str:
        match = _LINE.match(text)
        if not match:
            return text
        test = f", val {name}: {match[3]}" if match[3] else ""
        return f"step {match[1]}, train {name}: {match[2]}{test}"

    return plain
