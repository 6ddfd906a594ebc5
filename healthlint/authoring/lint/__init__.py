"""Rules that load and still cannot do what they are meant to: one check a module.

The folder is the registry. A check is a module whose name has no leading underscore, with a
function ``check(subject) -> Iterator[Remark]``; its name, with hyphens, is the name of the check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint.authoring.lint._subject import Remark, Seen, Subject, seen
from healthlint.rulebook.loading import Written
from healthlint.rulebook.model import Rulebook
from healthlint.rulebook.problems import PackProblem

__all__ = ["Notice", "Seen", "lint", "names", "seen"]


class _LintModule(Protocol):
    def check(self, subject: Subject) -> Iterator[Remark]:
        """Yield what is wrong with a rule."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark at its place.

    Attributes:
        check: Name of the check.
        severity: ``error``: the rule cannot work; ``warning``: it hardly does what is meant.
        rule: Id of the rule.
        problem: What is wrong, where.
    """

    check: str
    severity: str
    rule: str
    problem: PackProblem

    def __str__(self) -> str:
        """Return it as mistakes of packs are shown, with its severity and check."""
        problem = self.problem
        return str(replace(problem, message=f"{self.severity}[{self.check}]: {problem.message}"))


@cache
def names() -> tuple[str, ...]:
    """Return the names of all checks, sorted."""
    modules = (module.name for module in iter_modules(__path__))
    return tuple(sorted(name.replace("_", "-") for name in modules if not name.startswith("_")))


def lint(
    book: Rulebook,
    places: Mapping[str, Written],
    ids: Iterable[str],
    logs: Sequence[Seen] = (),
    facts: Iterable[str] = (),
) -> list[Notice]:
    """Return what is wrong with rules, in the order in which they are written.

    Shipped rules are for many trainers: one that cannot work on a log is a warning there.

    Args:
        book: All rules.
        places: Where each is written.
        ids: The rules to look at.
        logs: Logs that they are meant for.
        facts: Names of facts that are given beside what logs say.
    """
    wanted = set(ids)
    notices: list[Notice] = []
    for pack, rule in replace(book, selected=None).entries:
        if rule.id in wanted:
            subject = Subject(
                pack=pack,
                rule=rule,
                path=places[rule.id].path,
                book=book,
                logs=tuple(logs),
                facts=frozenset(facts),
            )
            own = sorted(
                dict.fromkeys(_of(subject, places[rule.id])),
                key=lambda notice: notice.problem.order,
            )
            if logs and not places[rule.id].is_given:
                own = [replace(notice, severity="warning") for notice in own]
            notices += own
    return notices


def _of(subject: Subject, written: Written) -> Iterator[Notice]:
    for name in names():
        module = cast("_LintModule", import_module(f"{__name__}.{name.replace('-', '_')}"))
        for remark in module.check(subject):
            words, at_key = (remark.message, remark.hint), remark.at_key
            at = subject.find(written.document, remark)
            problem = written.document.locate(at, *words, at_key=at_key, word=remark.word)
            yield Notice(name, remark.severity, subject.rule.id, problem)
