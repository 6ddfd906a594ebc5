"""Which run of a log is judged: the last one that can be, unless the user says which."""

from __future__ import annotations

import numpy as np

from healthlint.logs.model import Log, Run, Series
from healthlint.logs.vocabulary import split_words

FEWEST = 8
"""Values of a loss by which the rules that matter most can look: a level of three of them beside
the best of three before it, at two moments in a row."""
_LISTED = 4


def choose(log: Log, run: str) -> Run:
    """Return the run that is meant.

    Args:
        log: The log.
        run: ``last``, ``longest`` or the number of a run. The last one is the last that can be
            judged; where none can, it is the last one of all.

    Raises:
        ValueError: There is no such run.
    """
    if run == "last":
        return next((one for one in reversed(log.runs) if can_be_judged(one)), log.runs[-1])
    if run == "longest":
        return max(log.runs, key=lambda one: one.current.last_record - one.current.first_record)
    if run.isdigit() and 1 <= int(run) <= len(log.runs):
        return log.runs[int(run) - 1]
    raise ValueError(f"no run `{run}`; {log.path} has runs 1 to {len(log.runs)}")


def can_be_judged(run: Run) -> bool:
    """Return whether a run has as many values as rules need, or one that is fault enough."""
    losses = _losses(run)
    if max(map(len, losses), default=0) >= FEWEST:
        return True
    return any(not np.isfinite(loss.values).all() for loss in losses)


def is_stub(log: Log, run: Run) -> bool:
    """Return whether a run is too short to be judged while another one of the log is not."""
    return not can_be_judged(run) and any(map(can_be_judged, log.runs))


def why_chosen(log: Log, run: Run) -> str:
    """Return which run is judged by default and why, empty where that is the last one anyway."""
    later = log.runs[run.number :]
    if not later:
        return ""
    counts = [one.current.last_record - one.current.first_record + 1 for one in later]
    shown = ", ".join(map(str, counts[:_LISTED])) + (", ..." if len(counts) > _LISTED else "")
    what = "a stub" if len(later) == 1 else f"{len(later)} stubs"
    noun = "record" if counts == [1] else "records"
    return f"run {run.number} is the last that can be judged: {what} after it ({shown} {noun})"


def _losses(run: Run) -> list[Series]:
    """Return the losses of a run, all its series where none is one."""
    every = list(run.series.values())
    losses = [series for series in every if "loss" in split_words(series.metric)]
    return losses or every
