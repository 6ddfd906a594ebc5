"""MLPerf logs: ``:::MLLOG {...}`` somewhere in a line, one key and its value each.

``{"time_ms": .., "event_type": "POINT_IN_TIME", "key": "train_loss", "value": 3.5, "metadata":
{"epoch_num": 1, "step_num": 10}}``; a value may be an object of several (``tracked_stats``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from healthlint.readers.numbers import to_number
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.salvage import salvage
from healthlint.readers.source import Source
from healthlint.readers.textlog import Line, Text, TextReading, head_lines

FORMAT = "mlperf"
KNOWN_BY = "lines with `:::MLLOG {...}`"
UNSEEN = ("all but the keys of the benchmark's rules, unless the trainer adds its own",)
_MARK = ":::MLLOG "
_STEPS = ("step_num", "step", "iteration", "iter_num")
_EPOCHS = ("epoch_num", "epoch")


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are an MLPerf log, from 0 to 1."""
    return 0.98 if any(_MARK + "{" in line for line in head_lines(head)) else 0.0


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    return TextReading(text, source, FORMAT, partial(_take, text))


read = whole(begin)


def _take(text: Text, line: Line) -> None:
    """Add the record of a line."""
    _, mark, entry = line.text.partition(_MARK)
    if not mark:
        return
    found = salvage(entry.encode(errors="replace"))
    if found.message:
        text.problems.add(found.message, line.number)
    for value in found.values[:1]:
        if isinstance(value, dict):
            _add(value, line, text)


def _add(entry: Mapping[str, object], line: Line, text: Text) -> None:
    key, value, told = entry.get("key"), entry.get("value"), entry.get("metadata")
    if key == "global_batch_size" and to_number(value):
        text.facts["batch_size"] = to_number(value)
    if not isinstance(key, str) or not isinstance(told, dict):
        return
    axes = {
        axis: told[name]
        for axis, names in (("step", _STEPS), ("epoch", _EPOCHS))
        for name in reversed(names)
        if to_number(told.get(name)) is not None
    }
    values = value if isinstance(value, dict) else {key: value}
    kept = {str(name): number for name, number in values.items() if to_number(number) is not None}
    if axes and kept:
        text.add(line, {**axes, "time": entry.get("time_ms"), **kept})
