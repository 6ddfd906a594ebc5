"""ESPnet2 ``train.log``: ``2epoch:train:1-375batch: ...`` and ``2epoch results: [train] ...``.

Values are averages over the batches that are named, rounded to three significant digits.
"""

from __future__ import annotations

import re

from healthlint.readers.grammar import is_rate, said_by
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, share

FORMAT = "espnet-text"
KNOWN_BY = "lines `2epoch:train:1-375batch:` or `2epoch results:`"
UNSEEN = (
    "a NaN, unless every batch has one: weighted averages leave it out; spikes, averaged away; "
    "three significant digits",
)
_BATCHES = re.compile(r"(?<!\d)(\d{1,18})epoch:(train|valid):(\d{1,18})-(\d{1,18})batch: (.*)")
_RESULTS = re.compile(r"(?<!\d)(\d{1,18})epoch results: (.*)")
_PART = re.compile(r"\[(train|valid)\] (.*?)(?=, \[|$)")
_COUNT = re.compile(r"total_count=(\d{1,18})")
_TIMES = re.compile(r"time$|^total_count$|^gpu_")


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of ESPnet, from 0 to 1."""
    return 1.0 if share(head, _BATCHES) or share(head, _RESULTS) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    return TextReading(text, source, FORMAT, _Epochs(text).take)


read = whole(begin)


class _Epochs:
    """Goes through the lines and keeps the length of an epoch."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._length = 0

    def take(self, line: Line) -> None:
        """Take what a line tells."""
        if match := _BATCHES.search(line.text):
            epoch, split, last = int(match[1]), match[2], int(match[4])
            self._length = max(self._length, last) if epoch == 1 else self._length
            is_known = self._length or epoch == 1
            step = {"step": (epoch - 1) * self._length + last} if is_known else {}
            if split == "train":
                self._text.add(line, {"epoch": epoch, **step, **_values(split, match[5])})
        elif match := _RESULTS.search(line.text):
            count = _COUNT.search(match[2])  # of training, which stands first
            axes = {"epoch": int(match[1])} | ({"step": int(count[1])} if count else {})
            for at, part in enumerate(_PART.finditer(match[2])):
                # of training the mean over the epoch, beside what its batches told
                values = _values(part[1], part[2])
                if part[1] == "train":
                    values = {_of_epoch(key): values[key] for key in values if not is_rate(key)}
                self._text.add(line, axes | values, at)


def _of_epoch(name: str) -> str:
    split, _, key = name.partition("/")
    return f"{split}/epoch_{key}"


def _values(split: str, text: str) -> dict[str, object]:
    return {
        f"{split}/{key}": value
        for key, value in said_by(text).values.items()
        if not _TIMES.search(key)
    }
