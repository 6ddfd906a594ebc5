"""Text logs: lines, fragments of progress bars in them, and the log that their values make."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from healthlint.logs.assembly import assemble
from healthlint.logs.model import Floats, Log, Problem
from healthlint.readers.boosted import boosted_of
from healthlint.readers.columns import SHIFT, Columns
from healthlint.readers.diagnosis import is_mostly_binary
from healthlint.readers.languages import Plain, plain_of
from healthlint.readers.lastwords import Listener, may_speak
from healthlint.readers.problems import Problems
from healthlint.readers.ranks import Ranks, ranks_of
from healthlint.readers.rows import Mask, Record, Rows
from healthlint.readers.source import Batch, Source, batches

TOGETHER = 2048
"""Records that are put into columns at once."""
_TOO_LONG = "a line of more than 16 MiB, left out"
_BEFORE = "what comes before the damage was read"
_FRAGMENT = 4  # bits that tell the records of one fragment apart
_MOST_FRAGMENTS = 1 << (SHIFT - _FRAGMENT)
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\^_])")
_BACK = re.compile(r"\x08+")
_COUNT_WITHIN = re.compile(r"(?<!\x08)\x08{5,400} ?(\d{1,9}/\d{1,9}) ?(?=[\r\n]|$)")
"""A count written back into the bar before it, as the CIFAR trainers of PyTorch do."""
_WIDE = str.maketrans(
    {0xFEE0 + sign: chr(sign) for sign in range(33, 127)}  # full-width forms, ideographic brackets
    | dict(zip("│┃║№·•・【】\u3000┌└├╭╰─", "|||#,,,[]       ", strict=True))
    | dict.fromkeys("→➜➔⇒", "->")
)
_FORTRAN = re.compile(r"(?<=\.\d)(\d*)[D]([+-]\d{2,3})\b")
"""A number of double precision as Fortran writes it: ``0.21063D+00``."""
_JULIA = re.compile(r"(?<=\.\d)(\d*)f(-?\d{1,2})\b")
"""A number of single precision as Julia writes it in a block: ``0.51f0``."""
_CONTAINER = re.compile(r"[\w.\-]{1,60}[-_]\d{1,3} +\| ")
"""What Docker Compose puts before a line: ``trainer-1  | ``."""
_CONTAINERS = re.compile(b"(?m)^" + _CONTAINER.pattern.encode())
_OF_JULIA = re.compile(rb"\df-?\d")
_ODD = (b"\x1b", b"\b", b"\r", b"D+", b"D-")
"""What escapes, bars and numbers of Fortran have in them."""
_HAS_WIDE = re.compile(f"[{re.escape(''.join(map(chr, _WIDE)))}]")
"""Most lines of other alphabets have none: to look is ten times as fast as to translate."""


class Line(NamedTuple):
    """A line of text, or a fragment of one between carriage returns.

    Attributes:
        place: ``line << SHIFT | fragment << 4``.
        text: Without its end, without escapes; full-width punctuation and drawn bars as ASCII.
    """

    place: int
    text: str

    @property
    def number(self) -> int:
        """Return the 1-based number of the line."""
        return self.place >> SHIFT


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive whole lines, not decoded yet.

    Attributes:
        batch: Their bytes.
        number: 1-based number of the first one.
    """

    batch: Batch
    number: int

    def lines(self) -> Iterator[Line]:
        """Yield the lines; those that are blank are left out."""
        raw = self.batch.lines()
        if not _is_plain(self.batch.text):
            for number, line in enumerate(raw, self.number):
                yield from _fragments(line, number)
            return
        for number, line in enumerate(raw, self.number):
            if line and not line.isspace():
                yield Line(number << SHIFT, line.decode())


def blocks(source: Source, problems: Problems, first: int = 1) -> Iterator[Block]:
    """Yield the lines of a source, many at a time.

    Args:
        source: Where the bytes come from.
        problems: Where to say what could not be read.
        first: Number of the first line.
    """
    number = first
    for batch in batches(source):
        if batch.is_too_long:
            problems.add(_TOO_LONG, number)
        else:
            yield Block(batch, number)
        number += batch.count
    if source.damage:
        problems.add(source.damage, number - 1 or None, hint=_BEFORE)


def lines(source: Source, problems: Problems) -> Iterator[Line]:
    """Yield the lines of a source; those that are blank are left out.

    Args:
        source: Where the bytes come from.
        problems: Where to say what could not be read.
    """
    for block in blocks(source, problems):
        yield from block.lines()


def _is_plain(block: bytes) -> bool:
    """Return whether lines need no more than to be decoded, as most do."""
    is_odd = not block.isascii() or any(sign in block for sign in _ODD)
    is_odd = is_odd or (b"f" in block and _OF_JULIA.search(block) is not None)
    return not is_odd and _CONTAINERS.search(block) is None


def _fragments(raw: bytes, number: int) -> Iterator[Line]:
    text = raw.decode(errors="replace")
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if "\b" in text:  # Keras goes back over its bar
        text = _BACK.sub("\r", _COUNT_WITHIN.sub(r" | batch \1", text))
    text = _with_plain_numbers(text)
    if text.find("| ", 0, 64) > 0 and (label := _CONTAINER.match(text)):
        text = text[label.end() :]
    if "\r" not in text:
        if text and not text.isspace():
            yield Line(number << SHIFT, text)
        return
    for at, fragment in enumerate(text.split("\r")[:_MOST_FRAGMENTS]):
        if fragment and not fragment.isspace():
            yield Line((number << SHIFT) + (at << _FRAGMENT), fragment)


def _with_plain_numbers(text: str) -> str:
    """Return a text with ASCII for wide forms, and numbers as Python writes them."""
    if not text.isascii() and _HAS_WIDE.search(text):
        text = text.translate(_WIDE)
    if "f0" in text or "f-" in text:
        text = _JULIA.sub(r"\1e\2", text)
    return _FORTRAN.sub(r"\1e\2", text) if "D+" in text or "D-" in text else text


def head_lines(head: bytes, most: int = 5_000) -> Sequence[str]:
    """Return the first lines of a source as text, for recognising its format; none of binary ones.

    Args:
        head: The first bytes.
        most: How many lines at most; of those with carriage returns each fragment counts.
    """
    return _decoded(head)[:most]


@lru_cache(maxsize=2)
def _decoded(head: bytes) -> Sequence[str]:
    """Return all lines of the first bytes, kept for the next format that asks."""
    if is_mostly_binary(head.lstrip(b"\x00")):
        return ()
    raw = enumerate(head.split(b"\n"), 1)
    found = [line.text for number, text in raw for line in _fragments(text, number)]
    plain = plain_of(head) or boosted_of(head)
    return found if plain is None else [plain(text) for text in found]


def share(head: bytes, pattern: re.Pattern[str]) -> int:
    """Return how many of the first lines a pattern is found in."""
    return sum(pattern.search(line) is not None for line in head_lines(head))


@dataclass(slots=True)
class Text:
    """Collects what the lines of a text log tell.

    Attributes:
        source: Where the first lines come from.
        problems: What could not be read.
        path: Where they come from.
        empty: What to say of a log without a value.
        has_lines: False for a log of several files, whose lines have no one number.
        facts: What the text tells of the run.
        notes: How it was read.
    """

    source: InitVar[Source]
    empty: str = "no record in it"
    has_lines: bool = True
    problems: Problems = field(default_factory=Problems)
    facts: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    path: str = field(init=False)
    _listener: Listener = field(default_factory=Listener)
    _ranks: Ranks | None = None
    _plain: Plain | None = None
    _columns: Columns = field(init=False)
    _rows: Rows = field(init=False)
    _records: list[Record] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)
    _last: int = 0

    def __post_init__(self, source: Source) -> None:
        self.path = source.path
        self._columns = Columns(self.problems)
        self._rows = Rows(self._columns, self.problems)

    def more(self, source: Source) -> Iterator[Line]:
        """Yield the lines of a further file, which come after all before; note what they say."""
        self.begin(source.head)
        for block in blocks(source, self.problems, self._last + 1):
            yield from self.heard(block)

    def begin(self, head: bytes) -> None:
        """Begin with a file, by its first bytes."""
        self._listener = Listener()
        self._plain = plain_of(head) or boosted_of(head)
        self._ranks = ranks_of(head_lines(head))
        if self._ranks is not None:
            self.notes.append(self._ranks.note)

    def heard(self, block: Block) -> Iterator[Line]:
        """Yield the lines of a block, and note what they announce."""
        ranks, speaks = self._ranks, may_speak(block.batch.text)
        if ranks is None and self._plain is None and not speaks and not self._listener.is_open:
            for line in block.lines():
                self._last = line.place >> SHIFT
                yield line
            return
        for line in block.lines():
            self._last = max(self._last, line.number)
            own = ""
            if self._plain is not None:
                line, own = Line(line.place, self._plain(line.text)), line.text
            said = line if ranks is None else Line(line.place, ranks.without_label(line.text))
            is_heard = speaks or self._listener.is_open
            if is_heard and self._hear(said, own):
                continue
            if ranks is None or ranks.is_read(line.text):
                yield said

    def _hear(self, line: Line, own: str) -> bool:
        """Note what a line announces, in its own words; return whether it is of a traceback."""
        is_exception = False
        for kind, said in self._listener.hear(line.text, own):
            self.event(line, kind, text=said)
            is_exception |= kind.endswith("exception")
            if kind == "estimated_durations":
                self.facts.setdefault("durations", "estimated")
        return is_exception or self._listener.is_in_program(line.text)

    def add_table(self, names: Sequence[str], first: int, values: Floats, present: Mask) -> bool:
        """Add rows of numbers, one a line; return whether that is possible with these names.

        Args:
            names: Name of each column, empty for those that are left out.
            first: Number of the first line.
            values: The numbers, shape ``(lines, columns)``.
            present: Which of them were logged.
        """
        self._flush()
        places = np.arange(first, first + len(values)) << SHIFT
        return self._rows.add_table(names, places, values, present)

    def add(self, line: Line, record: Mapping[str, object], at: int = 0) -> None:
        """Add a record that a line holds; ``at``, below 16, tells several of one line apart."""
        if not record:
            return
        self._records.append(dict(record))
        self._places.append(line.place + at)
        if len(self._records) >= TOGETHER:
            self._flush()

    def lose(self, names: Iterable[str], line: Line) -> None:
        """Count values of metrics as lost: the line ends before them."""
        self._rows.unreadable.lose(filter(None, names), line.place)

    def event(self, line: Line, kind: str, **fields: object) -> None:
        """Add an event that a line announces."""
        self._columns.mark(line.place, "event", {"_type": "event", "event": kind, **fields})

    def run(self, line: Line, **fields: object) -> None:
        """Begin a run that is told apart by its fields (``run``: its id)."""
        self._columns.mark(line.place, "run", {"_type": "run", **fields})

    def _flush(self) -> None:
        if not self._records:
            return
        self._rows.add(self._records, np.array(self._places, np.int64))
        self._records, self._places = [], []

    def log(
        self, format_name: str, facts: Mapping[str, object] | None, *, is_training: bool = False
    ) -> Log:
        """Return the log; facts of the user outrank those of the text.

        Args:
            format_name: Name of the format.
            facts: What the user says of the run.
            is_training: Whether it is one of a training, whatever its names.
        """
        self._flush()
        known = {**self.facts, **(facts or {})}
        records = self._rows.finish()
        if not records.columns and not records.keys:
            reason = Problem(message=self.empty, kind="nothing")
            listed = (reason, *self.problems.listed())
            return Log(path=self.path, format=format_name, problems=listed)
        if not self.has_lines:
            records = replace(records, lines=np.zeros(len(records.lines), np.int64))
        listed = self.problems.listed()
        if not self.has_lines:
            listed = tuple(replace(problem, line=None, column=None) for problem in listed)
        notes = self.notes
        return assemble(
            self.path, format_name, records, known, listed, notes, is_training=is_training
        )


class TextReading:
    """Reads one text piece by piece.

    What takes its lines is copied with it, so it is a bound method or a ``partial``, no closure.

    Args:
        text: Where records go.
        source: Where the lines come from, of which only the first bytes are looked at.
        format_name: Name of the format.
        take: Takes each line.
        close: Ends what the last line began.
        is_training: Whether it is a training, whatever its names.

    Attributes:
        text: Where records go.
        is_speech: Whether lines may announce something.
    """

    is_speech = True

    def __init__(
        self,
        text: Text,
        source: Source,
        format_name: str,
        take: Callable[[Line], object] = id,
        close: Callable[[], object] | None = None,
        *,
        is_training: bool = False,
    ) -> None:
        self.text = text
        self._format = format_name
        self._take = take
        self._close = close
        self._is_training = is_training
        self._next = 1
        if self.is_speech:
            text.begin(source.head)

    def add(self, batch: Batch) -> None:
        """Add lines that follow those added before."""
        if batch.is_too_long:
            self.text.problems.add(_TOO_LONG, self._next)
        else:
            self.take_block(Block(batch, self._next))
        self._next += batch.count

    def take_block(self, block: Block) -> None:
        """Take the lines of a block."""
        for line in self.text.heard(block):
            self._take(line)

    def damaged(self, damage: str) -> None:
        """Note what ended the reading too early."""
        self.text.problems.add(damage, self._next - 1 or None, hint=_BEFORE)

    def log(self, _path: str, facts: Mapping[str, object]) -> Log:
        """Return the log that the lines make; nothing can be added after it."""
        if self._close:
            self._close()
        return self.text.log(self._format, facts, is_training=self._is_training)
