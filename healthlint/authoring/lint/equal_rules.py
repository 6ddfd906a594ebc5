"""Two rules with the same condition: one finding would be told twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from healthlint.authoring.lint._logic import canonical
from healthlint.authoring.lint._subject import Remark, Subject
from healthlint.timeline.evaluation import Condition, Metric
from healthlint.timeline.expression import Expression
from healthlint.timeline.quantities import Number, Percent, Span


def check(subject: Subject) -> Iterator[Remark]:
    """Yield a remark where an earlier rule has the same condition."""
    own = _key(subject)
    for pack, rule in subject.book.entries:
        if rule.id == subject.rule.id:
            return
        if _key(Subject(pack=pack, rule=rule, path=(), book=subject.book)) == own:
            message = f"this is the condition of {rule.id} too"
            yield Remark(message=message, hint="keep one", at_key=True)


def _key(subject: Subject) -> object:
    rule = subject.rule
    excuse = _normal(rule.except_, subject) if rule.except_ else ""
    limits = [_normal(span, subject) for span in (rule.after, rule.until)]
    needs = sorted(map(str, (*subject.pack.requires, *rule.requires)))
    return _normal(rule.when, subject), excuse, limits, needs


def _normal(value: Any, subject: Subject) -> object:
    """Return a value so that equal conditions come out equal, whatever their packs call things."""
    if isinstance(value, Condition):
        limits = [_normal(span, subject) for span in (value.held, value.after, value.until)]
        params = _normal(value.params, subject)
        return value.name, str(params) if value.name not in ("all", "any") else params, str(limits)
    if isinstance(value, Metric):
        return canonical(subject.pack, value)
    if isinstance(value, Number | Percent):
        known = subject.constant(value)
        return _spelled(value.expression, subject) if known is None else known
    if isinstance(value, Span):
        known = subject.constant(Number(value.amount))
        amount = _spelled(value.amount, subject) if known is None else known
        return amount, value.unit
    if isinstance(value, tuple):
        return sorted((_normal(item, subject) for item in value), key=str)
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return [(name, _normal(getattr(value, name), subject)) for name in names]
    return value


def _spelled(expression: Expression, subject: Subject) -> object:
    """Return an expression with what it names: the same word may mean two numbers in two packs."""
    names = sorted(expression.names & subject.pack.names.keys())
    return expression.text, [_spelled(subject.pack.names[name], subject) for name in names]
