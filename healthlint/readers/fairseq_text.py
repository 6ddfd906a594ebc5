"""fairseq ``--log-format json``: ``| train_inner | {...}`` in a line, its numbers in quotes."""

from __future__ import annotations

import re
from functools import partial

from healthlint.readers.decoding import loads
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, share

FORMAT = "fairseq"
KNOWN_BY = "`| train_inner | {...}` or `[train_inner][INFO] - {...}` in a line"
UNSEEN = ("three decimals; losses are averages over an interval",)
_ENTRY = re.compile(
    r"(?:\| |\]\[)(train_inner|train|valid[^|\]]{0,40}|test[^|\]]{0,40})(?: \| |\]\[\w+\] - )"
    r"(\{.*\})\s*$"
)
_DROPPED = re.compile(r"(^|_)(update|wps|ups|wpb|bsz|wall|train_wall|gb_free|ppl)$")


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of fairseq, from 0 to 1."""
    return 1.0 if b"num_updates" in head and share(head, _ENTRY) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    return TextReading(text, source, FORMAT, partial(_take, text))


read = whole(begin)


def _take(text: Text, line: Line) -> None:
    """Add the record of a line."""
    match = _ENTRY.search(line.text)
    if match is None:
        return
    try:
        entry = loads(match[2])
    except ValueError:
        text.problems.add("an entry that is no JSON, left out", line.number)
        return
    kept = {key: value for key, value in entry.items() if not _DROPPED.search(key)}
    if match[1] == "train_inner":
        kept = {_train(key): value for key, value in kept.items()}
    text.add(line, kept)


def _train(key: str) -> str:
    return key if key in ("epoch", "num_updates") else f"train/{key}"
