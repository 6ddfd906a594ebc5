"""A window that holds too few values of a log to say anything."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

import numpy as np

from healthlint.authoring.lint._subject import Remark, Seen, Subject
from healthlint.logs import Series
from healthlint.rulebook.checking import metrics_of
from healthlint.timeline.change import FEWEST
from healthlint.timeline.evaluation import Condition, Missing
from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.quantities import Length, Span


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark for each span that is too short on every log that has the metric."""
    for condition in subject.conditions:
        over, within = (getattr(condition.params, name, None) for name in ("over", "within"))
        spans = (("over", over, FEWEST), ("for", condition.held, 2), ("within", within, 2))
        for key, span, fewest in spans:
            if isinstance(span, Span):
                yield from _too_short(subject, condition, key, span, fewest)


def _too_short(
    subject: Subject, condition: Condition, key: str, span: Span, fewest: int
) -> Iterator[Remark]:
    counts = [_values(subject, log, condition, span) for log in subject.logs]
    known = [one for one in counts if one is not None]
    if known and all(count < fewest for count, _, _ in known):
        count, series, length = known[0]
        values = "1 value" if count == 1 else f"{count} values"
        message = f"`{key}: {span.text}` holds {values} of {series.key} in {subject.logs[0].path}"
        gap = _gap(subject.logs[0], series, length)
        hint = f"it is logged every {Length(gap, length.unit)}; {fewest} values are needed"
        yield Remark(message=message, hint=hint, key=key, word=span.text)


def _values(
    subject: Subject, log: Seen, condition: Condition, span: Span
) -> tuple[int, Series, Length] | None:
    """Return how many values of its densest metric a span holds, None where that is not known."""
    context, _ = log.scene.context(subject.pack, [subject.rule.when])
    try:
        length = context.length(span)
    except (Missing, MissingFact, ExpressionError):
        return None
    bound = [one for metric in metrics_of(condition) for one in context.bound.get(metric, ())]
    counted = [(_count(log, one, length), one) for one in bound if len(one) > 1]
    known = [(count, one) for count, one in counted if count is not None]
    if not known:
        return None
    count, series = max(known, key=lambda one: one[0])
    return count, series, length


def _count(log: Seen, series: Series, length: Length) -> int | None:
    if length.unit == "points":
        return floor(length.amount)
    gap = _gap(log, series, length)
    return floor(length.amount / gap + 1e-9) + 1 if gap > 0 else None


def _gap(log: Seen, series: Series, length: Length) -> float:
    """Return the usual distance of two values in the unit of a length, 0 where it is not known."""
    axis = log.scene.clock.axis(length.unit, series.records)
    gaps = np.diff(axis[np.isfinite(axis)])
    return float(np.median(gaps)) if len(gaps) else 0.0
