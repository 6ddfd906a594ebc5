"""Packs that build on others: whose names they may use, and what they change of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from healthlint.logs.nearest import did_you_mean
from healthlint.rulebook.model import Names, Override, Pack
from healthlint.rulebook.problems import PackProblem, RulebookError
from healthlint.rulebook.yaml12 import Document


class Base(NamedTuple):
    """A pack as it was read, and the packs that it extends.

    Attributes:
        document: Where it stands.
        pack: The pack as it is written, None where it has mistakes.
        parts: The pack without what is broken of it; None where not even its names are known.
        bases: The packs that it extends.
    """

    document: Document
    pack: Pack | None
    parts: Pack | None
    bases: tuple[Base, ...] = ()

    @property
    def family(self) -> Iterable[Base]:
        """Return the packs that it extends, directly or not, the first ones first."""
        for base in self.bases:
            yield from base.family
            yield base


class ParamError(ValueError):
    """A pack or a param of it that there is none of.

    Attributes:
        word: Its dotted name (``tts`` or ``tts.patience``).
    """

    def __init__(self, message: str, word: str) -> None:
        super().__init__(message)
        self.word = word


def names_of(bases: Sequence[Base]) -> Names:
    """Return the names that packs give to one that extends them; the last one counts."""
    names = Names()
    for base in bases:
        own = Names.of(base.parts) if base.parts else Names()
        names = own.under(names_of(base.bases)).under(names)
    return names


def settled(
    bases: Sequence[Base], params: Mapping[str, Mapping[str, float]] | None = None
) -> list[Pack]:
    """Return packs with the names they inherit, and with what others change of them.

    Args:
        bases: Packs without mistakes, each after those that it extends.
        params: Numbers by pack and name that outrank what the packs say.

    Raises:
        RulebookError: Two packs change the same thing, and neither builds on the other.
        ParamError: A name in ``params`` that no pack has.
    """
    if not params and not any(base.bases for base in bases):
        return [base.pack for base in bases if base.pack]
    _refuse_rivals(bases)
    packs = {id(base): base.pack for base in bases if base.pack}
    for base in bases:
        for other in base.family:
            _change(packs, other, packs[id(base)])
    for name, values in (params or {}).items():
        _set(packs, bases, name, values)
    inherited: dict[int, Pack] = {}
    for base in bases:
        inherited[id(base)] = _inherit(packs[id(base)], [inherited[id(b)] for b in base.bases])
    return list(inherited.values())


def _change(packs: dict[int, Pack], base: Base, by: Pack) -> None:
    """Change params and rules of a pack as one that builds on it says."""
    pack = packs[id(base)]
    params = {name: by.params.get(name, value) for name, value in pack.params.items()}
    rules = tuple(
        _override(rule.id, rule.aliases, by).apply(rule) if by.overrides else rule
        for rule in pack.rules
    )
    packs[id(base)] = replace(pack, params=params, rules=rules)


def _set(
    packs: dict[int, Pack], bases: Sequence[Base], name: str, values: Mapping[str, float]
) -> None:
    """Give the params of a pack other values, in the packs that build on it too.

    Raises:
        ParamError: There is no such pack, or it has no such param.
    """
    named = [pack.pack for pack in packs.values()]
    if name not in named:
        raise ParamError(f"no pack `{name}`{_near(name, named, 'packs: ')}", name)
    known = sorted({param for pack in packs.values() if pack.pack == name for param in pack.params})
    for param in values:
        if param not in known:
            hint = _near(param, known, "it has ")
            raise ParamError(f"pack `{name}` has no param `{param}`{hint}", f"{name}.{param}")
    for base in bases:
        pack = packs[id(base)]
        if name in {pack.pack, *(packs[id(other)].pack for other in base.family)}:
            mine = {param: value for param, value in values.items() if param in pack.params}
            packs[id(base)] = replace(pack, params={**pack.params, **mine})


def _near(word: str, known: Sequence[str], otherwise: str) -> str:
    return did_you_mean(word, known, f"; {otherwise}{', '.join(known) or 'none'}", lead="; ")


def _override(rule: str, aliases: Sequence[str], by: Pack) -> Override:
    named = (by.overrides[name] for name in (rule, *aliases) if name in by.overrides)
    return next(named, Override())


def _inherit(pack: Pack, bases: Sequence[Pack]) -> Pack:
    """Return a pack with the names of those that it extends; its own count."""
    names = Names.of(pack)
    for base in bases:
        names = names.under(Names.of(base))
    return replace(pack, **names._asdict())


def _refuse_rivals(bases: Sequence[Base]) -> None:
    """Refuse two packs that change the same rule or number, unless one of them extends the other.

    Raises:
        RulebookError: With the places of the second ones.
    """
    first: dict[tuple[str, str, str], Base] = {}
    problems: list[PackProblem] = []
    for base in bases:
        assert base.pack
        for other in base.family:
            for kind, name in _changes(base.pack, other):
                key = (other.document.path, kind, name)
                earlier = first.setdefault(key, base)
                if earlier is not base and earlier not in base.family:
                    message = f"`{name}` is changed in {earlier.document.path} too"
                    base.document.report((kind, name), message, "keep one", at_key=True)
        problems += base.document.problems
    if problems:
        raise RulebookError(problems)


def _changes(pack: Pack, base: Base) -> list[tuple[str, str]]:
    """Return what a pack changes of another: fields and names."""
    assert base.pack
    rules = {name for rule in base.pack.rules for name in (rule.id, *rule.aliases)}
    return [
        *(("params", name) for name in pack.params if name in base.pack.params),
        *(("overrides", name) for name in pack.overrides if name in rules),
    ]
