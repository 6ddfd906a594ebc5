"""Once one thing has happened, another must follow within a span.

Why it matters:
    Heads of a model learn in an order. When a later one does not move although what held it back is
    gone, something of its own is wrong.

What to do:
    Look at the targets of the head that does not follow, at its weight in the total, and at the
    alignment of its targets with the frames.

When it is wrong to fire:
    When what follows has already happened before the crossing, or the log ends too early: before
    the span is over the condition is unknown, never true.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.timeline.describe import whole
from healthlint.timeline.evaluation import Condition, Context, Explanation, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.quantities import Length, Span
from healthlint.timeline.truth import FALSE, FOREVER, TRUE, UNKNOWN, Truth, streak_start


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``follow``.

    Attributes:
        once: What must happen first; the crossing is where its truth began.
        expect: What must follow; a trend in it may count ``since: once``.
        within: How long it may take, from the crossing.
    """

    once: Condition
    expect: Condition
    within: Span


def words(params: Params) -> str:
    """Return the condition in words."""
    return f"`expect` has not come {params.within} after `once`"


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where it is overdue and shown not to have followed, false once it has."""
    length = context.length(params.within)
    once = context.evaluate(params.once)
    without_for = context.evaluate(replace(params.once, held=None))
    crossing = _crossing(once.truth, without_for.truth)
    if crossing is None:
        probe = replace(context, anchor=FOREVER).evaluate(params.expect)
        missing = (*once.missing, *probe.missing)
        records = once.truth.records
        truth = context.truth(records, np.full(len(records), UNKNOWN))
        waiting = "what it waits for has not happened yet"
        return Outcome(truth=truth, missing=missing, waiting=waiting, parts=(once, probe))
    known_at, start = crossing
    # what else is logged at that step was known at the crossing too, on whatever line it stands
    start = int(context.clock.moments(np.array([start]))[0])
    expect = replace(context, anchor=start).evaluate(params.expect)
    truth, followed = _overdue(expect.truth, context, start, known_at, length)

    def explain(record: int) -> Explanation:
        parts = [expect.explain(record), once.explain(known_at)]
        step, epoch = context.clock.at(start)
        taken = None
        if followed is not None and followed <= record:
            taken = _between(context, start, followed, length)
        facts: dict[str, object] = {
            "once": {"epoch": whole(epoch), "step": whole(step)},
            "within": str(length),
            "followed": {"after": taken},
        }
        merged = Explanation.merge([Explanation(facts), *parts])
        return Explanation(merged.facts, merged.shown, parts[0].margin)

    waiting = f"{length} after the crossing are not over"
    missing, parts = (*once.missing, *expect.missing), (once, expect)
    return Outcome(truth=truth, explain=explain, missing=missing, waiting=waiting, parts=parts)


def _crossing(once: Truth, raw: Truth) -> tuple[int, int] | None:
    """Return the records where the crossing became known and where it began."""
    fired = (once.states == TRUE).nonzero()[0]
    if not len(fired):
        return None
    known_at = int(once.records[fired[0]])
    at = int(raw.records.searchsorted(known_at, side="right")) - 1
    start = int(streak_start(raw.states)[at])
    return known_at, int(raw.records[start]) if start >= 0 else known_at


def _overdue(
    expect: Truth, context: Context, start: int, known_at: int, length: Length
) -> tuple[Truth, int | None]:
    """Return the truth of "overdue", and the record at which the expected was first true."""
    is_after = expect.records > start
    records, states = expect.records[is_after], expect.states[is_after]
    taken = _taken(context, start, records, length)
    is_due = taken >= length.amount * (1 - 1e-9)
    earlier = (states == TRUE).nonzero()[0]
    followed = int(records[earlier[0]]) if len(earlier) else None
    has_followed = records >= followed if followed is not None else np.zeros(len(records), bool)
    result = np.where(has_followed, FALSE, np.where(is_due & (states == FALSE), TRUE, UNKNOWN))
    is_known = (records >= known_at) & np.isfinite(taken)
    return context.truth(records[is_known], result[is_known]), followed


def _taken(context: Context, start: int, records: Integers, length: Length) -> Floats:
    """Return how long after the crossing each of the records after it lies, NaN where unknown."""
    if length.unit == "points":
        return np.arange(1.0, len(records) + 1)
    axis = context.clock.axis(length.unit, np.append(start, records))
    taken: Floats = np.fmax.accumulate(axis)[1:] - axis[0]
    return taken


def _between(context: Context, start: int, end: int, length: Length) -> float | int:
    unit = length.unit if length.unit != "points" else "steps"
    ends = context.clock.axis(unit, np.array([start, end]))
    return whole(float(ends[1] - ends[0]))


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{follow: {once: {value: {metric: loss, below: 0.8}, for: 2 points}, expect: "
        "{trend: {metric: other, since: once, down_by: 5%}}, within: 8 epochs}}",
        "{follow: {once: {value: {metric: loss, below: 0.8}}, expect: {value: {metric: "
        "other, below: 0.5}}, within: 8 points}}",
        "{follow: {once: {value: {metric: loss, below: 0.8}}, expect: {trend: {metric: "
        "other, over: 5 points, down_by: 2%}}, within: 20 steps}}",
    ),
    offers=frozenset({"once.epoch", "once.step", "within", "followed.after"}),
)
