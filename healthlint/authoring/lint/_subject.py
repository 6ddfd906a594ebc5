"""What a check looks at, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from healthlint.engine.binding import Lets, Scene
from healthlint.logs import Log, Run
from healthlint.logs.choosing import choose
from healthlint.rulebook.checking import parts_of
from healthlint.rulebook.model import Pack, Rule, Rulebook
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.ruletests.walking import lets_of_names
from healthlint.timeline.evaluation import Condition
from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.quantities import Number, Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wrong with a rule.

    Attributes:
        message: What is wrong.
        severity: ``error`` or ``warning``.
        hint: What to do.
        field: The field of the rule that it is about (``when``, ``why``).
        key: The key below that field to point at, the field itself where empty.
        word: The word below that field to point at.
        at_key: True where the key is meant, not the value.
    """

    message: str
    severity: Literal["error", "warning"] = "warning"
    hint: str = ""
    field: str = "when"
    key: str = ""
    word: str = ""
    at_key: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A log that rules are meant for.

    Attributes:
        path: Its path as given.
        run: The run that is looked at, its last one.
        scene: That run with its clock.
    """

    path: str
    run: Run
    scene: Scene


def seen(log: Log) -> Seen:
    """Return a log to look at; it has at least one run."""
    run = choose(log, "last")
    return Seen(log.path, run, Scene.of(run.current, run.facts))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Subject:
    """A rule that is looked at.

    Attributes:
        pack: Its pack.
        rule: The rule.
        path: Where it stands in its document.
        book: All rules.
        logs: Logs that it is meant for, perhaps none.
        facts: Names of facts that are given beside what logs say.
    """

    pack: Pack
    rule: Rule
    path: Path
    book: Rulebook
    logs: tuple[Seen, ...] = ()
    facts: frozenset[str] = frozenset()

    @property
    def conditions(self) -> Iterator[Condition]:
        """Yield every condition of the rule, those of its innocent cause too."""
        yield from parts_of(self.rule.when)
        if self.rule.except_ is not None:
            yield from parts_of(self.rule.except_)

    def constant(self, number: Number | Percent | None) -> float | None:
        """Return the value of a number where it is the same for every run, else None."""
        if number is None:
            return None
        names = lets_of_names(number.expression.names, self.pack.names)
        reached = [self.pack.names[name] for name in names if name in self.pack.names]
        if any(expression.facts for expression in (number.expression, *reached)):
            return None
        lets = Lets(self.pack.names, {})
        try:
            value = number.expression.evaluate(lets, {})
        except (MissingFact, ExpressionError):
            return None
        return value / 100 if isinstance(number, Percent) else value

    def find(self, document: Document, remark: Remark) -> Path:
        """Return the path that a remark points at."""
        path = (*self.path, remark.field)
        if not remark.key:
            return path if document.data_at(path) is not None else self.path
        place = _below(document.data_at(path), path, remark.key, remark.word)
        return place or path


def _below(data: object, path: Path, key: str, word: str) -> Path | None:
    """Return the first path below data that ends with a key and holds a word."""
    listed = enumerate(data) if isinstance(data, list) else ()
    for name, value in data.items() if isinstance(data, dict) else listed:
        if name == key and (not word or word in str(value)):
            return (*path, name)
        if (inner := _below(value, (*path, name), key, word)) is not None:
            return inner
    return None
