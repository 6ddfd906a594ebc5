"""A bound outside the values that the declared loss can have."""

from __future__ import annotations

from collections.abc import Iterator

from healthlint.authoring.lint._logic import Interval, bounds
from healthlint.authoring.lint._ranges import ranges
from healthlint.authoring.lint._subject import Remark, Subject
from healthlint.timeline.evaluation import Condition


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark for each bound that is never, or always, passed."""
    known = ranges(subject)
    for condition in subject.conditions:
        if condition.name not in ("value", "milestones"):
            continue
        name = str(condition.params.metric)
        if name in known:
            yield from _outside(condition, subject, name, *known[name])


def _outside(
    condition: Condition, subject: Subject, name: str, possible: Interval, why: str
) -> Iterator[Remark]:
    for claimed, words, text, key in _claims(condition, subject):
        if possible.meet(claimed).is_empty:
            message = f"{name} is never {words}: {why}"
            hint = "a relative kind (trend, rise) needs no bound"
            yield Remark(message=message, severity="error", hint=hint, key=key, word=text)
        elif claimed.meet(possible) == possible and possible.high < float("inf"):
            message = f"{name} is always {words}: {why}"
            yield Remark(message=message, key=key, word=text)


def _claims(condition: Condition, subject: Subject) -> Iterator[tuple[Interval, str, str, str]]:
    """Yield the interval of each bound, its words, its text in the pack and its key."""
    params = condition.params
    if condition.name == "milestones":
        for milestone in params.reach:
            value = subject.constant(milestone.below)
            if value is not None:
                interval = Interval(high=value, has_high=False)
                text = milestone.below.expression.text
                yield interval, f"below {value:g} ({milestone.phase})", text, "below"
        return
    for claimed, words in bounds(params, subject):
        side = words.rpartition(" ")[0].replace(" ", "_")
        yield claimed, words, getattr(params, side).expression.text, side
