"""A metric changed, or did not change, over a window.

Why it matters:
    Direction says more than level: it holds on every scale. Losses that should fall together and do
    not are the clearest sign of a fault.

What to do:
    Read the help of the rule; the evidence shows the window that decided and the change over it.

When it is wrong to fire:
    Never on noise: a change counts when it is large enough and its confidence bound excludes no
    change; ``not_down_by`` is true only when the bound excludes a fall of that size. Both are
    unknown otherwise. A window shorter than four logging intervals can never tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from healthlint.timeline.anchored import change_since
from healthlint.timeline.bins import LOOKS, Bins
from healthlint.timeline.change import FEWEST, Change
from healthlint.timeline.describe import POINT, percent, window
from healthlint.timeline.evaluation import Context, Explanation, Metric, Missing, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.quantities import Percent, Span
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of ``trend``: where to look, and exactly one bound.

    Attributes:
        metric: The metric.
        over: Length of the window that ends at each value.
        since: ``once``: from the crossing of the surrounding ``follow``; ``start``: from the
            beginning of the run.
        down_by: True where it fell by at least this share.
        up_by: True where it rose by at least this share.
        not_down_by: True where a fall of this share is excluded.
        not_up_by: True where a rise of this share is excluded.
    """

    metric: Metric
    over: Span | None = None
    since: Literal["once", "start"] | None = None
    down_by: Percent | None = None
    up_by: Percent | None = None
    not_down_by: Percent | None = None
    not_up_by: Percent | None = None

    def __post_init__(self) -> None:
        """Refuse a trend without its window or without exactly one bound."""
        if (self.over is None) == (self.since is None):
            raise ValueError("`trend` needs one of `over` and `since`")
        if sum(getattr(self, name) is not None for name in _BOUNDS) != 1:
            raise ValueError(f"`trend` needs exactly one of {', '.join(_BOUNDS)}")

    @property
    def bound(self) -> tuple[str, Percent]:
        """Return the name and size of its bound."""
        return next((n, v) for n in _BOUNDS if (v := getattr(self, n)) is not None)


_BOUNDS = ("down_by", "up_by", "not_down_by", "not_up_by")


def words(params: Params) -> str:
    """Return the condition in words."""
    name, size = params.bound
    verb = "rise" if name.endswith("up_by") else "fall"
    since = "since the crossing" if params.since == "once" else "since its first value"
    where = f"over {params.over}" if params.over else since
    if name.startswith("not_"):
        return f"{params.metric} is shown not to {verb} by {size} {where}"
    return f"{params.metric} {verb}s by {size} or more {where}"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return whether the change is shown, excluded, or neither."""
    series = context.series(params.metric)
    bins, starts, change = _changes(params, context)
    name, percentage = params.bound
    size = context.number(percentage)

    def explain(at: int) -> Explanation:
        values = np.append(bins.values[starts[at] : at], bins.judged[at])
        points = np.append(bins.last[starts[at] : at], bins.judged_last[at])
        moved = float(change.value[at])
        facts = {**window(series, points, values), "change": moved}
        shown = context.shown(params.metric, points, values, needs_text(name, size), moved)
        ends = {"first": facts["first"], "last": facts["last"]}
        named: dict[str, object] = {
            params.metric.placeholder: facts,
            "window": ends,
            "change": moved,
        }
        return Explanation(named, (shown,), _margin(moved, name, size))

    waiting = _waiting(change, params, bins)
    return context.outcome(bins.records, states(change, name, size), explain, waiting)


def _changes(params: Params, context: Context) -> tuple[Bins, np.ndarray, Change]:
    """Return the bins, the first bin of each judged window, and the change over it."""
    series = context.series(params.metric)
    if params.over is not None:
        bins, found, change = context.change(series, context.length(params.over))
        return bins, found.first, change
    anchor = context.anchor if params.since == "once" else int(series.records[0])
    if anchor is None:
        raise Missing("`since: once` stands outside a `follow`")
    bins = context.bins(series, LOOKS)
    past_dip = params.since == "start" and params.bound[0].endswith("down_by")
    return bins, *change_since(series, bins, anchor, past_dip=past_dip)


def states(change: Change, name: str, size: float) -> States:
    """Return 1 where the claim is shown, 0 where it is refuted, -1 where neither.

    A fall of a size is shown where the change reaches it and its upper bound lies below zero; it is
    excluded where the lower bound lies above it.
    """
    is_up = name.endswith("up_by")
    value, far = (change.value, change.high) if is_up else (-change.value, -change.low)
    near = change.low if is_up else -change.high
    is_shown = (value >= size) & (near > 0)
    is_excluded = far < size
    result = np.where(is_shown, TRUE, np.where(is_excluded, FALSE, UNKNOWN))
    if name.startswith("not_"):
        result = np.where(result == UNKNOWN, UNKNOWN, 1 - result)
    return result.astype(np.int8)


def needs_text(name: str, size: float) -> str:
    """Return what a bound asks of a change: ``<= -2%`` for ``down_by: 2%``.

    >>> needs_text("down_by", 0.02), needs_text("not_down_by", 0.01)
    ('<= -2%', '> -1%')
    """
    sign = {"down_by": "<=", "not_down_by": ">", "up_by": ">=", "not_up_by": "<"}[name]
    return f"{sign} {percent(size if name.endswith('up_by') else -size)}"


def _margin(change: float, name: str, size: float) -> float:
    toward = change if name.endswith("up_by") else -change
    return toward - size if not name.startswith("not_") else size - toward


def _waiting(change: Change, params: Params, bins: Bins) -> str:
    if not len(bins) or np.isfinite(change.value).any():
        return ""
    where = f"within {params.over.text}" if params.over else "since then"
    return f"{params.metric} needs at least {FEWEST} values {where}"


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{trend: {metric: loss, over: 5 epochs, down_by: 2%}}",
        "{trend: {metric: loss, over: 5 points, not_down_by: 2%}}",
        "{trend: {metric: loss, over: 30 steps, up_by: 2%}}",
        "{trend: {metric: loss, over: 10 minutes, not_up_by: 2%}}",
        "{trend: {metric: loss, since: start, down_by: 2%}}",
    ),
    offers=frozenset({"window.first", "window.last", "change"}),
    of_metric=POINT | {"from", "first", "last", "change"},
    quieter={"down_by": 1, "up_by": 1, "not_down_by": -1, "not_up_by": -1},
)
