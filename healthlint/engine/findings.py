"""Truth along a timeline to findings with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthlint.engine.places import finite, place_at, place_of
from healthlint.logs import Log, Run
from healthlint.logs.model import Integers
from healthlint.report import Evidence, Finding, Place
from healthlint.rulebook.checking import PSEUDO_METRICS
from healthlint.rulebook.model import Rule
from healthlint.timeline.clock import Clock
from healthlint.timeline.evaluation import Explanation, Outcome
from healthlint.timeline.truth import FALSE, TRUE, States, Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of evaluations at which a condition held.

    Attributes:
        first: Ordinal of the first record.
        last: Ordinal of the last record at which it held.
        count: Number of true evaluations.
        is_active: True when it has not ended.
        ended: Ordinal of the first record after it at which it did not hold, -1 where none did.
    """

    first: int
    last: int
    count: int
    is_active: bool
    ended: int = -1


def intervals(truth: Truth, last_record: int) -> list[Interval]:
    """Return the intervals of a truth; two false evaluations in a row end one."""
    true = (truth.states == TRUE).nonzero()[0]
    if not len(true):
        return []
    ends = _ends(truth.states)
    group = ends[true]
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    stops = np.append(starts[1:], len(true))
    at_end = truth.valid_until(truth.records[-1:])
    is_fresh = bool(at_end[0] >= last_record)
    result = []
    for start, stop in zip(starts, stops, strict=True):
        last = int(true[stop - 1])
        is_open = bool(ends[-1] == ends[last]) and is_fresh
        result.append(
            Interval(
                first=int(truth.records[true[start]]),
                last=int(truth.records[last]),
                count=int(stop - start),
                is_active=is_open,
                ended=-1 if is_open else _next_false(truth, last),
            )
        )
    return result


def _next_false(truth: Truth, last: int) -> int:
    """Return the record of the first false evaluation after one, -1 where there is none."""
    after = np.flatnonzero(truth.states[last + 1 :] == FALSE)
    return int(truth.records[last + 1 + after[0]]) if len(after) else -1


def _ends(states: States) -> Integers:
    """Return at each evaluation how often two decided evaluations in a row were false before."""
    decided = (states >= 0).nonzero()[0]
    ended = np.zeros(len(states), np.int64)
    is_false = states[decided] == FALSE
    ended[decided[1:]] = is_false[1:] & is_false[:-1]
    return np.cumsum(ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Writes findings of one rule on one run.

    Attributes:
        log: The log.
        run: The run.
        rule: The rule.
        split: The split that was judged.
        clock: Positions of the records.
    """

    log: Log
    run: Run
    rule: Rule
    split: str
    clock: Clock

    def place(self, record: int) -> Place:
        """Return the place of a record."""
        return place_at(self.log, self.clock, record)

    def finding(
        self, outcome: Outcome, interval: Interval, facts: dict[str, object], superseded: bool
    ) -> Finding:
        """Return the finding of an interval, explained where it first held."""
        rule = self.rule
        why = outcome.explain(interval.first)
        keys = sorted({one.series.key for one in why.shown if len(one.index)})
        fingerprint = _digest(rule.id, self.split, *keys)
        first = self.place(interval.first)
        return Finding(
            rule=rule.id,
            severity=rule.severity,
            confidence=rule.confidence,
            summary=rule.summary,
            message=(message := rule.message.render({**facts, **why.facts})),
            help=rule.help,
            url=rule.docs,
            split=self.split,
            first=first,
            last=self.place(interval.last),
            count=interval.count,
            active=interval.is_active and not superseded,
            superseded=superseded,
            margin=None if why.margin is None else finite(why.margin),
            evidence=self.evidence(why),
            fingerprint=fingerprint,
            latest=self._latest(outcome, interval, facts, message),
            ended=self.place(interval.ended) if rule.once_over and interval.ended >= 0 else None,
            occurrence=_digest(fingerprint, self._run_key(), str(first.step or first.epoch)),
        )

    def _latest(
        self, outcome: Outcome, interval: Interval, facts: dict[str, object], message: str
    ) -> str:
        """Return the message with the numbers of the last record, empty where it is the same."""
        if not interval.is_active or interval.last == interval.first:
            return ""
        why = outcome.explain(interval.last)
        latest = self.rule.message.render({**facts, **why.facts}) if why.facts else ""
        return "" if latest == message else latest

    def evidence(self, why: Explanation) -> list[Evidence]:
        """Return the logged points that an explanation shows, each with its place."""
        return [
            Evidence(
                metric=shown.metric,
                series=shown.series.key,
                places=[place_of(self.log, shown.series, i) for i in shown.index.tolist()],
                values=[float(value) for value in shown.values],
                change=shown.change,
                needs=shown.needs,
            )
            for shown in (one.thinned() for one in why.shown if len(one.index))
            if shown.series.key not in PSEUDO_METRICS
        ]

    def _run_key(self) -> str:
        if self.run.id:
            return self.run.id
        first = [series for series in self.run.timelines[0].series.values() if len(series)]
        if not first:
            return ""
        series = min(first, key=lambda candidate: (int(candidate.records[0]), candidate.key))
        return f"{series.key} {series.steps[0]} {series.times[0]} {series.values[0]!r}"


def _digest(*parts: str) -> str:
    from hashlib import sha256  # only where there is a finding

    return sha256("\x1f".join(parts).encode()).hexdigest()[:16]
