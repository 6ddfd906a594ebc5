"""FastSpeech ports of 2019: ``logger/mel_loss.txt``, one bare number a line.

The name of the file is the metric, the number of the line the only axis; a second start appends
without a sign, but that the values begin anew. A folder of such files is one log.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from statistics import median

from healthlint.logs.model import Log
from healthlint.logs.vocabulary import recognise
from healthlint.readers.columns import SHIFT
from healthlint.readers.folders import entries
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text, TextReading, head_lines

FORMAT = "numbers"
KNOWN_BY = "one number a line, in a file whose name is a metric (`mel_loss.txt`)"
UNSEEN = ("steps, epochs, clocks; a second start whose values differ; whether files count alike",)
MOST_LINES = 10_000_000
"""Lines of one file that are read."""
_NOTE = "the number of the line is taken for the step; it begins anew where the values do"
_OPENING = 10
"""Values by which a start is known again."""
_LATEST = 20
_FELL = 3.0
_ALIKE = (0.6, 1.6)
"""Between what the values of two starts of one model lie, one divided by the other."""


def sniff(head: bytes, path: str) -> float:
    """Return how sure it is that these first bytes are numbers alone, from 0 to 1."""
    lines = head_lines(head, 50)
    if not lines or any(parse(line) is None for line in lines[:-1] or lines):
        return 0.0
    return 0.9 if recognise(_name(Path(path))).is_known else 0.0


def _name(path: Path) -> str:
    return path.name.partition(".")[0]


def claim(folder: Path) -> list[Path] | None:
    """Return no sub-folders where a folder holds two such files or more, None where it does not."""
    return [] if len(_files(folder)) > 1 else None


def _files(folder: Path) -> list[Path]:
    found = []
    for path in entries(folder)[0]:
        if path.suffix == ".txt" and recognise(_name(path)).is_known:
            with path.open("rb") as stream:
                if sniff(stream.read(4096), str(path)):
                    found.append(path)
    return found


def begin(source: Source) -> Reading:
    """Return the reading of one file, by its first bytes."""
    text = Text(source, notes=[_NOTE])
    file = _File(text, _name(Path(source.path)))
    return TextReading(text, source, FORMAT, file.take, file.close)


read = whole(begin)


class _Steps:
    """Counts lines from 1 on, and anew where after a fall ten come that are like the first ten."""

    def __init__(self) -> None:
        self._first: list[float] = []
        self._latest: deque[float] = deque(maxlen=_LATEST)
        self._waiting: list[tuple[int, float]] = []
        self._before = 0

    def take(self, number: int, value: float) -> Iterator[int]:
        """Yield the steps that are known by now: of this line and of those that waited for it."""
        self._waiting.append((number, value))
        if len(self._first) < _OPENING:
            self._first.append(value)
        elif self._is_like_start(value, len(self._waiting) - 1):
            if len(self._waiting) < _OPENING:
                return
            self._before = self._waiting[0][0] - 1
        yield from self.close()

    def close(self) -> Iterator[int]:
        """Yield the steps of the lines that still wait."""
        for number, value in self._waiting:
            self._latest.append(value)
            yield number - self._before
        self._waiting = []

    def _is_like_start(self, value: float, at: int) -> bool:
        """Return whether a value is like one of the start, the first of them after a fall."""
        level, first = median(self._latest), self._first[at]
        is_after_fall = at > 0 or value > _FELL * level > 0
        return is_after_fall and _ALIKE[0] * first < value < _ALIKE[1] * first


class _File:
    """Takes the lines of one file."""

    def __init__(self, text: Text, name: str) -> None:
        self._text = text
        self._name = name
        self._steps = _Steps()
        self._waiting: deque[tuple[Line, float]] = deque()

    def take(self, line: Line) -> None:
        """Take a line."""
        value = parse(line.text)
        if value is None:
            self._text.problems.add("no number, left out", line.number)
            return
        self._waiting.append((line, value))
        self._add(self._steps.take(line.number, value))

    def close(self) -> None:
        """Add what still waits."""
        self._add(self._steps.close())

    def _add(self, steps: Iterable[int]) -> None:
        for step in steps:
            line, value = self._waiting.popleft()
            self._text.add(line, {"step": step, self._name: value})


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that the files of a folder make.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: A file cannot be read.
    """
    columns: dict[str, list[float | None]] = {}
    text = Text(Source(path, BytesIO()), has_lines=False, notes=[_NOTE])
    for file in _files(Path(path)):
        with opened(str(file)) as source:
            columns[_name(file)] = [parse(line.text) for line in text.more(source)][:MOST_LINES]
    rows = zip_longest(*columns.values())
    for place, (step, row) in enumerate(zip(_numbered(columns.values()), rows, strict=True), 1):
        values = {name: x for name, x in zip(columns, row, strict=True) if x is not None}
        text.add(Line(place << SHIFT, ""), {"step": step, **values})
    return text.log(FORMAT, facts)


def _numbered(columns: Collection[Sequence[float | None]]) -> Sequence[int]:
    """Return the step of each row, by the longest column that begins anew most often."""
    longest = max(map(len, columns))
    counted = []
    for column in columns:
        steps = _Steps()
        numbers = [math.nan if value is None else value for value in column]
        known = [step for at, value in enumerate(numbers, 1) for step in steps.take(at, value)]
        counted.append([*known, *steps.close()])
    return max((each for each in counted if len(each) == longest), key=lambda each: each.count(1))
