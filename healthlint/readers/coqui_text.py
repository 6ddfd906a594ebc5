"""Coqui ``trainer_0_log.txt``: blocks of lines, coloured on a terminal.

`` > EPOCH: 0/1000``, ``--> STEP: 24/36 -- GLOBAL_STEP: 1000025``, then ``| > loss_mel: 19.08
(23.57)`` for each value: behind a training value stands its running mean (kept, as
``mean_mel_loss``, for it shows a NaN between two lines), behind an ``avg_...`` of
``EVAL PERFORMANCE`` its change.
"""

from __future__ import annotations

import re

from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, share

FORMAT = "coqui-text"
KNOWN_BY = "lines `| > name: value` under `--> STEP: .. -- GLOBAL_STEP: ..`"
UNSEEN = ("steps between two prints, but for what the running mean shows",)
_EPOCH = re.compile(r"> EPOCH: (\d{1,18})/(\d{1,18})")
_STEP = re.compile(r"-->.{0,200}?(?<!_)STEP: \d+(?:/\d+)?(?:.{0,200}GLOBAL_STEP: (\d{1,18}))?")
_NUMBER = r"(?:tensor\()?([-+\w.#]+)(?:, [^()]{1,60})?\)?"
_VALUE = re.compile(rf"^\s*\| > (\S+?): *{_NUMBER}(?: *\({_NUMBER}\))?")


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of Coqui's trainer, from 0 to 1."""
    if share(head, _STEP) and share(head, _VALUE):
        return 1.0
    return 0.9 if share(head, _EPOCH) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    blocks = _Blocks(Text(source))
    return TextReading(blocks.text, source, FORMAT, blocks.add, blocks.close)


read = whole(begin)


class _Blocks:
    """Gathers the values of a block into one record."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._axes: dict[str, object] = {}
        self._values: dict[str, object] = {}
        self._split = "train"
        self._at: Line | None = None

    def add(self, line: Line) -> None:
        """Add what one line tells."""
        text = line.text
        if match := _VALUE.search(text):
            self._add_value(line, match)
        elif match := _EPOCH.search(text):
            self.close()
            self._axes["epoch"] = int(match[1])
            self.text.facts.setdefault("planned_epochs", int(match[2]))
        elif "EVAL PERFORMANCE" in text or "> EVALUATION" in text:
            self.close()
            self._split = "val" if "PERFORMANCE" in text else ""
        elif match := _STEP.search(text):
            self.close()
            if match[1]:
                self._split = "train"
                self._axes["step"] = int(match[1])
        elif "> TRAINING" in text or "TRAIN PERFORM" in text:
            self.close()

    def _add_value(self, line: Line, match: re.Match[str]) -> None:
        if not self._split:  # single batches of an evaluation
            return
        self._at = self._at or line
        name = f"{self._split}/{match[1]}"
        self._values[name] = parse(match[2])
        if self._split == "train" and match[3] and not match[1].startswith("avg_"):
            stem = match[1].removeprefix("loss_")
            kind = "_loss" if stem != match[1] else ""
            self._values[f"train/mean_{stem}{kind}"] = parse(match[3])

    def close(self) -> None:
        """Put the values of the block that ends here into a record."""
        if self._at is not None and self._values:
            self.text.add(self._at, {**self._axes, **self._values})
        self._at, self._values = None, {}
