"""FastSpeech ports of 2019: ``logger/mel_loss.txt``, one bare number a line.

The name of the file is the metric, the number of the line the only axis; a second start appends
without a sign. A folder of such files is one log.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

from healthlint.logs.model import Log
from healthlint.logs.vocabulary import recognise
from healthlint.readers.folders import entries
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text, TextReading, head_lines

FORMAT = "numbers"
KNOWN_BY = "one number a line, in a file whose name is a metric (`mel_loss.txt`)"
UNSEEN = ("steps, epochs, clocks; where a second start begins; whether files count alike",)
MOST_LINES = 10_000_000
"""Lines of one file that are read."""
_NOTE = "the number of the line is taken for the step"


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
    take = partial(_take, text, _name(Path(source.path)))
    return TextReading(text, source, FORMAT, take)


read = whole(begin)


def _take(text: Text, name: str, line: Line) -> None:
    value = parse(line.text)
    if value is None:
        text.problems.add("no number, left out", line.number)
    else:
        text.add(line, {"step": line.number, name: value})


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
    for step, row in enumerate(zip_longest(*columns.values()), 1):
        values = {name: x for name, x in zip(columns, row, strict=True) if x is not None}
        text.add(Line(step << 24, ""), {"step": step, **values})
    return text.log(FORMAT, facts)
