"""Progress bars in a console, as Lightning draws them (NeMo, Matcha-TTS, Piper, ...).

``Epoch 3:  53%|#####3    | 80/150 [00:10<00:09, 7.50it/s, v_num=1, train_loss=4.50]``, drawn anew
after a carriage return, or by rich: ``Epoch 3/9 ━━━━╺━━━ 80/150 0:00:10 • 0:00:09 7.50it/s v_num: 1
train_loss: 4.50``. A value stays on the bar until the next one comes: those of validation and of
epochs count where the bar is full, at the end of an epoch. Epochs count from 0; those of
``Epoch 1/10:`` (F5-TTS, ...) from 1. A step that stands on the bar (``update=12``) outranks its
count, which lags behind where values are set before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from healthlint.logs.vocabulary import recognise, split_words
from healthlint.readers.grammar import axis_word, speaks_of_loss
from healthlint.readers.keyvalue import Entries
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, head_lines

FORMAT = "progress-bars"
KNOWN_BY = "bars `Epoch 3:  53%|..| 80/150 [.., train_loss=4.50]`"
UNSEEN = (
    "values that were drawn over before they were written; digits beyond three significant ones; "
    "gradient norms and rates, unless they are on the bar",
)
_EPOCH = r"Epoch:? +(\d{1,9})(/\d{1,9})?(?:/-\d)?:? +"
_TQDM = re.compile(_EPOCH + r"\d+%\|[^|]*\| *(\d{1,12})/(\d{1,12}) \[([^\]]*)\]")
_RICH = re.compile(_EPOCH + r"[\u2501\u2578\u257a]{2,200} *(\d{1,12})/(\d{1,12}) ([^,]{1,60}, .*)")
_ITEM = re.compile(r"(?<![\w./\-])([\w./\-]{1,80})(?:=|: )([-+\w.#]+)(?=,|$|\s)")


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes hold such bars, from 0 to 1."""
    found = (match for line in head_lines(head) for match in _bars_in(line))
    known = (recognise(key).is_known for match in found for key, _ in _ITEM.findall(match[5]))
    return 0.85 if any(known) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    bars = _Bars(text)
    return TextReading(text, source, FORMAT, bars.take, bars.finish)


read = whole(begin)


class _Bars:
    """Goes through the bars; of those at one batch the last one counts, whose values are new.

    Lines between them are read as those of any console, for what no bar shows.
    """

    def __init__(self, text: Text) -> None:
        self._text = text
        self._beside = Entries("")
        self._shown: set[tuple[str, bool]] = set()
        self._drawn: tuple[Line, int] | None = None
        self._at = (0, 0)
        self._told: float | None = None
        self._put_at: float | None = None
        self._first: int | None = None
        self._length = 0
        self._values: dict[str, object] = {}
        self._before: dict[int, int] = {}

    def take(self, line: Line) -> None:
        """Take what a line tells: its bars, else what stands beside them."""
        matches = list(_bars_in(line.text))
        if not matches:
            self._put(self._beside.take(line))
        for at, match in enumerate(matches):
            self._add(line, match, at)

    def _add(self, line: Line, match: re.Match[str], at: int) -> None:
        """Take what stands on a bar."""
        epoch, batch, length = int(match[1]), int(match[3]), int(match[4])
        self._put(self._beside.close())
        words = {key: word for key, word in _ITEM.findall(match[5]) if key != "v_num"}
        parsed = {key: parse(word) for key, word in words.items() if not _is_rounded(key, word)}
        values = {key: value for key, value in parsed.items() if value is not None}
        told = values.pop(next(filter(_is_step, values), ""), None)
        here = (epoch, batch if told is None else told)
        before = (self._at[0], self._at[1] if told is None else self._told)
        if here != before:
            self.close()
        if self._first is None:
            self._first = 1 if match[2] and epoch else 0
        if epoch == self._at[0] + 1:
            self._before[epoch] = self._steps(self._at[0], self._length)
        self._values, self._told = dict(values), told
        self._shown.update(map(_meaning, self._values))
        self._at, self._length, self._drawn = (epoch, batch), length, (line, at)
        self._beside.come_to(epoch, self._steps(epoch, batch))

    def finish(self) -> None:
        """Put what waits into records."""
        self._put(self._beside.close())
        self.close()

    def _put(self, records: Iterable[tuple[Line, Mapping[str, object]]]) -> None:
        for line, record in records:
            kept = dict(self._beside_bar(record))
            if kept.keys() - {"epoch", "step"}:
                if self._at[1] < self._length:  # a full one is drawn again after a validation
                    self.close()
                self._text.add(line, kept)

    def _beside_bar(self, record: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        """Yield what no bar shows, and what a line below a full bar tells of the whole epoch."""
        shown = {_meaning(key): value for key, value in self._values.items()}
        for key, value in record.items():
            meaning = _meaning(key)
            if meaning not in self._shown:
                yield key, value
            elif self._is_mean(key, value, shown.get(meaning)):
                yield f"epoch_{key}", value

    def _is_mean(self, key: str, value: object, shown: object) -> bool:
        """Return whether a line below a full bar tells another value than the bar ends with."""
        is_full = self._at[1] == self._length
        is_other = shown is not None and shown != value
        return is_full and is_other and recognise(key).split == "train"

    def close(self) -> None:
        """Put the values of the last bar into a record; those of validation if it is full."""
        epoch, batch = self._at
        is_full = batch == self._length
        kept = {key: one for key, one in self._values.items() if is_full or not _is_at_end(key)}
        step = self._told if self._told != self._put_at else None
        if self._told is None and batch:
            step = self._steps(epoch, batch)
        if self._drawn is not None and step and kept:
            line, at = self._drawn
            axes = {"epoch": epoch, "step": step}
            self._put_at = self._told
            self._text.add(line, {**axes, **kept}, at)
        self._drawn = None

    def _steps(self, epoch: int, batch: int) -> int:
        return self._before.get(epoch, (epoch - (self._first or 0)) * self._length) + batch


def _bars_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the bars of a line: epoch, how many, batch, how many, what stands on it."""
    return (_RICH if "\u2501" in text else _TQDM).finditer(text)


def _is_step(key: str) -> bool:
    return axis_word(key) == "step" and not speaks_of_loss(key)  # `loss/train_step`


def _is_rounded(key: str, word: str) -> bool:
    return _is_step(key) and "e" in word.lower()  # `global_step=1.02e+5`: the bar counts better


@lru_cache(maxsize=4_096)
def _is_at_end(key: str) -> bool:
    """Return whether a value comes once an epoch."""
    return _is_val(key) or split_words(key)[-1:] == ["epoch"]


def _is_val(key: str) -> bool:
    return recognise(key).split == "val"


def _meaning(key: str) -> tuple[str, bool]:
    return recognise(key).metric, _is_val(key)
