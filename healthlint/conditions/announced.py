"""The trainer itself announced trouble, often enough or last of all.

Why it matters:
    A trainer that says that batches fail, that memory runs out or that gradients are no numbers
    knows it before any curve shows it, and its numbers are of what was left.

What to do:
    Read the lines around the first place: they name the batch, the device or the layer.

When it is wrong to fire:
    On loss scalers of mixed precision, which skip a few steps while they look for their scale; ask
    for a share of the batches. On a log that only ends for now: an exception at its end may be of
    a run that has been started again elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.logs.model import Floats, Integers
from healthlint.timeline.clock import Clock
from healthlint.timeline.describe import whole
from healthlint.timeline.evaluation import Context, Explanation, Inapplicable, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.quantities import Percent
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States

POINTS, STEPS = 20, 100
"""Without epochs the latest records count: so many, and so many steps at least."""
FEWEST = 3
"""Fewer announcements are no share of anything."""


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of ``announced``; one of ``share``, ``count``, ``at_end``.

    Attributes:
        event: Kinds of events that count (``failed_batch``, ``exception``).
        share: True where more than this share of the batches of an epoch announced one; of a log
            without epochs, of the latest 20 records.
        count: True where an epoch (or the latest 20 records) announced as many.
        at_end: True where one is the last word of the log: no record came after it.
    """

    event: tuple[str, ...]
    share: Percent | None = None
    count: int | None = None
    at_end: bool = False

    def __post_init__(self) -> None:
        """Refuse a condition without events, or without exactly one thing to ask."""
        if not self.event:
            raise ValueError("`event` needs at least one kind of event")
        if (self.share is not None) + (self.count is not None) + self.at_end != 1:
            raise ValueError("`announced` needs one of share, count, at_end")
        if self.count is not None and self.count < 1:
            raise ValueError("`count` is at least 1")


def evaluate(params: Params, context: Context) -> Outcome:
    """Return true where enough was announced, false where it was announced less often."""
    events = [one for one in context.timeline.events if one.kind in params.event]
    clock = context.clock
    if not events or not len(clock.records):
        raise Inapplicable("for trainers that announce such things")
    # each counts at the next record, those after the last one there
    due = clock.records.searchsorted([one.record + 1 for one in events]).astype(np.int64)
    end = len(clock.records) - 1
    counts_at, is_late = np.minimum(due, end), due > end
    first = _first_of_each(clock)
    total = np.append(0, np.cumsum(np.bincount(counts_at, minlength=end + 1)))
    counts = total[1:] - total[first]
    batches = _batches(first, clock, context)
    if params.at_end:
        states = np.full(end + 1, FALSE, np.int8)
        states[-1] = TRUE if is_late.any() else FALSE
    else:
        states = _states(params, counts, batches, context)
    states[: int(counts_at.min())] = UNKNOWN  # as long as nothing was announced

    def explain(index: int) -> Explanation:
        counted = np.flatnonzero((counts_at >= first[index]) & (counts_at <= index))
        if params.at_end:  # what came last of all says nothing of any record but the last
            counted = np.flatnonzero(is_late & (index == end))
        chosen = [events[at] for at in counted.tolist()] or events[:1]
        said = chosen[-1] if params.at_end else chosen[0]
        step, epoch = clock.at(int(clock.records[index]))
        words = str(said.fields.get("text", said.kind.replace("_", " ")))
        facts: dict[str, object] = {"count": len(chosen), "words": words, "line": said.line}
        facts |= {"batches": whole(batches[index]), "epoch": whole(epoch), "step": whole(step)}
        return Explanation(facts)

    waiting = "" if (states != UNKNOWN).any() else "too few batches yet to tell a share of them"
    return context.outcome(clock.records, states, explain, waiting)


def words(params: Params) -> str:
    """Return the condition in words."""
    kinds = " or ".join(kind.replace("_", " ") for kind in params.event)
    if params.at_end:
        return f"the last word of the trainer is of {kinds}"
    if params.share is None:
        return f"{params.count} or more of {kinds} are announced within an epoch"
    return f"more than {params.share} of the batches of an epoch announce {kinds}"


def _first_of_each(clock: Clock) -> Integers:
    """Return at each record the first one that counts with it: of its epoch, else of a stretch.

    Whether epochs are known is told by the first record, so that nothing later changes it.
    """
    index = np.arange(len(clock.records))
    if np.isfinite(clock.epochs[0]):
        known = np.maximum.accumulate(np.where(np.isfinite(clock.epochs), index, 0))
        epoch = np.ceil(clock.epochs[known])
        starts = np.append(True, epoch[1:] != epoch[:-1])
        return np.maximum.accumulate(np.where(starts, index, 0))
    steps = np.maximum.accumulate(np.where(np.isfinite(clock.steps), clock.steps, -np.inf))
    far = steps.searchsorted(steps - STEPS, side="right") - 1
    return np.maximum(np.minimum(index + 1 - POINTS, far), 0)


def _batches(first: Integers, clock: Clock, context: Context) -> Floats:
    """Return how many batches count at each record, NaN where that cannot be told yet.

    Of an epoch that is not over it is the length of the longest one before it, or the fact.
    """
    index = np.arange(len(clock.records))
    before = np.maximum(first - 1, 0)
    taken = clock.steps - np.where(first > 0, clock.steps[before], 0.0)
    late = clock.steps[0] if np.isfinite(clock.steps[0]) else 0.0
    taken = np.where(first == 0, taken - (late if late > STEPS else 0.0), taken)
    per_epoch = context.values.facts.get("steps_per_epoch")
    usual = np.full(len(index), np.nan)
    if isinstance(per_epoch, (int, float)) and np.isfinite(clock.epochs[0]):
        usual[:] = float(per_epoch)
    elif np.isfinite(clock.epochs[0]):
        usual = np.fmax.accumulate(np.where(first > 0, taken[before], np.nan))
    whole_look = np.where(taken >= STEPS, taken, np.nan)
    batches: Floats = np.fmax(usual, whole_look)
    return batches


def _states(params: Params, counts: Integers, batches: Floats, context: Context) -> States:
    """Return the state at each record, at which so many announcements count."""
    if params.count is not None:
        return np.where(counts >= params.count, TRUE, FALSE).astype(np.int8)
    assert params.share is not None
    bound = params.share.resolve(context.values)
    is_much = (counts >= FEWEST) & (counts > bound * (batches + counts))
    is_known = np.isfinite(batches) | (counts == 0)
    return np.where(is_known, np.where(is_much, TRUE, FALSE), UNKNOWN).astype(np.int8)


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=(
        "{announced: {event: [failed_batch, skipped_step], share: 5%}}",
        "{announced: {event: [failed_batch], count: 2}}",
        "{announced: {event: [exception], at_end: true}}",
    ),
    offers=frozenset({"count", "batches", "words", "line", "epoch", "step"}),
    as_logged=True,
    quieter={"share": 1},
)
