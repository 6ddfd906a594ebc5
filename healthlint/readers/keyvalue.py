"""Consoles of any trainer: lines with an epoch or a step and named numbers (``grammar``).

Several lines may make one record: one metric a line, two lines a block, a line of losses under its
``Epoch 3/100``. A line without an axis belongs to the block above it, as long as it says nothing
that the block has said; one of validation belongs to the place before it wherever it stands. Steps
of ``[10/3125]`` or ``batch 10`` may count within the epoch and are made steps of the run. A folder
with ``train/log.txt`` and ``val/log.txt`` is one log, put together by step.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Literal

from healthlint.logs.families import is_higher_better
from healthlint.logs.model import Log, Split
from healthlint.logs.vocabulary import ToldSplit, recognise, split_words, told_split
from healthlint.readers.diagnosis import is_nothing_but_json
from healthlint.readers.folders import entries, split_of_folder
from healthlint.readers.grammar import (
    OF_VALIDATION,
    Place,
    Said,
    is_rate,
    said_by,
    speaks_of_loss,
    without_stamp,
)
from healthlint.readers.pairing import paired
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text, TextReading, head_lines
from healthlint.readers.texttable import RATES_OF_ERRORS, Box, ClassTable, TextTable

FORMAT = "text"
KNOWN_BY = "lines with a step or epoch and `Key: value`, `key=value` or `loss 0.5`; tables in text"
UNSEEN = ("digits that were rounded away (three to five decimals)",)
APART = 8
"""Lines that a block may have between two of its own."""
FEWEST = 3
"""Records that a text without known losses, or without an axis, must have."""

_HEADING = re.compile(
    r"(?i)^[^a-z\d]*(?:eval|evaluat(?:e|ing|ion)|val|valid|validat(?:e|ing|ion)|test(?:ing)?|"
    r"held-out(?=,| set|:))\b"
    r"(?:(?: for|,) \d{1,12} (?:steps|batches|utts|clips|items))?[^\d=]{0,30}"
    r"(?:[(@]? ?(?:at )?(?:iter|step|epoch) \d{1,12}\)?)?(?: \([\d,]{1,12} \w{1,20}\))?\W{0,30}$"
)
_PHASE = re.compile(
    r"(?i)^\W*(?:[^\W\d]{1,12} ?: *|(start)(?:ing|ed)? |cross[- ])?"
    r"(train(?:ing)?|val|valid(?:ation)?|eval(?:uation)?|dev|test)"
    r"(?: model)?(?:(?: from)? epoch:? \d{1,12}(?:, \w{1,12}:? \d{1,12})?)?\W*$"
)
"""A split alone: of the lines of numbers below it, as many as come."""
_STARRED = re.compile(r"(?:^|: ?) ?\*\s+\w+@\d")
_BEST = re.compile(
    r"(?i)\bbest (?:iteration|epoch|step|result|score|model)s?"
    r"(?: is)?(?: at (?:step|epoch) \d{1,12})?: *$"
)
_FRACTION = re.compile(
    r"(?:[^\W\d]|[)\]])\W{1,4}\d{1,12}\.\d{2,20}"
    r"(?! ?(?:m?s|secs?|seconds|min|h|[KMGT]i?B|it/s|x|%)\b)"
)
_SAID_BEFORE = re.compile(r"(?i)\bbest\b|\bETA\b|\bcheckpoint")
"""What was logged when it was reached, bars that are drawn anew."""
_AVERAGED = re.compile(r"(?i)\b(?:averaged?|mean|summary)\b|^\W*total train(?:ing)? loss: [a-z]")
_OF_WHOLE_EPOCH = re.compile(r"\| train \| epoch \d{1,12} \| ")
"""What fairseq's logger of epochs says, beside that of updates, ``| train_inner |``."""
_DIGITS = re.compile(r"\d+")
_MOST_SHAPES = 1_000
_SHOWN = 60
_FEWEST_SIGNS, _LONGEST_HEAD = 10, 200
"""Signs of a line, and lines, that what a program says as it starts is known by."""
Entry = tuple[Line, dict[str, object]]
"""A record and the line that it begins at."""
Manner = Literal["losses", "names", "bare", "tested", ""]
_COUNTED_LINE = re.compile(
    r"^\s*(\d{1,12})(?::|\t)\s*([-+]?(?:\d{1,40}\.\d{2,20}(?:e[-+]?\d{1,3})?|nan|inf))\s*$"
)
_TENSOR = re.compile(r"^\s*tensor\(([-+\w.]{1,40}),.{0,60}\bgrad_fn=<\w{1,60}>\)\s*$")
_FEWEST_COUNTED = 10
_STATISTICS = frozenset({"mean", "std", "min", "max"})
_ROUNDED = "learning rates printed as 0.000 are left out: no digit of them is left"
_UNNAMED = "losses have no name: a count is taken for the step, a number behind it for the loss"
_TESTED = "no training was found: batches of a test are measured, at no step and no epoch"
_COUNTED = "no step and no epoch in it: records are counted"


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are such text, from 0 to 1; never very."""
    if is_nothing_but_json(head):
        return 0.0
    lines = head_lines(head)
    manner = _manner(lines)
    if manner != "losses":
        is_counted = _named_by_count(lines, manner) is not None
        return 0.2 if is_counted else {"names": 0.3, "bare": 0.2, "tested": 0.05}.get(manner, 0.0)
    found = [record for _, record in Entries("").of(_numbered(lines))]
    is_sure = len(found) > 1 and any(map(_is_told, {name for one in found for name in one}))
    return 0.8 if is_sure else 0.4


def _is_told(name: str) -> bool:
    """Return whether a name is known, or says that it is a loss: one that nobody else would use."""
    return (recognise(name).is_known and not is_rate(name)) or "loss" in split_words(name)


def _is_score(name: str) -> bool:
    """Return whether a name is no loss: the scores of clips that are measured are no training."""
    words = split_words(name)
    is_of_data = not _STATISTICS.isdisjoint(words) and "loss" not in words  # `mel_mean`
    return (
        is_of_data
        or not RATES_OF_ERRORS.isdisjoint(words)
        or "score" in words
        or is_higher_better(name)
        or not speaks_of_loss(name)
    )


def _numbered(lines: Iterable[str]) -> Iterator[Line]:
    return (Line(number << 24, text) for number, text in enumerate(lines, 1))


def _manner(lines: Iterable[str]) -> Manner:
    """Return how a text names its numbers.

    ``losses``: with an axis, and words that speak of losses. ``names``: with an axis, and names of
    their own that come again. ``bare``: losses that come again, without any axis. ``tested``:
    batches of a test alone.
    """
    kept = [line for line in lines if '{"' not in line]
    if _is_evaluation(kept):
        return "tested"
    first = [record.keys() for _, record in islice(Entries("").of(_numbered(kept)), 2)]
    if len(first) > 1 or not all(map(_is_score, set().union(*first) - {"epoch", "step"})):
        return "losses"  # the one score of a test is no training
    found: dict[tuple[bool, frozenset[str]], list[object]] = {}
    for said in map(said_by, kept):
        is_loss = said.is_loss and not all(map(_is_score, said.values))
        if said.values and (is_loss or said.has_axis):
            key = said.has_axis, frozenset(said.values)
            found.setdefault(key, []).append((said.epoch, said.step, said.batch))
    often = [  # at places that change: `64 bytes from ...` is no step
        has_axis
        for (has_axis, _), places in found.items()
        if len(places) >= FEWEST and (not has_axis or len(set(places)) > 1)
    ]
    if not often:
        return ""
    return "names" if any(often) else "bare"


def _named_by_count(lines: Sequence[str], manner: Manner) -> Callable[[str], str] | None:
    """Return what names the losses of lines that say none, None where no such lines come again.

    A count and a number behind it, line by line (WaveGlow); tensors as PyTorch prints them (PANNs).
    """
    counts = [int(match[1]) for match in map(_COUNTED_LINE.match, lines) if match]
    rises = sum(after > before for before, after in pairwise(counts))
    # beside losses that have names, numbers that count anew are those of a table
    least = 0.9 * len(counts) if manner in ("", "bare") else len(counts) - 2
    if rises >= _FEWEST_COUNTED and rises > least:
        return partial(_COUNTED_LINE.sub, r"step \1, loss: \2")
    tensors = sum(map(bool, map(_TENSOR.match, lines)))
    has_tensors = manner != "losses" and tensors >= _FEWEST_COUNTED
    return _Tensors() if has_tensors else None


class _Tensors:
    """Names the losses of lines that are a tensor alone, and counts them."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, text: str) -> str:
        """Return a line with its loss named."""
        match = _TENSOR.match(text)
        self._count += match is not None
        return f"step {self._count}, loss: {match[1]}" if match else text


def _is_evaluation(lines: Iterable[str]) -> bool:
    """Return whether all that batches measure is a test: scores by batch, no epoch and no step."""
    told = [said for said in map(said_by, lines) if said.values and said.has_axis]
    return len(told) >= FEWEST and all(
        said.epoch is None and said.step is None and said.split in OF_VALIDATION for said in told
    )


def _often(lines: Iterable[str]) -> Collection[frozenset[str]]:
    """Return the names that lines have together again and again, losses or not."""
    said = [one for one in map(said_by, lines) if one.values and not one.is_loss]
    counts = Counter(frozenset(one.values) for one in said if not all(map(is_rate, one.values)))
    return {names for names, count in counts.items() if count >= FEWEST}


def _told_before(lines: Sequence[str]) -> Collection[frozenset[str]]:
    """Return the names of lines that stand before the line of their place, once before each.

    ``Validate mAP: 0.006`` over ``iteration: 0, train time: 0.4 s``, behind what a program says as
    it starts. What is measured before a place beyond 0 may be of the model before its training:
    there a rate counts, and what stands beside a measure of training.
    """
    named: dict[frozenset[str], list[int]] = {}
    placed: dict[object, list[int]] = {}
    first: tuple[int, Said] | None = None
    for at, said in enumerate(map(said_by, lines)):
        if said.has_axis and not _is_of_no_place(said):
            sort = said.epoch is None, said.step is None, frozenset(said.values)
            placed.setdefault(sort, []).append(at)
            first = first or (at, said)
        elif said.values:
            named.setdefault(frozenset(_of_split(said.split, said.values)), []).append(at)
    if first is None:
        return ()
    begun, place = first
    before = {
        names
        for names, own in named.items()
        if 0 < own[0] < begun < own[-1] and any(_alternate(own, at) for at in placed.values())
    }
    if any(own[0] < begun < own[-1] for names, own in named.items() if names not in before):
        return ()  # the text itself may begin late
    is_at_zero = place.step is not None and place.step[0] == 0
    if is_at_zero or any(recognise(name).split == "train" for names in before for name in names):
        return before
    return {names for names in before if all(map(is_rate, names))}


def _alternate(these: Sequence[int], those: Sequence[int]) -> bool:
    """Return whether lines come in turn, again and again: one of these before each of those."""
    pairs, gaps = zip(these, those, strict=False), zip(those, these[1:], strict=False)
    is_often = len(these) >= FEWEST and abs(len(these) - len(those)) <= 1
    return is_often and all(at < of for at, of in chain(pairs, gaps))


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


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    lines = head_lines(source.head)
    manner = _manner(lines)
    named = _named_by_count(lines, manner)
    if named is not None:
        text.notes.append(_UNNAMED)
        manner = "losses"
    if manner == "bare":
        text.notes.append(_COUNTED)
    elif manner == "tested":
        text.empty = _TESTED
    often = _often(lines) if manner == "losses" else ()
    console = _Console(text, Entries("", manner, often, _told_before(lines)), named)
    return TextReading(
        text, source, FORMAT, console.take, console.close, is_training=manner not in ("", "tested")
    )


read = whole(begin)


class _Console:
    """Puts the records of a text into its log."""

    def __init__(self, text: Text, entries: Entries, named: Callable[[str], str] | None) -> None:
        self._text = text
        self._entries = entries
        self._named = named

    def take(self, line: Line) -> None:
        """Add the records that end with a line."""
        if self._named is not None:
            line = Line(line.place, self._named(line.text))
        for at, record in self._entries.take(line):
            self._text.add(at, record)
        while self._entries.restarts:
            self._text.event(self._entries.restarts.pop(), "restarted")

    def close(self) -> None:
        """Add the record that further lines might have added to."""
        for at, record in self._entries.close():
            self._text.add(at, record)
        if self._entries.has_rounded_rate:
            self._text.notes.append(_ROUNDED)
        if note := self._entries.unread.said():
            self._text.notes.append(note)


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
            found[split] += [record for _, record in Entries(split).of(text.more(source))]
    for at, record in enumerate(paired(found["train"], found["val"]), 1):
        text.add(Line(at << 24, ""), record)
    return text.log(FORMAT, facts)


@dataclass(slots=True)
class _Block:
    """A record that further lines may add to.

    Attributes:
        line: Its first line.
        axes: Its epoch and step.
        split: The split of its lines.
        values: Its metrics by name.
        is_loss: Whether one of its lines speaks of a loss: of any other block nothing is read.
        has_step: Whether its first line tells a step or a batch.
    """

    line: Line
    axes: dict[str, object]
    split: ToldSplit
    values: dict[str, object]
    is_loss: bool
    has_step: bool

    @property
    def _told(self) -> set[str]:
        """Return the names of its metrics, without their split where its lines told that."""
        before = f"{self.split}/"
        return {name.removeprefix(before) for name in self.values} if self.split else {*self.values}

    def takes(
        self, axes: Mapping[str, object], split: ToldSplit, values: Mapping[str, object]
    ) -> bool:
        """Return whether a further line is of it: of its place, and repeating nothing."""
        return self.axes == axes and self.split == split and not self.values.keys() & values.keys()

    def is_at(self, other: _Block) -> bool:
        """Return whether it is of the place and split of another."""
        return (self.axes, self.split) == (other.axes, other.split)

    def summed_up_by(
        self, said: Said, split: ToldSplit, text: str, axes: Mapping[str, object]
    ) -> Collection[str]:
        """Return the names of which a line tells means over the epoch that it told by steps."""
        if said.step or said.batch or self.axes != axes or not self.has_step:
            return ()
        is_told = split == self.split
        if said.epoch is None:  # what was announced as training has no word of it in its lines
            is_trained = {split, self.split} <= {"", "train"}
            is_sum = is_told and split in OF_VALIDATION and said.values.keys() == self._told
            is_told = is_sum or ((not split or is_trained) and bool(_AVERAGED.search(text)))
        return {name for name in said.values if name in self._told} if is_told else ()

    def is_before(self, split: ToldSplit, values: Mapping[str, object]) -> bool:
        """Return whether it is what stands over a split: ``Epoch 1 (lr = 0.01)``."""
        return not self.split and bool(split) and not self.values.keys() & values.keys()


class _Phase:
    """What a line alone announced: ``Training...``, ``Start Validation from epoch: 1, iter: 0``.

    Attributes:
        split: The split of the lines of numbers below it, empty for none.
        trained: The last step or batch of a training.
    """

    def __init__(self) -> None:
        self.split: ToldSplit = ""
        self.trained = 0.0
        self._before: set[ToldSplit] = set()
        self._at: Place | None = None
        self._is_anew: bool | None = None

    def begin(self, head: re.Match[str], at: Place | None) -> None:
        """Begin what a line announces, in the epoch that the lines have come to."""
        self.split, self._at = told_split(head[2]), at
        self._before.add(self.split)
        self._is_anew = True if head[1] else None

    def counts(self, said: Said, at: Place | None) -> bool:
        """Return whether a line with an axis is of a validation that was announced.

        It is where such lines announce trainings too and its steps begin anew, until another epoch
        comes.
        """
        begun = self._at = self._at or at
        is_told = self.split in OF_VALIDATION and (self._is_anew or "train" in self._before)
        if not is_told or at is None or begun is None or at[0] != begun[0]:
            return False
        step = said.step or said.batch
        if step is not None and self._is_anew is None:
            is_sole = step[0] == self.trained <= 1  # of an epoch of one batch
            self._is_anew = step[0] < self.trained or is_sole
        return self._is_anew is not False


class _Passes:
    """Tells a second, shorter pass of bars in an epoch: a validation without a word of it."""

    def __init__(self) -> None:
        self._at: tuple[float | None, int] = (None, 0)
        self._is_over = self._is_second = False

    def is_second(self, batch: Place | None, epoch: Place | None) -> bool:
        """Return whether a line of numbers is of such a pass, until another epoch comes."""
        at, of = batch or (0, None)
        if of is None:
            return False
        before, length = self._at
        if epoch is None or epoch[0] != before:
            self._is_second = False
        elif of != length:
            self._is_second = self._is_over and of < length and at <= 1
        self._at = (epoch[0] if epoch else None, of)
        self._is_over = at == of
        return self._is_second


class _Start:
    """Tells where a console says again what it said before its first record: it was restarted."""

    def __init__(self) -> None:
        self._head: set[str] = set()
        self._again: set[str] = set()
        self._is_over = False

    def take(self, text: str) -> bool:
        """Return whether a line without numbers makes it sure: half of the head has come again."""
        words = _DIGITS.sub("", without_stamp(text)).strip()
        if len(words) < _FEWEST_SIGNS:
            return False
        if not self._is_over:
            if len(self._head) < _LONGEST_HEAD:
                self._head.add(words)
            return False
        if words not in self._head or words in self._again:
            return False
        self._again.add(words)
        return len(self._again) == max(2, len(self._head) // 2)

    def end(self) -> None:
        """Note that a record ends, and forget what came again before it."""
        self._is_over = True
        self._again.clear()


class Unread:
    """Counts lines that name numbers of which nothing was read, by what they say beside digits."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, Line] = {}

    def note(self, line: Line) -> None:
        """Note a line of which nothing was read, if it names a fraction that is no time or size."""
        is_told = _FRACTION.search(line.text) and not _SAID_BEFORE.search(line.text)
        if is_told and len(self._counts) < _MOST_SHAPES:
            shape = _DIGITS.sub("0", line.text)
            self._counts[shape] += 1
            self._first.setdefault(shape, line)

    def said(self) -> str:
        """Return how many lines came again and again and were not read, empty for none."""
        often = {shape: count for shape, count in self._counts.items() if count >= FEWEST}
        if not often:
            return ""
        first = min((self._first[shape] for shape in often), key=lambda line: line.place)
        text = " ".join(first.text.split())
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
        count = sum(often.values())
        return (
            f"{count} lines with numbers were not read, the first is line {first.number}: {shown!r}"
        )


class Entries:
    """Turns lines into records and keeps the epoch and step that they speak of.

    Args:
        split: Split of a whole file, empty where the lines tell it.
        manner: How the text names its numbers.
        often: Names that lines have together again and again, losses or not.
        before: Names of lines that stand before the line of their place.
    """

    def __init__(
        self,
        split: Split,
        manner: Manner = "losses",
        often: Collection[frozenset[str]] = (),
        before: Collection[frozenset[str]] = (),
    ) -> None:
        self._split = split
        self._often = often
        self._before = before
        self._waiting: list[tuple[Line, ToldSplit, dict[str, object]]] = []
        self._manner = manner
        self._place = _Position()
        self._table = TextTable()
        self._box = Box()
        self._classes = ClassTable()
        self._last = Line(0, "")
        self._ended: list[Entry] = []
        self._block: _Block | None = None
        self._early: tuple[Line, Mapping[str, object]] | None = None
        self._since = APART + 1
        self._count = 0
        self._is_headed = self._is_best = False
        self._best_at: int | None = None
        self._phase = _Phase()
        self._passes = _Passes()
        self._counts_own = False
        self._has_rates = False
        self._count_of_steps: int | None = None
        self._first_set = ""
        self.has_rounded_rate = False
        self.unread = Unread()
        self.restarts: list[Line] = []
        self._start = _Start()

    def of(self, lines: Iterable[Line]) -> Iterator[Entry]:
        """Yield the records of lines."""
        for line in lines:
            yield from self.take(line)
        yield from self.close()

    def take(self, line: Line) -> Sequence[Entry]:
        """Return the records that end with a line."""
        self._read(line)
        return self._taken()

    def _taken(self) -> Sequence[Entry]:
        if not self._ended:
            return ()
        ended, self._ended = self._ended, []
        return ended

    def _read(self, line: Line) -> None:
        self._since += 1
        if self._best_at is not None:  # it was logged when it was reached
            is_listed = self._is_best or _indent(line.text) > self._best_at
            self._is_best, self._best_at = False, self._best_at if is_listed else None
            if is_listed:
                return
        if "est " in line.text and _BEST.search(line.text):
            self._is_best, self._best_at = True, _indent(line.text)
        if "|" in line.text or self._box.is_open:
            kept = self._last if self._box.is_open else line  # what ends is of the line before
            for text in self._box.take(line.text):
                self._take(kept, said_by(text))
                kept = line
            self._last = line
            if self._box.is_within:
                self._since -= 1  # however many lines a box has
                return
        if "  " in line.text and (text := self._classes.take(line.text)):
            self._take(line, said_by(text))
            return
        row = self._table.record(line.text)
        if row:
            self._place.stand_at(row)
            self._end()
            row = {**row, **_of_split(self._split, row)} if self._split else row
            self._ended.append((line, row))
        elif row is None:
            self._take(line, said_by(line.text))

    def close(self) -> Sequence[Entry]:
        """Return the records that further lines might have added to."""
        for text in self._box.close():
            self._take(self._last, said_by(text))
        self._put_waiting()
        self._end()
        return self._taken()

    def _end(self) -> None:
        block, self._block = self._block, None
        if block is not None and block.is_loss:
            self._ended.append((block.line, {**block.axes, **block.values}))
            self._start.end()

    def come_to(self, epoch: float, step: float) -> None:
        """Go to a place that is told in another way than by a line."""
        self._place.come_to(epoch, step)
        self._since = 0

    def _take(self, line: Line, said: Said) -> None:
        """Take what a line says."""
        self.has_rounded_rate |= said.is_rounded_away
        split = self._split_told(line, said)
        if said.has_axis and not _is_of_no_place(said) and not self._counts_own:
            self._place.take(said, is_val=split in OF_VALIDATION)
            self._since = 0
            self._put_waiting()
        if not said.values:
            if not said.has_axis:
                self.unread.note(line)
                if self._start.take(line.text):
                    self.restarts.append(line)
        elif not self._waits(line, said) and not self._is_told_elsewhere(said):
            self._take_values(line, said, split)

    def _take_values(self, line: Line, said: Said, split: ToldSplit) -> None:
        """Take the metrics that a line tells at the place that was come to."""
        block, axes = self._block, self._place.axes()
        is_often = bool(self._often) and frozenset(said.values) in self._often
        if _OF_WHOLE_EPOCH.search(line.text):
            said.values = {n if is_rate(n) else f"epoch_{n}": x for n, x in said.values.items()}
        elif block is not None and (again := block.summed_up_by(said, split, line.text, axes)):
            split = block.split
            said.values = dict(_of_epoch(said.values, again))
        values = _of_split(split, said.values)
        self._first_set = self._first_set or said.part
        if said.part != self._first_set and said.part:  # losses of one are not those of another
            values = {f"{name} {said.part}": value for name, value in values.items()}
        if self._manner == "bare":
            self._count += 1
            axes = {"step": self._count}
        is_measured = said.has_axis and (is_often or split in OF_VALIDATION)
        is_loss = said.is_loss or self._manner != "losses" or is_measured
        is_added = block is not None and block.takes(axes, split, values)
        is_new = is_added or block is None or block.axes != axes or block.is_before(split, values)
        if not axes and is_loss and (split in OF_VALIDATION or _is_of_val(values)):
            self._early = line, values
        elif not axes or not (
            self._counts(said, split, values, is_loss=is_loss, is_new=is_new)
            or (is_often and is_new and self._since <= APART)
        ):
            self.unread.note(line)
        else:
            self._since = 0
            step = said.step or said.batch
            if step is not None and split not in OF_VALIDATION:
                self._phase.trained = step[0]
            entry = _Block(line, axes, split, values, is_loss, step is not None)
            self._put(entry, is_added=is_added, is_running=said.is_running)

    def _waits(self, line: Line, said: Said) -> bool:
        """Return whether the place of a line is told below it; keep it until then."""
        if not self._before or said.has_axis:
            return False
        values = _of_split(said.split, said.values)
        is_before = frozenset(values) in self._before
        if is_before:
            self._waiting.append((line, said.split, values))
        return is_before

    def _put_waiting(self) -> None:
        """Put what was told before its place, which is come to."""
        for line, split, values in self._waiting:
            axes, block = self._place.axes(), self._block
            is_added = block is not None and block.takes(axes, split, values)
            entry = _Block(line, axes, split, values, is_loss=True, has_step="step" in axes)
            self._put(entry, is_added=is_added, is_running=False)
        self._waiting.clear()

    def _is_told_elsewhere(self, said: Said) -> bool:
        """Return whether a schedule says what each line of numbers says under another name.

        ``ReduceLROnPlateau reducing learning rate to 5e-4`` beside ``learning_rate: 0.001``.
        """
        if said.is_loss and not self._has_rates:
            self._has_rates = any(recognise(name).metric == "lr" for name in said.values)
        return self._has_rates and said.values.keys() == {"learning rate"}

    def _split_told(self, line: Line, said: Said) -> ToldSplit:
        """Return the split of a line: as it says, or as the words and lines before it."""
        self._counts_own = False
        split = said.split or self._split or self._headed(line, said)
        block = self._block
        is_drawn = "[=" in line.text or "[>" in line.text
        if (
            is_drawn
            and said.values
            and self._passes.is_second(said.batch, said.epoch or self._place.epoch())
        ):
            split = split or "val"
        if said.split and not said.has_axis and self._is_here() and all(map(is_rate, said.values)):
            return block.split if block and said.values else split  # `training params: lr 0.002`
        if split or said.has_axis or block is None or not self._is_here():
            return split
        # ` * Acc@1 71.2` below the lines of a test, and a rate, which is of no split
        return block.split if self._since == 1 or all(map(is_rate, said.values)) else split

    def _put(self, entry: _Block, *, is_added: bool, is_running: bool) -> None:
        """Add what a line tells to its block, or begin one."""
        if self._early is not None:  # a model was judged before its training began
            (line, values), self._early = self._early, None
            self._ended.append((line, {**dict.fromkeys(entry.axes, 0.0), **values}))
        block = self._block
        if block is not None and (is_added or (is_running and block.is_at(entry))):
            block.values |= entry.values
            block.is_loss |= entry.is_loss
        else:
            if block is not None and not block.is_loss and all(map(is_rate, block.values)):
                entry.values = {**block.values, **entry.values}  # `Epoch 1 (lr = 0.01)`
            self._end()
            self._block = entry

    def _headed(self, line: Line, said: Said) -> ToldSplit:
        """Return ``val`` for the line of numbers below the words that a validation begins.

        And for that with a star before it, the sum of a validation that printed nothing else.

        One of training may follow them too: its steps are of the count that they had before.
        """
        if not said.has_axis and "*" in line.text and said.values and _STARRED.search(line.text):
            said.is_running = True  # it says for good what the lines above said so far
            above = self._block.split if self._block is not None else ""
            return above if above in OF_VALIDATION else "val"
        if not said.values:
            text = without_stamp(line.text)
            is_head = _HEADING.match(text) is not None
            self._is_headed = is_head or (self._is_headed and not said.has_axis)
            if begun := _PHASE.match(text):
                self._phase.begin(begun, said.epoch or self._place.epoch())
                self._counts_own = said.epoch is None  # `Start training from epoch: 2, iter: 0`
            elif said.has_axis and not self._place.is_at(said):
                self._phase.split = ""
            return ""
        if self._phase.split and not said.has_axis:
            return self._phase.split
        if self._phase.split and self._is_of_another_epoch(said):
            self._phase.split = ""
        if self._phase.split and self._phase.counts(said, said.epoch or self._place.epoch()):
            self._counts_own = True
            return self._phase.split
        is_headed, self._is_headed = self._is_headed, False
        count = (said.step or said.batch or (0, None))[1]
        before, self._count_of_steps = self._count_of_steps, count or self._count_of_steps
        is_known = before is not None and count not in (None, before)
        if not is_headed or said.epoch is not None or (said.has_axis and not is_known):
            return ""
        self._count_of_steps = before
        said.step = said.batch = None
        return "val"

    def _is_of_another_epoch(self, said: Said) -> bool:
        here = self._place.epoch()
        return said.epoch is not None and here is not None and said.epoch[0] != here[0]

    def _is_here(self) -> bool:
        """Return whether the block is of the place that the lines have come to."""
        return self._block is not None and self._block.axes == self._place.axes()

    def _counts(
        self,
        said: Said,
        split: ToldSplit,
        values: Mapping[str, object],
        *,
        is_loss: bool,
        is_new: bool,
    ) -> bool:
        """Return whether the numbers of a line may be metrics at the place that was come to.

        Args:
            said: What the line says.
            split: Its split.
            values: Its metrics.
            is_loss: Whether they speak of losses.
            is_new: Whether its block has said none of them.
        """
        if said.has_axis or self._manner == "bare":
            is_beside = is_new and self._block is not None and self._block.is_loss
            return is_loss or len(values) == 1 or (is_beside and self._is_here())
        if not is_loss:
            if all(map(is_rate, values)):
                return self._since <= APART and is_new
            return self._since <= 1 and is_new and len(values) == 1
        return (self._since <= APART and is_new) or split in OF_VALIDATION or _is_of_val(values)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _is_of_no_place(said: Said) -> bool:
    """Return whether a line tells but a batch, of nothing: ``Flushed batch 3 to shard 2``."""
    has_place = said.values or said.epoch is not None or said.step is not None
    return not has_place and said.batch is not None and said.batch[1] is None


def _is_of_val(values: Iterable[str]) -> bool:
    return any(recognise(name).split in OF_VALIDATION for name in values)


def _of_split(split: ToldSplit, values: Mapping[str, object]) -> dict[str, object]:
    """Return metrics with the split of their line, where their names tell none."""
    return {_named(split, name): value for name, value in values.items()} if split else dict(values)


def _of_epoch(values: Mapping[str, float], again: Collection[str]) -> Iterator[tuple[str, float]]:
    """Yield metrics of which some are means over an epoch; a rate that comes again is none."""
    for name, value in values.items():
        if name not in again or recognise(name).split == "val":
            yield name, value
        elif not is_rate(name):
            yield f"epoch_{name}", value


@lru_cache(maxsize=4_096)
def _named(split: ToldSplit, name: str) -> str:
    is_told = name in ("epoch", "step") or recognise(name).split or is_rate(name)
    return name if is_told else f"{split}/{name}"


class _Position:
    """The epoch and step that the lines have come to; steps count over the run."""

    def __init__(self) -> None:
        self._epoch: float | None = None
        self._step: float | None = None
        self._logged = 0.0
        self._is_within: bool | None = None
        self._first: float | None = None
        self._before: dict[float, float] = {}
        self._told: Place | None = None
        self._stepped: float | None = None
        self._count: int | None = None
        self._batch = 0.0
        self._gap = 1.0
        self._tells_at_end = False

    def axes(self) -> dict[str, object]:
        """Return epoch and step as far as they are known."""
        axes = {"epoch": self._epoch, "step": self._step}
        return {name: value for name, value in axes.items() if value is not None}

    def epoch(self) -> Place | None:
        """Return the epoch that the lines have come to, None where none is told."""
        return None if self._epoch is None else (self._epoch, None)

    def is_at(self, said: Said) -> bool:
        """Return whether a line tells the place that the lines have come to anyway."""
        told = ((said.epoch, self._epoch), (said.step, self._step))
        return said.batch is None and all(at is None or at[0] == here for at, here in told)

    def come_to(self, epoch: float, step: float) -> None:
        """Go to a place that is known."""
        self._epoch, self._step = epoch, step
        self._first = epoch if self._first is None else self._first

    def stand_at(self, row: Mapping[str, object]) -> None:
        """Go to the place that the row of a table tells."""
        epoch, step = row.get("epoch"), row.get("step")
        self._epoch = epoch if isinstance(epoch, float) else self._epoch
        self._step = step if isinstance(step, float) else self._step

    def take(self, said: Said, *, is_val: bool) -> None:
        """Go to the place that a line tells; batches of a validation are no steps."""
        before = self._epoch
        if said.epoch is not None:
            is_sum = bool(said.values) and said.step is None and said.batch is None
            self._tells_at_end |= self._first is None and self._step is not None and is_sum
            self._told = said.epoch
            self._epoch = said.epoch[0]
            self._first = self._epoch if self._first is None else self._first
        elif self._tells_at_end and said.values and self._told is not None:
            place, last = (said.step, self._logged) if said.step else (said.batch, self._batch)
            if place is not None and place[0] <= last:  # the epoch that was told has ended
                self._epoch = self._told[0] + 1
        is_no_training = is_val or not said.values
        is_of_val = is_val and (self._step is not None or self._epoch is not None)
        if said.is_bar and said.step and (is_of_val or self._is_of_epoch(said, said.step[1])):
            return
        if said.step is not None and not (is_no_training and self._is_behind(said.step[0], before)):
            # bars are drawn again, and validations stand at old steps
            is_head = said.epoch is not None and said.step[1] is not None and not said.is_bar
            if (said.values or is_head) and not is_val:
                if self._stepped is not None and self._epoch == self._stepped + 1:
                    self._is_within = said.step[0] <= self._logged
                self._logged, self._stepped = said.step[0], self._epoch
                self._count = said.step[1]
            self._step = self._over_the_run(said.step, self._told)
        elif said.batch is not None and not is_val:
            at, of = said.batch
            if before is not None and self._epoch == before + 1 and self._step is not None:
                # where batches count from 0, one more step of that length lies between
                self._before[before + 1] = self._step + (0 if at else self._gap)
            self._gap = at - self._batch if at > self._batch else self._gap
            self._batch = at
            self._step = self._of_batch(at, of)

    def _is_of_epoch(self, said: Said, of: int | None) -> bool:
        """Return whether a bar shows an epoch, beside steps that count over the run."""
        return not said.values and self._count not in (None, of)

    def _is_behind(self, step: float, before: float | None) -> bool:
        """Return whether a step counts something else than the batches that came before it."""
        has_batches = self._batch > 0 and self._epoch == before
        return has_batches and self._step is not None and step < self._step

    def _of_batch(self, at: float, of: int | None) -> float:
        """Return the step of a batch that counts within its epoch."""
        if self._epoch is None:
            return at
        if of is None:
            return self._before.get(self._epoch, 0) + at
        return self._done(self._epoch) * of + at

    def _over_the_run(self, step: Place, epoch: Place | None) -> float:
        """Return a step over the run: ``[s/N]`` may count within the epoch ``[e/E]``.

        It does where it begins again with an epoch. In a text that begins late nothing has shown
        that yet; over the run, ``s`` would lie where ``e`` of ``E`` epochs puts it in ``N``. One
        step that does not tells it for those that follow too.
        """
        at, count = step
        if epoch is None or not count:
            return at
        number, of = epoch
        done = self._done(number)
        if self._is_within is None and of:
            each = count / of
            if not 0.9 * done * each - 1 <= at <= 1.1 * (done + 1) * each + 1:
                self._is_within = True
        return done * count + at if self._is_within and at <= count else at

    def _done(self, epoch: float) -> float:
        """Return how many epochs lie before one; they count from 0 where the first one is 0."""
        return epoch - (1 if self._first else 0)
