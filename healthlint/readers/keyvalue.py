"""Text with ``Key: value`` or ``key=value``: FastSpeech2 (ming024), StyleTTS2, PaddleSpeech, ...

``Step 100/900000, Total Loss: 9.1713, ...`` and ``Validation Step 10000, ...``; ``Epoch [1/200],
Step [10/3125], Mel Loss: 1.25829``, whose step begins again in each epoch; ``iter: 10/9000,
l1_loss: 0.12``; ``Epoch [1/10], Step [50/2000]:`` over a line of losses (FastSpeech ports of 2019);
``Epoch(train) [1][5/10]  loss: 9.2`` (mmengine); ``Train loss 10 2.345 Grad Norm 1.234`` (NVIDIA's
Tacotron 2); ``step 250: train loss 1.96, val loss 2.06``;
``Validation loss: 0.482`` belongs to the epoch before it. A folder with
``train/log.txt`` and ``val/log.txt`` is one log, put together by step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from healthlint.logs.model import Log, Split
from healthlint.logs.vocabulary import recognise
from healthlint.readers.folders import entries, split_of_folder
from healthlint.readers.numbers import parse
from healthlint.readers.pairing import paired
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text, head_lines, pairs

FORMAT = "text"
KNOWN_BY = "lines with a step or epoch and `Key: value` or `key=value` of known metrics"
UNSEEN = ("digits that were rounded away (three to five decimals)",)
_WORD = r"(?:\b|(?<=\d))"
_EPOCH = re.compile(
    _WORD + r"epochs?\b(?:\(\w+\))?[\s:=#]*\[?\s*(\d{1,18})(?:\s*/\s*(\d{1,18}))?", re.IGNORECASE
)
_STEP = re.compile(
    rf"(?:{_WORD}(?:global[ _]step|steps?|iter(?:ation)?s?)\b[\s:=#]*\[?|(?<=\d\]\[))"
    + r"\s*(\d{1,18})(?:\s*/\s*(\d{1,18}))?(?![\d.]*\s*(?:sec|s/))",
    re.IGNORECASE,
)
_VALIDATION = re.compile(
    r"(?:^\W*|\s)(?:Epoch\()?(validation|valid|val|eval|evaluate|test)\b", re.IGNORECASE
)
_DROPPED = frozenset({"epoch", "epochs", "step", "steps", "iter", "iters", "iteration", "rank"})
_TACOTRON = re.compile(r"^\W*Train loss (\d{1,18}) (\S+) Grad Norm (\S+)")
_TACOTRON_VALIDATION = re.compile(r"^\W*Validation loss (\d{1,18}): +(\S+)")
_RATE = re.compile(r"learning rate (?:is|to|:|=)? *(\d*\.?\d+(?:e[-+]?\d+)?)", re.IGNORECASE)


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are such text, from 0 to 1; never very."""
    entries = _Entries("")
    count = sum(entries.is_entry(line) for line in head_lines(head))
    return 0.0 if not count else 0.4 if count == 1 else 0.8


def claim(folder: Path) -> list[Path] | None:
    """Return ``train/`` and ``val/`` where both hold such text; None for any other folder."""
    found = [path.parent for path in _parts(folder)]
    return found if len(found) > 1 else None


def _parts(folder: Path) -> list[Path]:
    """Return ``log.txt`` of each split."""
    found = []
    for inner in entries(folder)[1]:
        path = inner / "log.txt"
        if split_of_folder(inner) and path.is_file():
            with path.open("rb") as stream:
                if sniff(stream.read(1 << 16), str(path)):
                    found.append(path)
    return found


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a text.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source)
    for line, record in _Entries("").of(text.lines()):
        text.add(line, record)
    return text.log(FORMAT, facts)


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of ``train/log.txt`` and ``val/log.txt``.

    Both may have been started several times: validation goes to the training whose steps it spans.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: A file cannot be read.
    """
    text = Text(Source(path, BytesIO()), has_lines=False)
    found: dict[Split, list[dict[str, object]]] = {"train": [], "val": []}
    for file in _parts(Path(path)):
        split = split_of_folder(file.parent)
        with opened(str(file)) as source:
            found[split] += [record for _, record in _Entries(split).of(text.more(source))]
    for at, record in enumerate(paired(found["train"], found["val"]), 1):
        text.add(Line(at << 24, ""), record)
    return text.log(FORMAT, facts)


class _Entries:
    """Turns lines into records and keeps the epoch and step that they speak of."""

    def __init__(self, split: Split) -> None:
        self._split = split
        self._epoch: int | None = None
        self._step: int | None = None
        self._logged = 0
        self._is_within: bool | None = None
        self._is_headed = False

    def is_entry(self, text: str) -> bool:
        """Return whether a line has a metric of a training, and an axis or one above it."""
        record = {} if '{"' in text else self._record(text)
        return any(
            (name := recognise(_bare(key))).is_known and name.metric != "lr" for key in record
        )

    def of(self, lines: Iterator[Line]) -> Iterator[tuple[Line, dict[str, object]]]:
        """Yield the records of lines."""
        for line in lines:
            record = self._record(line.text)
            if record:
                yield line, record

    def _record(self, text: str) -> dict[str, object]:
        """Return the record that a line holds, empty where it holds none."""
        if len(text) > 4_096 or "%|" in text:  # a configuration, a progress bar
            return {}
        text = _TACOTRON.sub(r"step \1, train loss: \2, grad norm: \3,", text)
        text = _TACOTRON_VALIDATION.sub(r"validation, step \1, loss: \2", text)
        has_axis = self._take_axes(text) or self._is_headed
        values = {k: v for k, v in pairs(text).items() if k.lower() not in _DROPPED}
        if match := _RATE.search(text):
            values["learning_rate"] = parse(match[1])
        is_val = self._split == "val" or bool(_VALIDATION.search(text))
        known = {key for key in values if recognise(_bare(key)).is_known}
        self._is_headed = not known and has_axis and text.rstrip().endswith((":", ","))
        if not known or not (has_axis or is_val or "learning_rate" in values):
            return {}
        axes = {"epoch": self._epoch, "step": self._step}
        told = {name: value for name, value in axes.items() if value is not None}
        if not told:
            return {}
        split = "val" if is_val else self._split
        return {**told, **{_named(key, split): values[key] for key in values}}

    def _take_axes(self, text: str) -> bool:
        """Take epoch and step of a line; return whether it has one."""
        epoch, step = _EPOCH.search(text), _STEP.search(text)
        if "(val)" in text or "(test)" in text:  # the step is one of the validation
            step = None
        before = self._epoch
        if epoch is not None:
            self._epoch = int(epoch[1])
        if step is not None:
            if before is not None and self._epoch == before + 1:
                self._is_within = int(step[1]) <= self._logged
            self._logged = int(step[1])
            self._step = self._over_the_run(step, epoch)
        return epoch is not None or step is not None

    def _over_the_run(self, step: re.Match[str], epoch: re.Match[str] | None) -> int:
        """Return a step over the run: ``[s/N]`` may count within the epoch ``[e/E]``.

        It does where it begins again with an epoch. In a text that begins late nothing has shown
        that yet; over the run, ``s`` would lie where ``e`` of ``E`` epochs puts it in ``N``.
        """
        at = int(step[1])
        if epoch is None or not step[2]:
            return at
        number, count = int(epoch[1]), int(step[2])
        is_within = self._is_within
        if is_within is None and epoch[2]:
            each = count / max(int(epoch[2]), 1)
            is_within = not 0.9 * (number - 1) * each - 1 <= at <= 1.1 * number * each + 1
        return (number - 1) * count + at if is_within and at <= count else at


def _bare(key: str) -> str:
    """Return a key without the words that stand before the metric."""
    return re.sub(r"^.*\b(?:INFO|Validation|Step|Epoch)\b[\s:,\-]*", "", key) or key


def _named(key: str, split: Split) -> str:
    bare = _bare(key)
    return f"{split}/{bare}" if split and not recognise(bare).split else bare
