"""Records of training and of validation that were kept apart, put into one order by their steps.

Each file may hold several *starts*: stretches of records between which the step goes back to where
it began. Starts of one kind belong to those of the other whose steps they lie in, never to those of
the same number: a training that ended before its first validation has none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

Record = Mapping[str, object]
Start = list[Record]

MOST_STARTS = 1_000
"""Starts of one file; of more the last one takes what is left."""


def paired(train: Sequence[Record], val: Sequence[Record]) -> Iterator[Record]:
    """Yield the records of both in the order in which they were logged, as far as steps tell it.

    Validation comes behind the training records of its step.
    """
    starts, own = starts_of(train), starts_of(val)
    if not starts:
        yield from val
        return
    given: list[list[Start]] = [[] for _ in starts]
    for start, at in zip(own, fitting(starts, own), strict=True):
        given[at].append(start)
    for start, several in zip(starts, given, strict=True):
        yield from _merged(start, [record for one in several for record in one])


def step_of(record: Record) -> float:
    """Return the step of a record, its epoch where it has none, else 0."""
    step = record.get("step", record.get("epoch"))
    return float(step) if isinstance(step, (int, float)) else 0.0


def starts_of(records: Sequence[Record]) -> list[Start]:
    """Return the starts of a file: a step that falls to the first one or below begins another.

    A fall to any other step is a resume, unless it falls to no more than the distance to the next
    step, as a training from scratch logs it.
    """
    starts: list[Start] = []
    last = first = 0.0
    for at, record in enumerate(records):
        step = step_of(record)
        following = step_of(records[at + 1]) if at + 1 < len(records) else step
        is_begun = step < last and (step <= first or step <= following - step)
        if not starts or (is_begun and len(starts) < MOST_STARTS):
            starts.append([])
            first = step
        starts[-1].append(record)
        last = step
    return starts


def fitting(train: Sequence[Start], val: Sequence[Start]) -> list[int]:
    """Return the start of training that each start of validation belongs to, in rising order.

    It is the choice in which most records of validation lie among the steps of their training. Of
    equals, no two of them share a training, and the later trainings are taken.
    """
    spans = [_span(start) for start in train]
    best: list[tuple[int, int]] = []
    choices: list[list[int]] = []
    for start in val:
        steps = sorted(map(step_of, start))
        fits = [bisect_right(steps, high) - bisect_left(steps, low) for low, high in spans]
        before = _running(best)
        scores, chosen = [], []
        for at, fit in enumerate(fits):
            (inside, alone), origin = _best_before(before, best, at)
            scores.append((inside + fit, alone))
            chosen.append(origin)
        best = scores
        choices.append(chosen)
    return _traced(best, choices)


def _span(start: Start) -> tuple[float, float]:
    """Return the steps that validation of a start may have: up to one step beyond its last."""
    steps = sorted({step_of(record) for record in start})
    gaps = sorted(b - a for a, b in pairwise(steps))
    return steps[0], steps[-1] + (gaps[len(gaps) // 2] if gaps else 0.0)


Score = tuple[int, int]


def _running(best: Sequence[Score]) -> list[int]:
    """Return where the best score up to each place is, the latest of equals."""

    def better(kept: int, at: int) -> int:
        return at if best[at] >= best[kept] else kept

    return list(accumulate(range(len(best)), better))


def _best_before(before: Sequence[int], best: Sequence[Score], at: int) -> tuple[Score, int]:
    """Return the best score of the starts so far if the next one is given the training ``at``."""
    if not best:
        return (0, 1), -1
    shared = best[at]
    if at == 0 or (inside := best[before[at - 1]]) < (shared[0], shared[1] - 1):
        return shared, at
    return (inside[0], inside[1] + 1), before[at - 1]


def _traced(best: Sequence[Score], choices: Sequence[Sequence[int]]) -> list[int]:
    """Return the choices that lead to the best score."""
    if not best:
        return []
    at = _running(best)[-1]
    path: list[int] = []
    for chosen in reversed(choices):
        path.append(at)
        at = chosen[at]
    return path[::-1]


def _merged(train: Sequence[Record], val: Sequence[Record]) -> Iterator[Record]:
    """Yield the records of one start of each, resumes included.

    Validation that goes back belongs to training after it went back, what stands before it not.
    """
    waiting = _Waiting(val)
    last = reached = -1.0
    for record in train:
        step = step_of(record)
        if step < last:
            yield from waiting.before_going_back(step, reached)
            reached = step
        yield from waiting.below(step)
        last, reached = step, max(reached, step)
        yield record
    yield from waiting.rest()


class _Waiting:
    """Records of validation that wait for their place among those of training."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._steps = [step_of(record) for record in records]
        self._at = 0
        falls = [0] + [int(b < a) for a, b in pairwise(self._steps)]
        self._returns = list(accumulate(falls))
        self._returned = 0

    def below(self, step: float) -> Iterator[Record]:
        """Yield those below a step that training has come to."""
        return self._while(lambda own, returns: own < step and returns <= self._returned)

    def before_going_back(self, step: float, reached: float) -> Iterator[Record]:
        """Yield those that were logged before training went back to a step.

        They were where validation goes back behind them as well, or training had been that far.
        """
        before, more = self._returned, self._returns[-1] if self._returns else 0
        yield from self._while(
            lambda own, returns: returns <= before and (step < own <= reached or before < more)
        )
        self._returned += 1

    def rest(self) -> Iterator[Record]:
        """Yield all that are left."""
        return self._while(lambda _own, _returns: True)

    def _while(self, is_next: Callable[[float, int], bool]) -> Iterator[Record]:
        while self._at < len(self._records):
            if not is_next(self._steps[self._at], self._returns[self._at]):
                return
            self._at += 1
            yield self._records[self._at - 1]
