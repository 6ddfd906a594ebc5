"""What the types of a pack cannot say: names that must exist, ids that must be unique."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any

from healthlint.rulebook.model import Pack, Rule
from healthlint.rulebook.template import Template
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.timeline.evaluation import Condition, Metric
from healthlint.timeline.expression import Expression

PSEUDO_METRICS = ("epoch", "step")
"""Names that every pack may use as metrics without declaring them."""
SCALES = ("", "guide")
_ID = re.compile(r"^[a-z][a-z0-9-]*/[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")


def check(pack: Pack, document: Document) -> None:
    """Report ids, names and placeholders that are wrong, at their places."""
    lets = tuple(pack.let or {})
    for name, expression in (pack.let or {}).items():
        _names(document, ("let", name), [expression], lets)
    for i, standing in enumerate(pack.standing):
        path: Path = ("standing", i)
        _metrics(document, path, pack, [standing.metric])
        for note in standing.notes:
            _condition(document, path, pack, note.when)
            _template(document, path, pack, note.say, [note.when])
    for i, rule in enumerate(pack.rules):
        _rule(document, ("rules", i), pack, rule)


def _rule(document: Document, path: Path, pack: Pack, rule: Rule) -> None:
    if not _ID.match(rule.id) or rule.id.split("/")[0] != pack.pack:
        hint = f"write `{pack.pack}/some-name` in lower case with hyphens"
        document.report((*path, "id"), f"`{rule.id}` is not an id of this pack", hint)
    if rule.scale not in SCALES:
        document.report((*path, "scale"), f"unknown scale `{rule.scale}`", "write `guide`")
    _condition(document, (*path, "when"), pack, rule.when)
    _template(document, (*path, "message"), pack, Template.parse(rule.message.text), [rule.when])


def _condition(document: Document, path: Path, pack: Pack, condition: Condition) -> None:
    _metrics(document, path, pack, metrics_of(condition))
    _names(document, path, expressions_of(condition), tuple(pack.let or {}))


def _metrics(document: Document, path: Path, pack: Pack, metrics: Iterable[Metric]) -> None:
    for metric in dict.fromkeys(metrics):
        if _is_declared(pack, metric):
            continue
        name = metric.rpartition("/")[2]
        close = get_close_matches(name, [*pack.metrics, *PSEUDO_METRICS], 1)
        hint = f"did you mean `{close[0]}`?" if close else "declare it under `metrics:`"
        document.report(_find(document, path, metric), f"unknown metric `{metric}`", hint)


def _is_declared(pack: Pack, metric: Metric) -> bool:
    name = metric.split("/", 1)[1] if "/" in metric else metric
    return name in pack.metrics or name in PSEUDO_METRICS


def _names(
    document: Document, path: Path, expressions: Iterable[Expression], lets: tuple[str, ...]
) -> None:
    for expression in expressions:
        for name in sorted(expression.names - set(lets)):
            close = get_close_matches(name, lets, 1)
            hint = f"did you mean `{close[0]}`?" if close else "declare it under `let:`"
            at = _find(document, path, name, inside=True)
            document.report(at, f"unknown name `{name}` in `{expression.text}`", hint)


def _template(
    document: Document, path: Path, pack: Pack, template: Template, conditions: list[Condition]
) -> None:
    offered = {name for condition in conditions for name in offered_by(condition)}
    offered |= {*(pack.let or {}), "run"}
    used = {metric for condition in conditions for metric in metrics_of(condition)}
    undeclared = {metric.placeholder for metric in used if not _is_declared(pack, metric)}
    for name in template.names:
        if name[0] not in offered:
            close = get_close_matches(name[0], offered, 1)
            if undeclared.intersection(close):
                continue  # the metric is misspelt, not the placeholder, and has been reported
            hint = (
                f"did you mean `{close[0]}`?" if close else f"offered: {', '.join(sorted(offered))}"
            )
            shown = ".".join(name)
            message = f"nothing offers the placeholder `{{{shown}}}`"
            document.report(path, message, hint, word=shown)


def _find(document: Document, path: Path, word: str, *, inside: bool = False) -> Path:
    """Return the path of the first value below a path that is (or contains) a word."""
    for at in document.values:
        if at[: len(path)] == path:
            mark = document.values[at]
            text = document.lines[mark.line - 1][mark.column - 1 :]
            if re.match(rf"['\"]?{re.escape(word)}\b", text) or (
                inside
                and mark.length > 1
                and re.search(rf"\b{re.escape(word)}\b", text[: mark.length])
            ):
                return at
    return path


def offered_by(condition: Condition) -> frozenset[str]:
    """Return the placeholders that a condition and its parts give to messages."""
    offers = {name for part in parts_of(condition) for name in getattr(part.kind, "OFFERS", ())}
    return frozenset(offers | {metric.placeholder for metric in metrics_of(condition)})


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all conditions inside it."""
    yield condition
    for value in _leaves(condition.params):
        if isinstance(value, Condition):
            yield from parts_of(value)


def metrics_of(condition: Condition) -> list[Metric]:
    """Return the metrics that a condition and its parts name, in order."""
    return [
        value
        for part in parts_of(condition)
        for value in _leaves(part.params)
        if isinstance(value, Metric)
    ]


def absolute_metrics_of(condition: Condition) -> list[Metric]:
    """Return the metrics that parts of a condition hold against bounds on a scale."""
    return [
        value
        for part in parts_of(condition)
        if getattr(part.kind, "HAS_SCALE", False)
        for value in _leaves(part.params)
        if isinstance(value, Metric)
    ]


def expressions_of(condition: Condition) -> list[Expression]:
    """Return the expressions that a condition and its parts use."""
    found: list[Expression] = []
    for part in parts_of(condition):
        for value in (*_leaves(part.params), part.held, part.after, part.until):
            found += _expressions(value)
    return found


def _expressions(value: object) -> list[Expression]:
    inner = getattr(value, "expression", None) or getattr(value, "amount", None)
    return [inner] if isinstance(inner, Expression) else []


def _leaves(value: Any) -> Iterator[Any]:
    """Yield the values of a parameter tree; conditions and quantities are leaves."""
    if isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    elif is_dataclass(value) and not isinstance(value, Condition) and not hasattr(value, "parse"):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name))
    else:
        yield value
