"""A metric is no longer logged while others go on.

Why it matters:
    What is not logged is not judged: a validation that crashed, a head that dropped out of the
    total or a logger that lost its file looks like silence, and silence looks like health.

What to do:
    See whether the metric was meant to end there (a stage that is over). If not, look for an
    exception in the validation loop and for the condition under which it is logged.

When it is wrong to fire:
    On losses that end with their stage, and on metrics logged at growing distances: a silence must
    be twice the longest one so far and ten times the usual one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Series
from healthlint.timeline.describe import number, place
from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome, Shown
from healthlint.timeline.kind import Kind, refuse_outside
from healthlint.timeline.members import Member, any_member
from healthlint.timeline.progress import progress
from healthlint.timeline.robust import median
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_SINCE = {"since.epoch", "since.step", "since.place"}
_FEWEST, _RECENT, _SHOWN = 5, 20, 6
_LONGER = 2.0


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``silent``.

    Attributes:
        metric: The metric or group of metrics.
        intervals: How many of its usual logging intervals it must be silent.
    """

    metric: Metric
    intervals: int = 10

    def __post_init__(self) -> None:
        """Refuse silences that any log has."""
        refuse_outside(self, "intervals", 3, 10_000, "a number")


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"any of {params.metric} is not logged for {params.intervals} of its usual intervals"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where the metric is overdue, unknown before it was logged five times."""
    where = progress(context.clock)
    members = [
        _member(series, params.intervals, where, context) for series in context.group(params.metric)
    ]
    return any_member(members, f"{params.metric} needs at least {_FEWEST} values")


def _member(series: Series, intervals: int, where: Floats, context: Context) -> Member:
    records = context.clock.records
    if len(series) == len(records):  # logged at every record: never silent, and cheap to say so
        own = usual = limit = np.zeros(0)
    else:
        own = where[records.searchsorted(series.records)]
        usual, limit = _limits(own, intervals, where[-1])
    states = np.full(len(records), UNKNOWN, np.int8)
    if len(series) >= _FEWEST:
        states[records.searchsorted(series.records[_FEWEST - 1]) :] = FALSE
    for index in np.flatnonzero(np.isfinite(limit)):
        start = where.searchsorted(own[index] + limit[index], side="right")
        start = max(start, records.searchsorted(series.records[index], side="right"))
        if start < len(where) and (where[1:start] == where[: start - 1]).any():
            # moments are written in several records here: one more of this one may follow
            start = where.searchsorted(where[start], side="right")
        stop = len(records)
        if index + 1 < len(series):
            stop = records.searchsorted(series.records[index + 1])
        states[start:stop] = TRUE

    def explain(index: int) -> Explanation:
        at = int(series.records.searchsorted(records[index], side="right")) - 1
        silence = float((where[index] - own[at]) / usual[at])
        step, epoch = context.clock.at(int(records[index]))
        facts = {"since": place(series, at), "intervals": silence, "epoch": epoch, "step": step}
        needs = f"again within {number(float(limit[at] / usual[at]))} intervals"
        evidence = Shown.until(series, at, needs, _SHOWN)
        return Explanation(facts, (evidence,), silence / intervals - 1)

    return Member(series, context.truth(records, states), explain)


def _limits(own: Floats, intervals: int, end: float) -> tuple[Floats, Floats]:
    """Return the usual interval and the longest silence allowed after points that are asked.

    Both are NaN after points whose next one came within twice the longest interval so far: there
    are only a few others, because each of them more than doubles the longest. Shape ``(n,)``.

    Args:
        own: Progress at each point.
        intervals: Usual intervals that a silence may last.
        end: Progress at the end of the log.
    """
    gaps = np.diff(own)
    longest = np.maximum.accumulate(np.append(0.0, gaps))
    following = np.append(gaps, end - own[-1])
    usual, limit = np.full(len(own), np.nan), np.full(len(own), np.nan)
    asked = np.flatnonzero((following > _LONGER * longest) & (longest > 0))
    for index in asked[asked >= _FEWEST - 1]:
        middle = median(gaps[max(0, index - _RECENT) : index])
        if middle > 0:
            usual[index] = middle
            limit[index] = max(intervals * middle, _LONGER * longest[index])
    return usual, limit


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{silent: {metric: losses, intervals: 3}}",
        "{silent: {metric: other, intervals: 5}}",
    ),
    offers=frozenset({"names", "intervals", "epoch", "step", *_SINCE}),
    as_logged=True,
    logged_only=True,
)
