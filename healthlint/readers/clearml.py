"""ClearML offline ``metrics.jsonl``: a list of entries a line, each with a metric and a variant.

``[{"timestamp": ms, "type": "training_stats_scalar", "iter": 0, "metric": "loss", "variant": "mel",
"value": 0.5}]``; read like JSON Lines, ``metric/variant`` is the name.
"""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.logs.model import Log
from healthlint.readers import jsonl
from healthlint.readers.pieces import Reading
from healthlint.readers.source import Source

FORMAT = "clearml"
KNOWN_BY = "lines that are lists of objects with `metric` and `variant`"
UNSEEN = ("NaN and infinity: ClearML writes both as 0.0",)


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are ClearML's, from 0 to 1."""
    is_list = head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"[{")
    return 0.99 if is_list and b'"variant"' in head and b'"metric"' in head else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    return jsonl.read(source, facts, FORMAT)


def begin(_source: Source) -> Reading:
    """Return the reading of a file."""
    return jsonl.Lines(FORMAT)
