"""NVIDIA DLLogger (FastPitch, Tacotron 2, ...): ``DLLL {...}`` a line, or one object a run.

Now: ``{"timestamp": "164..", "type": "LOG", "step": [epoch, iteration, iterations], "data": {}}``;
a step may be ``[epoch]`` (the end of it), ``[]`` (the whole run) or ``"PARAMETER"``. The first
generation wrote one object with arrays by epoch under the same file name. ``nvlog.json.1`` and so
on are later starts of one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from healthlint.logs.model import Log, Problem
from healthlint.readers.decoding import loads
from healthlint.readers.folders import entries
from healthlint.readers.numbers import to_number
from healthlint.readers.salvage import salvage
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text, head_lines
from healthlint.readers.whole import WholeError, json_of

FORMAT = "dllogger"
KNOWN_BY = "lines `DLLL {...}`; one object with arrays under `epoch` or `iter`; `nvlog.json*`"
UNSEEN = ("the last 20 or so records of a killed run, which were never flushed",)
_LINE = re.compile(r"DLLL (\{.*)")
_NAME = re.compile(r"^nvlog\.json(?:\.(\d+))?$")
_SCOPES = ("iter", "epoch")
_FASTPITCH = "dur_predictor_loss_scale"  # a parameter that its training alone has


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of DLLogger, from 0 to 1."""
    lines = head_lines(head)
    count = sum("DLLL {" in line for line in lines)
    if count:
        return 1.0 if 2 * count > len(lines) else 0.97
    start = head[:4096].lstrip()
    is_object = start.startswith(b"{") and b"\n" in start
    is_first = any(b'"%s"' % scope.encode() in head for scope in _SCOPES) and b'"run"' in head
    return 0.9 if is_object and is_first and not start.startswith(b'{"') else 0.0


def claim(folder: Path) -> list[Path] | None:
    """Return no sub-folders where a folder holds such logs; None where it does not."""
    return [] if _parts(folder) else None


def _parts(folder: Path) -> list[Path]:
    """Return the logs of a folder in the order in which they were begun."""
    found = [(int(m[1] or 0), p) for p in entries(folder)[0] if (m := _NAME.match(p.name))]
    return [path for _, path in sorted(found)]


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log that the files of a folder make, one after the other.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: A file cannot be read.
    """
    parts = _parts(Path(path))
    if len(parts) == 1:
        with opened(str(parts[0])) as source:
            return read(source, facts)
    reading = _Reading(Text(Source(path, BytesIO()), has_lines=False))
    for part in parts:
        with opened(str(part)) as source:
            reading.add(reading.text.more(source))
    return reading.log(path, facts)


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of one file.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    reading = _Reading(Text(source))
    if b"DLLL {" in source.head or not source.head.lstrip().startswith(b"{"):
        reading.add(reading.text.more(source))
    else:
        try:
            value, _ = json_of(source)
        except WholeError as error:
            return Log(path=source.path, format=FORMAT, problems=(error.problem,))
        reading.add_object(value)
    return reading.log(source.path, facts)


class _Reading:
    """Turns entries into records and keeps where the training is."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._epoch = 0.0
        self._step = 0.0
        self._percentiles = 0
        self._count = 0

    def log(self, path: str, facts: Mapping[str, object] | None) -> Log:
        """Return the log, or why it is none."""
        if self._percentiles and not self._count:
            said = "an inference log: its steps are percentiles of latency"
            problem = Problem(message=said, kind="nothing")
            return Log(path=path, format=FORMAT, problems=(problem,))
        return self.text.log(FORMAT, facts)

    def add(self, lines: Iterable[Line]) -> None:
        """Add the entries of some lines."""
        for line in lines:
            match = _LINE.search(line.text)
            if match is None:
                self.text.problems.add("text that is no entry, left out", line.number)
                continue
            entry = self._entry(match[1], line)
            if isinstance(entry, dict) and entry.get("type", "LOG") == "LOG":
                self._add(entry, line)

    def _entry(self, text: str, line: Line) -> object:
        try:
            return loads(text)
        except ValueError:
            found = salvage(text.encode(errors="replace"))
        if found.message:
            self.text.problems.add(found.message, line.number, found.column)
        return found.values[-1] if found.values else None

    def _add(self, entry: Mapping[str, object], line: Line) -> None:
        step, data = entry.get("step"), entry.get("data")
        if not isinstance(data, dict):
            return
        if step == "PARAMETER":
            self._note(data)
            return
        if isinstance(step, str) and step.endswith("%"):
            self._percentiles += 1
            return
        axes = self._axes(step)
        if axes is not None:
            self._count += 1
            time = to_number(entry.get("timestamp"))
            self.text.add(line, {**axes, **({"time": time} if time else {}), **data})

    def _note(self, data: Mapping[str, object]) -> None:
        """Note the parameters that are facts of a run."""
        for key, fact in (("epochs", "planned_epochs"), ("batch_size", "batch_size")):
            value = to_number(data.get(key))
            if value:
                self.text.facts[fact] = value
        if _FASTPITCH in data:
            self.text.facts["trainer"] = "nvidia-fastpitch"
        self.text.facts.setdefault("sample_rate", to_number(data.get("sampling_rate")))

    def _axes(self, step: object) -> dict[str, object] | None:
        """Return step and epoch of an entry, None where it sums up the whole run."""
        if isinstance(step, (int, float, str)):
            number = to_number(step)
            return None if number is None else {"step": number}
        if not isinstance(step, list) or not step:
            return None
        epoch, *rest = [to_number(item) for item in step[:3]]
        if epoch is None or None in rest:
            return None
        if len(rest) == 2 and rest[0] is not None and rest[1] is not None:
            first = 0 if epoch == 0 else 1
            self._step = (epoch - first) * rest[1] + rest[0]
        elif rest:
            return {"epoch": epoch, "step": rest[0]}  # counts within the epoch
        self._epoch = epoch
        return {"epoch": epoch, "step": self._step} if self._step else {"epoch": epoch}

    def add_object(self, value: object) -> None:
        """Add the arrays of a log of the first generation."""
        if not isinstance(value, dict):
            return
        for scope in _SCOPES:
            arrays = value.get(scope)
            if isinstance(arrays, dict):
                self._add_arrays(arrays)

    def _add_arrays(self, arrays: Mapping[str, object]) -> None:
        """Add arrays by epoch: of numbers, or of the iterations of each epoch."""
        lists = {key: item for key, item in arrays.items() if isinstance(item, list)}
        step = 0
        for at in range(max(map(len, lists.values()), default=0)):
            own = {key: item[at] for key, item in lists.items() if at < len(item)}
            flat = {key: item for key, item in own.items() if not isinstance(item, list)}
            self._put({"epoch": at + 1, **flat})
            inner = {key: item for key, item in own.items() if isinstance(item, list)}
            for place in range(max(map(len, inner.values()), default=0)):
                step += 1
                row = {key: item[place] for key, item in inner.items() if place < len(item)}
                self._put({"epoch": at + 1, "step": step, **row})

    def _put(self, record: dict[str, object]) -> None:
        record.pop("x", None)
        if len(record) > 1:
            self._count += 1
            self.text.add(Line(self._count, ""), record)
