"""mmengine and mmcv: JSON Lines whose validation counts epochs in place of steps.

``{"lr": .., "loss": .., "data_time": .., "epoch": 1, "iter": 50, "step": 50}``, and for validation
``{"val/loss": .., "data_time": .., "step": 1}`` without an ``iter``. mmcv 1 begins with a line
about the machine, tells the split in ``mode``, and counts ``iter`` within the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

from healthlint.logs.model import Log
from healthlint.readers.salvage import salvage
from healthlint.readers.source import Source
from healthlint.readers.textlog import Text

FORMAT = "mmengine"
KNOWN_BY = "JSON Lines with `data_time` and `iter`"
UNSEEN = ("mmcv 1: five decimals",)
_DROPPED = frozenset({"time", "data_time", "memory", "eta"})


def sniff(head: bytes, _path: str) -> float:
    """Return how sure it is that these first bytes are a log of mmengine, from 0 to 1."""
    starts = head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{")
    return 0.98 if starts and b'"data_time"' in head and b'"iter"' in head else 0.0


def read(source: Source, facts: Mapping[str, object] | None = None) -> Log:
    """Return the log of a text.

    Args:
        source: Where the bytes come from.
        facts: What the user says of the run.
    """
    text = Text(source)
    last: dict[str, object] = {}
    for line in text.lines():
        found = salvage(line.text.encode(errors="replace"))
        if found.message:
            text.problems.add(found.message, line.number, found.column)
        for at, record in enumerate(found.values):
            if isinstance(record, dict) and "env_info" not in record and "seed" not in record:
                text.add(line, _placed(record, last), at)
    return text.log(FORMAT, facts)


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
    told = {"mode": mode} if mode is not None else {}
    return {"epoch": step, **values, **last, **told}
