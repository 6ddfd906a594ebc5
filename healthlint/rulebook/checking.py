"""What the types of a pack cannot say: names that must exist, ids that must be unique."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

from healthlint.rulebook.model import Pack, Rule, StandingSpec, numbers
from healthlint.rulebook.template import Template
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.timeline.evaluation import Condition, Metric
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
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_HYPHENS = "write it in lower case with hyphens"
_UNDERSCORES = "write it in lower case with underscores"


class Names(NamedTuple):
    """What the rules of a pack may name.

    Attributes:
        metrics: Canonical metric, or group, by name.
        params: Named numbers.
        let: Named arithmetic.
    """

    metrics: Mapping[str, str] = MappingProxyType({})
    params: Mapping[str, float] = MappingProxyType({})
    let: Mapping[str, Expression] = MappingProxyType({})

    @classmethod
    def of(cls, pack: Pack) -> Names:
        """Return the names that a pack gives itself."""
        return cls(pack.metrics, pack.params, pack.let or {})

    def under(self, others: Names) -> Names:
        """Return these names together with others; where both have one, these count."""
        return Names(
            {**others.metrics, **self.metrics},
            {**others.params, **self.params},
            {**others.let, **self.let},
        )

    @property
    def values(self) -> Mapping[str, Expression]:
        """Return what an expression may name."""
        return {**numbers(self.params), **self.let} if self.params else self.let


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the parts of one pack.

    Attributes:
        document: The document that takes the mistakes.
        pack: The pack, or what is whole of it.
        inherited: Names of the packs that it extends.
        names: All names that it may use.
    """

    document: Document
    pack: Pack
    inherited: Names
    names: Names

    def check(
        self,
        rules: Mapping[int, Rule],
        standing: Mapping[int, StandingSpec],
        others: Sequence[Rule] = (),
    ) -> None:
        """Report ids, names and placeholders that are wrong, at their places.

        Args:
            rules: The rules by position; those that could not be built are left out.
            standing: What to show by position, likewise.
            others: The rules of the packs that it extends.
        """
        if not PACK.match(self.pack.pack):
            self._report(("pack",), f"`{self.pack.pack}` is not a name of a pack", _HYPHENS)
        self._declared()
        self._required()
        self._overridden(others)
        for i, spec in standing.items():
            self._standing(("standing", i), spec)
        for i, rule in rules.items():
            self._rule(("rules", i), rule)
        self._duplicates(rules)
        for name in self.pack.params:
            self._param(("params", name), name)

    def _declared(self) -> None:
        for name in self.pack.metrics:
            if name in PSEUDO_METRICS:
                self._report(("metrics", name), f"`{name}` is there in every pack", at_key=True)
            elif not _NAME.match(name):
                message = f"`{name}` is not a name of a metric"
                self._report(("metrics", name), message, _UNDERSCORES, at_key=True)
        let = self.pack.let or {}
        for name, expression in let.items():
            path: Path = ("let", name)
            self._value_name(path, name)
            self._names(path, [expression])
            if name in _reached(name, let):
                self._report(path, f"`{name}` is defined in terms of itself", at_key=True)

    def _value_name(self, path: Path, name: str) -> None:
        if not _NAME.match(name) or name == "run":
            hint = "`run` means the facts of the run" if name == "run" else _UNDERSCORES
            self._report(path, f"`{name}` is not a name of a value", hint, at_key=True)

    def _param(self, path: Path, name: str) -> None:
        """Report a param that would change nothing: most are misspelt names of inherited ones."""
        self._value_name(path, name)
        if name in (self.pack.let or {}):
            self._report(path, f"`{name}` stands under `let:` too", "keep one", at_key=True)
        if not self.document.data_at(("extends",)) or name in self.inherited.params:
            return
        known = sorted(self.inherited.params)
        listed = f"params there: {', '.join(known)}" if known else "no param is there"
        if name in self.inherited.let:
            message = f"`{name}` is worked out in the extended pack and is none of its params"
            self._report(path, message, listed, at_key=True)
        else:
            self._unused(path, name, _near(name, known, listed))

    def _unused(self, path: Path, name: str, hint: str) -> None:
        is_meant = any(f"`{name}`" in problem.hint for problem in self.document.problems)
        if not is_meant and not self._is_used(name):
            self._report(path, f"nothing uses `{name}`", hint, at_key=True)

    def _is_used(self, name: str) -> bool:
        fields_with_names = ("let", "standing", "rules")
        return any(
            _find(self.document, (field,), name, is_part=True) != (field,)
            for field in fields_with_names
            if self.document.data_at((field,))
        )

    def _required(self) -> None:
        for i, name in enumerate(self.pack.requires):
            if name.startswith("run."):
                continue
            self._metrics(("requires", i), [Metric(name)])

    def _overridden(self, others: Sequence[Rule]) -> None:
        known = [name for rule in others for name in (rule.id, *rule.aliases)]
        for name in self.pack.overrides:
            if name in known:
                continue
            message = f"`{name}` is no rule of an extended pack"
            hint = _near(name, known, "name its pack under `extends:`")
            if name.startswith(f"{self.pack.pack}/"):
                hint = "change the rule itself"
            self._report(("overrides", name), message, hint, at_key=True)

    def _standing(self, path: Path, spec: StandingSpec) -> None:
        self._scale(path, spec.scale)
        self._metrics(path, [spec.metric])
        for i, phase in enumerate(spec.phases):
            bounds = [bound.expression for bound in (phase.below, phase.at_least) if bound]
            self._names((*path, "phases", i), bounds)
        for i, note in enumerate(spec.notes):
            at = (*path, "notes", i)
            self._condition((*at, "when"), note.when)
            self._template((*at, "say"), note.say, note.when)

    def _rule(self, path: Path, rule: Rule) -> None:
        own, _, name = rule.id.partition("/")
        if own != self.pack.pack or not _RULE.match(name):
            hint = f"write `{self.pack.pack}/some-name` in lower case with hyphens"
            self._report((*path, "id"), f"`{rule.id}` is not an id of this pack", hint)
        for i, alias in enumerate(rule.aliases):
            if not ID.match(alias):
                hint = "a former id such as `pack/some-name`"
                self._report((*path, "aliases", i), f"`{alias}` is not an id", hint)
        self._scale(path, rule.scale)
        for side in ("after", "until"):
            self._names((*path, side), _expressions(getattr(rule, side)))
            if getattr(rule, side) and getattr(rule.when, side):
                message = f"`{side}` stands on the rule and on its condition"
                self._report((*path, "when", side), message, "keep one of them", at_key=True)
        self._condition((*path, "when"), rule.when)
        if rule.except_ is not None:
            self._condition((*path, "except"), rule.except_)
        self._template((*path, "message"), rule.message, rule.when)

    def _duplicates(self, rules: Mapping[int, Rule]) -> None:
        known: dict[str, int] = {}
        for i, rule in rules.items():
            first = known.setdefault(rule.id, i)
            if first != i:
                line = self.document.values[("rules", first, "id")].line
                message = f"rule `{rule.id}` is defined twice; the first one is at line {line}"
                self._report(("rules", i, "id"), message)
        for i, rule in rules.items():
            for j, alias in enumerate(rule.aliases):
                first = known.setdefault(alias, i)
                if first != i or alias == rule.id:
                    line = self.document.values[("rules", first, "id")].line
                    message = f"`{alias}` is the name of the rule at line {line}"
                    self._report(("rules", i, "aliases", j), message)

    def _scale(self, path: Path, scale: str) -> None:
        if scale not in SCALES:
            self._report((*path, "scale"), f"unknown scale `{scale}`", "write `guide`")

    def _condition(self, path: Path, condition: Condition) -> None:
        self._metrics(path, metrics_of(condition))
        self._names(path, expressions_of(condition))
        if not _is_anchored(condition, has_anchor=False):
            at = _find(self.document, path, "once", key="since")
            self._report(at, "`since: once` counts from the crossing of a `follow` around it")

    def _metrics(self, path: Path, metrics: Iterable[Metric]) -> None:
        for metric in dict.fromkeys(metrics):
            split, _, name = metric.rpartition("/")
            at = _find(self.document, path, metric)
            if split not in _SPLITS:
                self._report(at, f"unknown split `{split}`", "write `train/` or `val/`", word=split)
            elif not self._is_declared(metric):
                known = [*self.names.metrics, *PSEUDO_METRICS]
                hint = _near(name, known, "declare it under `metrics:`")
                self._report(at, f"unknown metric `{metric}`", hint, word=name)

    def _names(self, path: Path, expressions: Iterable[Expression]) -> None:
        values = self.names.values
        for expression in expressions:
            for name in sorted(expression.names - set(values)):
                hint = _near(name, list(values), "declare it under `let:`")
                at = _find(self.document, path, name, is_part=True)
                message = f"unknown name `{name}` in `{expression.text}`"
                self._report(at, message, hint, word=name)

    def _template(self, path: Path, template: Template, condition: Condition) -> None:
        offered = {*offered_by(condition), *self.names.values}
        unknown = {m.placeholder for m in metrics_of(condition) if not self._is_declared(m)}
        for parts in template.names:
            name = ".".join(parts)
            close = get_close_matches(name, sorted(offered), 1)
            # where the metric is misspelt, not the placeholder, that has been reported
            if name not in offered and parts[0] != "run" and not _heads(close) & unknown:
                hint = _near(name, sorted(offered), f"offered: {', '.join(sorted(offered))}")
                message = f"nothing offers the placeholder `{{{name}}}`"
                self._report(path, message, hint, word=name)

    def _is_declared(self, metric: Metric) -> bool:
        name = metric.rpartition("/")[2]
        return name in self.names.metrics or name in PSEUDO_METRICS

    def _report(
        self, path: Path, message: str, hint: str = "", *, at_key: bool = False, word: str = ""
    ) -> None:
        self.document.report(path, message, hint, at_key=at_key, word=word)


def _heads(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _near(word: str, choices: Sequence[str], otherwise: str) -> str:
    close = get_close_matches(word, choices, 1)
    return f"did you mean `{close[0]}`?" if close else otherwise


def _reached(name: str, let: Mapping[str, Expression]) -> set[str]:
    """Return the names that a value goes through, itself only where it leads back to itself."""
    reached: set[str] = set()
    left = [name]
    while left:
        expression = let.get(left.pop())
        more = (expression.names if expression else frozenset()) - reached
        reached |= more
        left += more
    return reached


def _is_anchored(condition: Condition, *, has_anchor: bool) -> bool:
    """Return whether every ``since: once`` in a condition has a ``follow`` around it."""
    params = condition.params
    if getattr(params, "since", None) == "once" and not has_anchor:
        return False
    is_follow = condition.name == "follow"
    return all(
        _is_anchored(part, has_anchor=has_anchor or (is_follow and one.name == "expect"))
        for one in fields(params)
        for part in _leaves(getattr(params, one.name))
        if isinstance(part, Condition)
    )


def _find(
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
        of_metric: frozenset[str] = getattr(part.kind, "OF_METRIC", frozenset())
        own: frozenset[str] = getattr(part.kind, "OFFERS", frozenset())
        named = {metric.placeholder for metric in metrics_in(part)} - own  # `epoch` is a number
        offered |= own | {f"{name}.{field}" for name in named for field in of_metric}
    return frozenset(offered)


def metrics_in(part: Condition) -> list[Metric]:
    """Return the metrics that a condition itself names, in order."""
    return [value for value in _leaves(part.params) if isinstance(value, Metric)]


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all conditions inside it."""
    yield condition
    for value in _leaves(condition.params):
        if isinstance(value, Condition):
            yield from parts_of(value)


def metrics_of(condition: Condition) -> list[Metric]:
    """Return the metrics that a condition and its parts name, in order."""
    return [metric for part in parts_of(condition) for metric in metrics_in(part)]


def absolute_metrics_of(condition: Condition) -> list[Metric]:
    """Return the metrics that parts of a condition hold against bounds on a scale."""
    return [
        metric
        for part in parts_of(condition)
        if getattr(part.kind, "HAS_SCALE", False)
        for metric in metrics_in(part)
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
        for one in fields(value):
            yield from _leaves(getattr(value, one.name))
    else:
        yield value
