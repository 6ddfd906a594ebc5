"""What of a run could not be read: where that is most of its progress, nobody has looked at it."""

from __future__ import annotations

import numpy as np

from healthlint.logs import Log, Run
from healthlint.logs.vocabulary import split_words

_PROGRESS = frozenset({"mel_loss", "total_loss"})


def blind(log: Log, run: Run) -> str:
    """Return why a run could not be looked at, empty where most of its progress was read.

    Progress is what mel and total loss show, any loss where neither is logged.
    """
    if not log.unread:
        return ""
    keys = {*run.series, *log.unread}
    metrics = {key: key.rpartition("/")[2] for key in keys}
    progress = [key for key in sorted(keys) if metrics[key] in _PROGRESS]
    progress = progress or [key for key in sorted(keys) if "loss" in split_words(metrics[key])]
    for key in progress:
        read = len(run.series[key]) if key in run.series else 0
        lost = _lost(log, run, key)
        if lost > read:
            return f"{lost:,} of {lost + read:,} values of {key} could not be read"
    return ""


def _lost(log: Log, run: Run, key: str) -> int:
    """Return how many values of a series could not be read within the lines of a run."""
    if key not in log.unread:
        return 0
    lines = log.unread[key]
    begins = [log.line(each.timelines[0].first_record) or 0 for each in log.runs]
    low = begins[run.number - 1] if run.number > 1 else 0
    high = begins[run.number] if run.number < len(begins) else np.inf
    return int(np.count_nonzero((lines >= low) & (lines < high)))
