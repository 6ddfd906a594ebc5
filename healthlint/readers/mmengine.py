"""mmengine and mmcv: JSON Lines whose validation counts epochs in place of steps.

``{"lr": .., "loss": .., "data_time": .., "epoch": 1, "iter": 50, "step": 50}``, and for validation
``{"val/loss": .., "data_time": .., "step": 1}`` without an ``iter``. mmcv 1 begins with a line
about the machine, tells the split in ``mode``, and counts ``iter`` within the epoch. ``vis_data/``
holds the same lines twice: in ``scalars.json`` and in a file that is named after the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from healthlint.logs.model import Log
from healthlint.readers.pieces import Reading, whole
from healthlint.readers.salvage import salvage
from healthlint.readers.source import Source, opened
from healthlint.readers.textlog import Line, Text, TextReading

FORMAT = "mmengine"
KNOWN_BY = "JSON Lines with `data_time` and `iter`"
UNSEEN = ("mmcv 1: five decimals",)
NAME = "scalars.json"
_DROPPED = frozenset({"time", "data_time", "memory", "eta"})


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of mmengine, from 0 to 1."""
    starts = head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{")
    return 0.98 if starts and b'"data_time"' in head and b'"iter"' in head else 0.0


def claim(folder: Path) -> list[Path] | None:
    """Return no sub-folders where a folder holds ``scalars.json``; None for any other folder."""
    path = folder / NAME
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return [] if sniff(stream.read(1 << 16), NAME) else None


def read_folder(path: str, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of ``scalars.json``.

    Args:
        path: A folder that ``claim`` takes.
        facts: What the user says of the run.

    Raises:
        OSError: The file cannot be read.
    """
    with opened(str(Path(path) / NAME)) as source:
        return read(source, facts)


def begin(source: Source) -> Reading:
    """Return the reading of a text, by its first bytes."""
    text = Text(source)
    return TextReading(text, source, FORMAT, partial(_take, text, {}))


read = whole(begin)


def _take(text: Text, last: dict[str, object], line: Line) -> None:
    """Add the records of a line; ``last`` holds the axes of the last one of training."""
    found = salvage(line.text.encode(errors="replace"))
    if found.message:
        text.problems.add(found.message, line.number, found.column)
    for at, record in enumerate(found.values):
        if isinstance(record, dict) and "env_info" not in record and "seed" not in record:
            text.add(line, _placed(record, last), at)


def _placed(record: dict[str, object], last: dict[str, object]) -> dict[str, object]:
    """Return a record with its step over the run; validation gets that of the training before it.

    Args:
        record: The record.
        last: Axes of the last training record, changed by each.
    """
    values = {key: value for key, value in record.items() if key not in _DROPPED}
    if "iter" in record and record.get("mode", "train") == "train":
        last.clear()
        last.update({key: record[key] for key in ("iter", "step") if key in record})
        return values
    step, mode = values.pop("step", None), values.pop("mode", None)
    values.pop("iter", None)
    return {"epoch": step, **values, **last, "mode": "val" if mode is None else mode}
