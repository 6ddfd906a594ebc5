"""Text of the kokoro-ruslan trainer: its console, progress bars included.

``Validation Epoch 3 - Loss: ..., Mel: ...`` with its following lines, ``Epoch 3 completed.
Avg ...``, ``Train SpectralConv (epoch 3): ...`` and fragments of a progress bar (``Epoch 3/30:
7%|..| 1/15 [..., mel_loss=1.08]``). Values get the names of the trainer's TensorBoard tags, so that
both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from healthlint.logs.shipped import words
from healthlint.readers.grammar import said_by
from healthlint.readers.numbers import parse
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading

FORMAT = "kokoro-text"
KNOWN_BY = "lines of `kokoro.training.trainer`, or its progress bars"
UNSEEN = (
    "gradient norms; non-finite losses, which the trainer masks or skips; "
    "three significant digits within an epoch, four decimals at its end",
)
_TRAINER = re.compile(r"kokoro\.training\.trainer|^\s*Epoch \d+/\d+: +\d+%.*total_loss=.*mel_loss=")
_BAR = re.compile(r"Epoch (\d{1,18})/(\d{1,18}): +\d+%\|[^|]*\| (\d{1,18})/(\d{1,18}) \[[^\]]*\]")
_ITEM = re.compile(r"\b(\w{1,80})=([-+\w.#]+)")
_VALIDATION = re.compile(r"Validation Epoch (\d{1,18}) - (Loss:.*)")
_COMPLETED = re.compile(r"Epoch (\d{1,18}) completed\. (.*)")
_TRAIN_SC = re.compile(r"Train SpectralConv \(epoch (\d{1,18})\): *([-+\w.#]+)")
_FOLLOWING = re.compile(r"(?:trainer:|^)  ((?:Pitch|Energy|SpectralConv|f0_RMSE): .*)")
_CHECKPOINT = re.compile(r"Checkpoint saved to (.+checkpoint_epoch_(\d{1,18})\.pth)")
_NAMES: Mapping[str, Mapping[str, str]] = words(Path(__file__).parent)["kokoro"]
"""What its board calls the numbers of its bars, of its validations and of its trainings."""
_FACTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("utterances", re.compile(r"Dataset split: (\d{1,18}) training")),
    ("planned_epochs", re.compile(r"Total epochs: (\d{1,18}), Starting from")),
    ("steps_per_epoch", re.compile(r"\(steps_per_epoch=(\d{1,18}), gradient_accumulation=1\)")),
    ("device", re.compile(r"Starting training on device: (\w+)")),
    ("precision", re.compile(r"Mixed precision training (disabled by configuration|enabled with)")),
)
_PRECISION = {"disabled by configuration": "fp32", "enabled with": "mixed"}


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are this trainer's console, from 0 to 1."""
    text = head.decode(errors="replace").replace("\r", "\n")
    return 1.0 if any(_TRAINER.search(line) for line in text.split("\n")[:5_000]) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a console, by its first bytes."""
    console = _Console(Text(source, facts={"trainer": "kokoro-ruslan"}))
    return TextReading(console.text, source, FORMAT, console.add)


read = whole(begin)


class _Console:
    """Goes through the lines and keeps the epoch that they speak of."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._epoch = 0
        self._bar = (0, 0)
        self._before: dict[int, int] = {}
        self._length = 0

    def add(self, line: Line) -> None:
        """Add what one line tells."""
        text = line.text
        if "%|" in text:
            self._add_bar(line)
        elif match := _VALIDATION.search(text):
            self._enter(int(match[1]))
            self.text.add(line, {**self._at(), **_named(match[2], "validation")})
        elif match := _COMPLETED.search(text):
            self._enter(int(match[1]))
            self.text.add(line, {**self._at(), **_named(match[2], "train")})
        elif match := _TRAIN_SC.search(text):
            self._enter(int(match[1]))
            value = parse(match[2])
            self.text.add(line, {**self._at(), "metrics/train_spectral_convergence": value})
        elif self._epoch and (match := _FOLLOWING.search(text)):
            self.text.add(line, {**self._at(), **_named(match[1], "validation")})
        else:
            self._note(line)

    def _add_bar(self, line: Line) -> None:
        """Add the values of a progress bar: those of batch ``i`` stand first beside ``i/n``."""
        for at, match in enumerate(_BAR.finditer(line.text)):
            epoch, batch, count = int(match[1]), int(match[3]), int(match[4])
            self._enter(epoch)
            self._length = count
            values = {
                _NAMES["bar"][key]: parse(value)
                for key, value in _ITEM.findall(match[0])
                if key in _NAMES["bar"]
            }
            if batch and values and (epoch, batch) != self._bar:
                self._bar = epoch, batch
                self.text.facts.setdefault("planned_epochs", int(match[2]))
                axes = {"epoch": epoch, "step": self._steps_before() + batch}
                self.text.add(line, {**axes, **values}, at)

    def _enter(self, epoch: int) -> None:
        """Go to an epoch; its steps come after those of the epochs before it."""
        if epoch == self._epoch:
            return
        if epoch == self._epoch + 1 and self._length:
            self._before[epoch] = self._steps_before() + self._length
        self._epoch = epoch

    def _steps_before(self) -> int:
        return self._before.get(self._epoch, (self._epoch - 1) * self._length)

    def _at(self) -> dict[str, object]:
        """Return the axes of what is said at the end of an epoch."""
        if not self._length:
            return {"epoch": self._epoch}
        return {"epoch": self._epoch, "step": self._steps_before() + self._length}

    def _note(self, line: Line) -> None:
        """Note facts and checkpoints."""
        for name, pattern in _FACTS:
            if name not in self.text.facts and (match := pattern.search(line.text)):
                word = _PRECISION.get(match[1], match[1])
                self.text.facts[name] = int(word) if word.isdecimal() else word
        if match := _CHECKPOINT.search(line.text):
            self.text.event(line, "checkpoint", epoch=int(match[2]), path=match[1])


def _named(text: str, of: str) -> dict[str, object]:
    """Return the numbers of a text under new names; those of other names are left out."""
    names = _NAMES[of]
    return {names[key]: value for key, value in said_by(text).values.items() if key in names}
