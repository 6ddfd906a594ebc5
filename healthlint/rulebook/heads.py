"""What stands before the rules of a pack: name, metrics, params, arithmetic, what it changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from healthlint.logs.nearest import did_you_mean
from healthlint.rulebook.checking import PACK, PSEUDO_METRICS, Checker, find
from healthlint.rulebook.groups import is_group, references
from healthlint.rulebook.model import Names, Pack, Rule
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.timeline.expression import Expression
from healthlint.timeline.formula import SPLITS, WEIGHTED, Operand

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_HYPHENS = "write it in lower case with hyphens"
_UNDERSCORES = "write it in lower case with underscores"


@dataclass(frozen=True, slots=True)
class HeadChecker:
    """Checks what a pack declares; after its rules, for these say what is meant.

    Attributes:
        checker: The checker of its rules.
        pack: The pack, or what is whole of it.
        inherited: Names of the packs that it extends.
        others: The rules of these packs.
    """

    checker: Checker
    pack: Pack
    inherited: Names
    others: Sequence[Rule] = ()

    @property
    def document(self) -> Document:
        """Return the document that takes the mistakes."""
        return self.checker.document

    def check(self) -> None:
        """Report names that are wrong, and params and overrides that would change nothing."""
        if not PACK.match(self.pack.pack):
            self._report(("pack",), f"`{self.pack.pack}` is not a name of a pack", _HYPHENS)
        self._declared()
        for name in self.pack.params:
            self._param(("params", name), name)
        self.checker.requirements(("requires",), self.pack.requires)
        self._overridden()

    def _declared(self) -> None:
        for name, group in self.pack.metrics.items():
            for other in references(group):
                hint = did_you_mean(other, list(self.pack.metrics), "name a group above it")
                self._report(("metrics", name), f"unknown group `${other}`", hint)
            if name in PSEUDO_METRICS:
                self._report(("metrics", name), f"`{name}` is there in every pack", at_key=True)
            elif not _NAME.match(name):
                message = f"`{name}` is not a name of a metric"
                self._report(("metrics", name), message, _UNDERSCORES, at_key=True)
        for name in self.pack.derived:
            self._derived(("derived", name), name)
        let = self.pack.let or {}
        for name, expression in let.items():
            path: Path = ("let", name)
            self._value_name(path, name)
            self.checker.expressions(path, [expression])
            if name in _reached(name, let):
                self._report(path, f"`{name}` is defined in terms of itself", at_key=True)

    def _derived(self, path: Path, name: str) -> None:
        """Report what is wrong with a derived metric: its name, and what it is made of."""
        if not _NAME.match(name) or name in (*PSEUDO_METRICS, *SPLITS):
            self._report(path, f"`{name}` is not a name of a metric", _UNDERSCORES, at_key=True)
        for field, known in (("metrics", self.pack.metrics), ("let", self.pack.let or {})):
            if name in known:
                message = f"`{name}` stands under `{field}:` too"
                self._report(path, message, "keep one", at_key=True)
        formula, names = self.pack.derived[name], self.checker.names
        metrics = formula.metrics({*names.metrics, *PSEUDO_METRICS})
        for bare in formula.names:
            self._operand_name(path, bare)
        if not metrics and not self.document.problems:
            hint = "arithmetic of numbers stands under `let:`"
            self._report(path, f"`{formula.text}` names no metric", hint)
        for operand in metrics:
            self._operand(path, operand)

    def _operand_name(self, path: Path, name: str) -> None:
        names = self.checker.names
        if name in {*names.metrics, *PSEUDO_METRICS, *names.values}:
            return
        if name in names.derived:
            message = f"`{name}` is derived itself"
            self.checker.report(path, message, "write it out", word=name)
            return
        known = [*names.metrics, *names.values]
        hint = did_you_mean(name, known, "declare it under `metrics:`")
        self.checker.report(path, f"unknown metric `{name}`", hint, word=name)

    def _operand(self, path: Path, operand: Operand) -> None:
        """Report a metric that is not declared, and groups where one metric is meant."""
        names, word = self.checker.names, operand.metric.rpartition("/")[2]
        canonical = names.metrics.get(word)
        if canonical is None and word not in PSEUDO_METRICS:
            hint = did_you_mean(word, list(names.metrics), "declare it under `metrics:`")
            self.checker.report(path, f"unknown metric `{word}`", hint, word=word)
        elif is_group(canonical or word) != operand.is_weighted:
            if operand.is_weighted:
                hint = "declare a group such as `losses: '*_loss'`"
                message = f"`{word}` is one metric, not a group"
            else:
                hint = f"write `{WEIGHTED}({word})`"
                message = f"`{word}` is a group of metrics"
            self.checker.report(path, message, hint, word=word)

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
            self._unused(path, name, did_you_mean(name, known, listed))

    def _unused(self, path: Path, name: str, hint: str) -> None:
        is_meant = any(f"`{name}`" in problem.hint for problem in self.document.problems)
        if not is_meant and not self._is_used(name):
            self._report(path, f"nothing uses `{name}`", hint, at_key=True)

    def _is_used(self, name: str) -> bool:
        fields_with_names = ("let", "derived", "standing", "rules")
        return any(
            find(self.document, (field,), name, is_part=True) != (field,)
            for field in fields_with_names
            if self.document.data_at((field,))
        )

    def _overridden(self) -> None:
        known = [name for rule in self.others for name in (rule.id, *rule.aliases)]
        for name in self.pack.overrides:
            if name in known:
                continue
            message = f"`{name}` is no rule of an extended pack"
            hint = did_you_mean(name, known, "name its pack under `extends:`")
            if name.startswith(f"{self.pack.pack}/"):
                hint = "change the rule itself"
            self._report(("overrides", name), message, hint, at_key=True)

    def _report(self, path: Path, message: str, hint: str = "", *, at_key: bool = False) -> None:
        self.checker.report(path, message, hint, at_key=at_key)


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
