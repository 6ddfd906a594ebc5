"""Which rules judge, with which params and good runs; a name that there is none of is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from healthlint import conditions
from healthlint.logs.facts import misspelt
from healthlint.rulebook import Rulebook, load
from healthlint.rulebook.checking import facts_of
from healthlint.rulebook.extending import ParamError


class SelectionError(ValueError):
    """A pattern, rule id, param or run that there is none of.

    Attributes:
        option: Where it was given: ``select``, ``require``, ``reference``, ...; empty for a run.
        word: What was given.
    """

    def __init__(self, message: str, option: str = "", word: str = "") -> None:
        super().__init__(message)
        self.option = option
        self.word = word


def selected(
    rules: Sequence[str],
    select: Sequence[str],
    ignore: Sequence[str],
    profile: str,
    params: Mapping[str, Mapping[str, float]] | None = None,
    facts: Mapping[str, object] | None = None,
    reference: Sequence[str] = (),
) -> Rulebook:
    """Return the shipped packs and the given ones, narrowed to the selection.

    Args:
        rules: Files or folders of packs beside the shipped ones.
        select: Patterns of rule ids, all of the profile where empty.
        ignore: Patterns of rule ids that are left out.
        profile: ``default`` or ``all``.
        params: Values of params by pack and name.
        facts: What is told of the runs; a misspelt name is refused.
        reference: Good runs that rules compare with.

    Raises:
        RulebookError: A pack is wrong.
        SelectionError: A pattern matches no rule, a param is in no pack, a fact is misspelt, or a
            good run cannot be used.
    """
    try:
        rulebook = load(rules, params=params)
    except ParamError as error:
        raise SelectionError(str(error), "params", error.word) from error
    for option, patterns in (("select", select), ("ignore", ignore)):
        for pattern in patterns:
            refuse_pattern(rulebook, option, pattern)
    rulebook = rulebook.select(select, ignore, profile)
    _refuse_facts(facts or {}, rulebook)
    return _compared(rulebook, reference, facts or {})


def add_kinds(packages: Sequence[str]) -> None:
    """Add the kinds of installed packages.

    Raises:
        SelectionError: One of them brings none.
    """
    try:
        conditions.add(packages)
    except ValueError as error:
        raise SelectionError(str(error), "kinds", getattr(error, "package", "")) from error


def add_own_trainers(rules: Sequence[str]) -> None:
    """Add the trainers beside packs; they are there for the rest of the process.

    Raises:
        RulebookError: A file has a mistake.
    """
    if rules:
        from healthlint.rulebook.trainers import add_trainers

        add_trainers(rules)


def _compared(
    rulebook: Rulebook, reference: Sequence[str], facts: Mapping[str, object]
) -> Rulebook:
    """Return a rulebook with the good runs that its rules compare with."""
    if not reference:
        return rulebook
    from healthlint.engine.profiles import ProfileError, attached

    try:
        return attached(rulebook, reference, facts)
    except ProfileError as error:
        raise SelectionError(str(error), "reference", error.path) from error


def _refuse_facts(facts: Mapping[str, object], rulebook: Rulebook) -> None:
    """Refuse a fact that no rule asks for and that looks like one that they know."""
    if not any(misspelt(facts)):  # as usual; what rules ask for takes a moment
        return
    for name, near in misspelt(facts, facts_of(rulebook)):
        message = f"unknown fact `{name}`; did you mean `{near}`?"
        raise SelectionError(message, "facts", name)


def refuse_pattern(rulebook: Rulebook, option: str, pattern: str) -> None:
    """Refuse a pattern that matches no rule."""
    try:
        rulebook.select([pattern])
    except ValueError as error:
        raise SelectionError(str(error), option, pattern) from error
