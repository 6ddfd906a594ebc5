"""What the types of a pack cannot say: names that must exist, ids that must be unique."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from healthlint.logs.nearest import did_you_mean, nearest
from healthlint.rulebook.model import Names, Rule, Rulebook, StandingSpec
from healthlint.rulebook.requirement import Requirement
from healthlint.rulebook.template import Template
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.timeline.evaluation import PARTNER, Condition, Metric
from healthlint.timeline.expression import Expression

PSEUDO_METRICS = ("epoch", "step")
"""Names that every pack may use as metrics without declaring them."""
SCALES = ("", "guide")
_SPLITS = ("", "train", "val")
PACK = re.compile(r"^[a-z][a-z0-9-]*$")
"""The name of a pack."""
_RULE = re.compile(r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")
ID = re.compile(r"^[a-z][a-z0-9-]*/[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")
"""The id of a rule."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the rules of one pack, and what it shows of where a run stands.

    Attributes:
        document: The document that takes the mistakes.
        pack: Its name.
        names: All names that it may use.
    """

    document: Document
    pack: str
    names: Names

    def check(self, rules: Mapping[int, Rule], standing: Mapping[int, StandingSpec]) -> None:
        """Report ids, names and placeholders that are wrong, at their places.

        Args:
            rules: The rules by position; those that could not be built are left out.
            standing: What to show by position, likewise.
        """
        for i, spec in standing.items():
            self._standing(("standing", i), spec)
        for i, rule in rules.items():
            self._rule(("rules", i), rule)
        self._duplicates(rules)

    def _standing(self, path: Path, spec: StandingSpec) -> None:
        self._scale(path, spec.scale)
        self.metrics(path, [spec.metric])
        for i, phase in enumerate(spec.phases):
            bounds = [bound.expression for bound in (phase.below, phase.at_least) if bound]
            self.expressions((*path, "phases", i), bounds)
        for i, note in enumerate(spec.notes):
            at = (*path, "notes", i)
            self._condition((*at, "when"), note.when)
            self._template((*at, "say"), note.say, note.when)

    def _rule(self, path: Path, rule: Rule) -> None:
        own, _, name = rule.id.partition("/")
        if own != self.pack or not _RULE.match(name):
            hint = f"write `{self.pack}/some-name` in lower case with hyphens"
            self.report((*path, "id"), f"`{rule.id}` is not an id of this pack", hint)
        for i, alias in enumerate(rule.aliases):
            if not ID.match(alias):
                hint = "a former id such as `pack/some-name`"
                self.report((*path, "aliases", i), f"`{alias}` is not an id", hint)
        self._scale(path, rule.scale)
        for side in ("after", "until"):
            self.expressions((*path, side), _expressions(getattr(rule, side)))
            if getattr(rule, side) and getattr(rule.when, side):
                message = f"`{side}` stands on the rule and on its condition"
                self.report((*path, "when", side), message, "keep one of them", at_key=True)
        inner = {"when": rule.when, "except": rule.except_, "softens": rule.softens}
        for field, condition in inner.items():
            if condition is not None:
                self._condition((*path, field), condition)
        self.requirements((*path, "requires"), rule.requires)
        self._template((*path, "message"), rule.message, rule.when)

    def _duplicates(self, rules: Mapping[int, Rule]) -> None:
        known: dict[str, int] = {}
        for i, rule in rules.items():
            first = known.setdefault(rule.id, i)
            if first != i:
                line = self.document.values[("rules", first, "id")].line
                message = f"rule `{rule.id}` is defined twice; the first one is at line {line}"
                self.report(("rules", i, "id"), message)
        for i, rule in rules.items():
            for j, alias in enumerate(rule.aliases):
                first = known.setdefault(alias, i)
                if first != i or alias == rule.id:
                    line = self.document.values[("rules", first, "id")].line
                    message = f"`{alias}` is the name of the rule at line {line}"
                    self.report(("rules", i, "aliases", j), message)

    def _scale(self, path: Path, scale: str) -> None:
        if scale not in SCALES:
            self.report((*path, "scale"), f"unknown scale `{scale}`", "write `guide`")

    def _condition(self, path: Path, condition: Condition) -> None:
        self.metrics(path, metrics_of(condition))
        self._logged(path, condition)
        self.expressions(path, expressions_of(condition))
        if not _is_anchored(condition, has_anchor=False):
            at = find(self.document, path, "once", key="since")
            self.report(at, "`since: once` counts from the crossing of a `follow` around it")

    def requirements(self, path: Path, listed: Sequence[Requirement]) -> None:
        """Report metrics of requirements that are not declared."""
        for i, requirement in enumerate(listed):
            named = [Metric(need.metric) for need in requirement.needs if need.metric]
            self.metrics((*path, i), named)

    def metrics(self, path: Path, metrics: Iterable[Metric]) -> None:
        """Report metrics below a path that are not declared."""
        for metric in dict.fromkeys(metrics):
            split, _, name = metric.rpartition("/")
            at = find(self.document, path, metric)
            if split not in _SPLITS:
                self.report(at, f"unknown split `{split}`", "write `train/` or `val/`", word=split)
            elif not self._is_declared(metric):
                known = [*self.names.metrics, *self.names.derived, *PSEUDO_METRICS]
                hint = did_you_mean(name, known, "declare it under `metrics:`")
                self.report(at, f"unknown metric `{metric}`", hint, word=name)

    def _logged(self, path: Path, condition: Condition) -> None:
        """Report derived metrics under a kind that looks at what was logged, and nothing else."""
        for part in parts_of(condition):
            for metric in metrics_in(part) if part.kind.logged_only else ():
                if metric.rpartition("/")[2] in self.names.derived:
                    message = f"`{part.name}` looks at values as they were logged; `{metric}` is "
                    message += "worked out"
                    at = find(self.document, path, metric)
                    self.report(at, message, "name the metrics that it is made of", word=metric)

    def expressions(self, path: Path, expressions: Iterable[Expression]) -> None:
        """Report names in expressions below a path that are not declared."""
        values = self.names.values
        for expression in expressions:
            for name in sorted(expression.names - set(values)):
                hint = did_you_mean(name, list(values), "declare it under `let:`")
                at = find(self.document, path, name, is_part=True)
                message = f"unknown name `{name}` in `{expression.text}`"
                self.report(at, message, hint, word=name)

    def _template(self, path: Path, template: Template, condition: Condition) -> None:
        offered = {*offered_by(condition), *self.names.values}
        unknown = {m.placeholder for m in metrics_of(condition) if not self._is_declared(m)}
        for parts in template.names:
            name = ".".join(parts)
            metric = nearest(name, sorted(offered)).partition(".")[0]
            # where the metric is misspelt, not the placeholder, that has been reported
            if name not in offered and parts[0] != "run" and metric not in unknown:
                hint = did_you_mean(name, sorted(offered), f"offered: {', '.join(sorted(offered))}")
                message = f"nothing offers the placeholder `{{{name}}}`"
                self.report(path, message, hint, word=name)

    def _is_declared(self, metric: Metric) -> bool:
        name = metric.rpartition("/")[2]
        return name in {*self.names.metrics, *self.names.derived, *PSEUDO_METRICS}

    def report(
        self, path: Path, message: str, hint: str = "", *, at_key: bool = False, word: str = ""
    ) -> None:
        """Note a mistake at a path."""
        self.document.report(path, message, hint, at_key=at_key, word=word)


def _is_anchored(condition: Condition, *, has_anchor: bool) -> bool:
    """Return whether every ``since: once`` in a condition has a ``follow`` around it."""
    params = condition.params
    if getattr(params, "since", None) == "once" and not has_anchor:
        return False
    is_follow = condition.name == "follow"
    return all(
        _is_anchored(part, has_anchor=has_anchor or (is_follow and field.name == "expect"))
        for field in fields(params)
        for part in _leaves(getattr(params, field.name))
        if isinstance(part, Condition)
    )


def find(
    document: Document, path: Path, word: str, *, is_part: bool = False, key: str = ""
) -> Path:
    """Return the path of the first text below a path that is a word, or has it as a part.

    Args:
        document: The document.
        path: Where to begin.
        word: The word.
        is_part: True where it may stand in an expression.
        key: The key that the text must stand at, any where empty.
    """
    pattern = re.compile(rf"(?<![\w.]){re.escape(word)}(?!\w)")
    data = document.data_at(path)
    for at, text in _texts(data, path):
        is_here = pattern.search(text) if is_part else text == word
        if is_here and (not key or at[-1] == key):
            return at
    return path


def _texts(data: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the texts of plain data, each with its path."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _texts(value, (*path, i))


def offered_by(condition: Condition) -> frozenset[str]:
    """Return the placeholders that a condition and its parts give to messages, with their dots."""
    offered: set[str] = set()
    for part in parts_of(condition):
        own = part.kind.offers
        named = {metric.placeholder for metric in metrics_in(part)} - own  # `epoch` is a number
        offered |= own | {f"{name}.{field}" for name in named for field in part.kind.of_metric}
    return frozenset(offered)


def metrics_in(part: Condition) -> list[Metric]:
    """Return the metrics that a condition itself names, in order."""
    return [v for v in _leaves(part.params) if isinstance(v, Metric) and v != PARTNER]


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all conditions inside it."""
    yield condition
    for value in _leaves(condition.params):
        if isinstance(value, Condition):
            yield from parts_of(value)


@cache  # asked of every rule on every run
def metrics_of(condition: Condition) -> Sequence[Metric]:
    """Return the metrics that a condition and its parts name, in order."""
    return [metric for part in parts_of(condition) for metric in metrics_in(part)]


@cache
def absolute_metrics_of(condition: Condition) -> Sequence[Metric]:
    """Return the metrics that parts of a condition hold against bounds on a scale."""
    return [
        metric for part in parts_of(condition) if part.kind.has_scale for metric in metrics_in(part)
    ]


def expressions_of(condition: Condition) -> list[Expression]:
    """Return the expressions that a condition and its parts use."""
    expressions: list[Expression] = []
    for part in parts_of(condition):
        for value in (*_leaves(part.params), part.held, part.after, part.until):
            expressions += _expressions(value)
    return expressions


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


def facts_of(rulebook: Rulebook) -> set[str]:
    """Return the facts that packs ask for: in requirements, arithmetic, bounds and messages."""
    facts: set[str] = set()
    for pack in rulebook.packs:
        required = [*pack.requires, *(one for rule in pack.rules for one in rule.requires)]
        facts |= {need.fact for requirement in required for need in requirement.needs if need.fact}
        expressions = [*pack.names.values()]
        for rule in pack.rules:
            for when in filter(None, (rule.when, rule.except_)):
                expressions += expressions_of(when)
            facts |= {parts[1] for parts in rule.message.names if parts[0] == "run" and parts[1:]}
        facts |= {fact for each in expressions for fact in each.facts}
    return {name.partition(".")[0] for name in facts}
