"""Python dictionaries in a console, as Hugging Face's Trainer prints them.

``{'loss': 4.57, 'grad_norm': 12.3, 'learning_rate': 4.9e-05, 'epoch': 0.1}``, ``{'eval_loss': 3.5,
..., 'epoch': 1.0}``; in later versions the numbers stand in quotes. Steps are those of the progress
bar over the whole training, where it is in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from healthlint.logs.axes import axis_of
from healthlint.logs.vocabulary import recognise
from healthlint.readers.hf_trainer import NO_METRICS, SUMMARY
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, head_lines

FORMAT = "printed"
KNOWN_BY = "lines with a Python dictionary of numbers, a loss and an epoch among them"
UNSEEN = (
    "a NaN or infinite loss: Hugging Face's `logging_nan_inf_filter` (on by default) prints the "
    "average without it; digits that were rounded away; steps, without a progress bar",
)
_PRINTED = re.compile(r"\{'[^{}]{1,20000}\}")
_PAIR = re.compile(r"'([^']{1,200})': *'?([-+\w.#]+)'?(?=[,}])")
_TEXT = re.compile(r"': '([^']{0,200})'")
_MOST_TEXTS = 3
_BAR = re.compile(r"\| *(\d{1,12})/(\d{1,12}) \[")
_MOST_WAITING = 100
_COUNTED = "no step and no epoch in some of it: records are counted"


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes hold such dictionaries, from 0 to 1."""
    count = sum(_is_entry(line) for line in head_lines(head) if "{'" in line)
    return 0.0 if not count else 0.5 if count == 1 else 0.9


def _keys_in(line: str) -> Iterator[list[str]]:
    """Yield the keys of each dictionary in a line, but for the state of a program."""
    for match in _PRINTED.finditer(line):
        if sum(parse(word) is None for word in _TEXT.findall(match[0])) < _MOST_TEXTS:
            yield [key for key, _ in _PAIR.findall(match[0])]


def _is_entry(line: str) -> bool:
    for keys in _keys_in(line):
        known = {recognise(key).metric for key in keys if recognise(key).is_known} - {"lr"}
        if known and any(map(axis_of, keys)):
            return True
    return False


def _is_bare(line: str) -> bool:
    """Return whether a line holds losses without a place, as trainers that print one now and then.

    >>> _is_bare("{'loss': 0.5}"), _is_bare("{'loss': 0.5, 'epoch': 1}"), _is_bare("{'seed': 1}")
    (True, False, False)
    """
    return any(
        any(recognise(key).is_known for key in keys) and not any(map(axis_of, keys))
        for keys in _keys_in(line)
    )


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    is_counted = any(_is_bare(line) for line in head_lines(source.head))
    if is_counted:
        text.notes.append(_COUNTED)
    console = _Console(text, is_counted=is_counted)
    return TextReading(text, source, FORMAT, console.add, console.place)


read = whole(begin)


class _Console:
    """Goes through the lines; a record waits for the bar that is drawn anew below it."""

    def __init__(self, text: Text, *, is_counted: bool) -> None:
        self.text = text
        self._is_counted = is_counted
        self._waiting: list[tuple[Line, dict[str, object], int]] = []
        self._planned = 0
        self._step = 0

    def add(self, line: Line) -> None:
        """Add what one line tells."""
        for bar in _BAR.finditer(line.text):
            count = int(bar[2])
            if count >= self._planned:  # a shorter one is that of an evaluation
                self._planned, self._step = count, int(bar[1])
                self.place()
        for at, match in enumerate(_PRINTED.finditer(line.text)):
            record = {key: parse(word) for key, word in _PAIR.findall(match[0])}
            if record.keys() & SUMMARY:
                continue
            if any(map(axis_of, record)):
                self._waiting.append((line, _metrics(record), at))
            elif self._is_counted and any(recognise(key).is_known for key in record):
                self._step += not self._planned
                self._waiting.append((line, _metrics(record), at))
        if len(self._waiting) >= _MOST_WAITING or not self._planned:
            self.place()

    def place(self) -> None:
        """Put the records that wait at the step that has been reached.

        Of several with the same metrics the last one is there; a bar is not drawn at every step.
        """
        last = {key: at for at, (_, record, _) in enumerate(self._waiting) for key in record}
        for at, (line, record, part) in enumerate(self._waiting):
            is_there = self._step and all(last[key] == at for key in record if not axis_of(key))
            self.text.add(line, {"step": self._step, **record} if is_there else record, part)
        self._waiting = []


def _metrics(record: Mapping[str, object]) -> dict[str, object]:
    return {
        key: value
        for key, value in record.items()
        if value is not None and not NO_METRICS.search(key)
    }
