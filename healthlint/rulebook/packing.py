"""One document to one pack, with every mistake of it at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import TypeVar, get_type_hints

from healthlint.logs.nearest import nearest
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.checking import Checker
from healthlint.rulebook.extending import Base, names_of
from healthlint.rulebook.heads import HeadChecker
from healthlint.rulebook.model import Names, Override, Pack, Rule, StandingSpec
from healthlint.rulebook.requirement import Requirement
from healthlint.rulebook.yaml12 import Document

PAGE = "{rule}"
"""What stands for the id of a rule in the address of its page."""
Part = TypeVar("Part")

_NAMES = get_type_hints(Names)


def build_pack(document: Document, bases: Sequence[Base] = ()) -> Pack | None:
    """Return the pack of a document, None where it has mistakes (among its problems).

    Args:
        document: The document.
        bases: The packs that it extends.
    """
    if document.data is None and document.problems:
        return None
    pack: Pack | None = None
    with suppress(Broken):
        pack = build(Pack, document.data, document, ())
    parts = pack or whole_parts(document)
    if not document.is_checked and parts is not None:
        _check(document, parts, bases)
    return pack and _with_pages(pack)


def _with_pages(pack: Pack) -> Pack:
    """Return a pack whose rules know their pages, where it says where these are."""
    if PAGE not in pack.docs:
        return pack
    rules = (
        replace(rule, docs=rule.docs or pack.docs.replace(PAGE, rule.id)) for rule in pack.rules
    )
    return replace(pack, rules=tuple(rules))


def _check(document: Document, parts: Pack, bases: Sequence[Base]) -> None:
    """Check the parts of a pack that could be built, unless it is not known what they build on."""
    data = document.data if isinstance(document.data, Mapping) else {}
    listed = data.get("extends", ())
    is_known = isinstance(listed, list | tuple) and len(listed) == len(bases)
    if not is_known or any(base.parts is None for base in bases) or _is_misspelt(data):
        return
    silent = replace(document, problems=[])  # what is broken has been reported
    inherited = names_of(bases)
    checker = Checker(document, parts.pack, Names.of(parts).under(inherited))
    checker.check(_whole(Rule, "rules", silent), _whole(StandingSpec, "standing", silent))
    family = [base for ancestor in bases for base in (*ancestor.family, ancestor)]
    others = [rule for base in family if base.parts for rule in base.parts.rules]
    HeadChecker(checker, parts, inherited, others).check()


def _is_misspelt(data: Mapping[str, object]) -> bool:
    """Return whether a field that gives names is misspelt, so that these are not known."""
    known = {field.name for field in fields(Pack)}
    unknown = [name for name in data if name not in known]
    naming = [name for name in ("extends", *_NAMES) if name not in data]
    return any(nearest(name, known) in naming for name in unknown)


def whole_parts(document: Document) -> Pack | None:
    """Return a broken pack without what is broken of it; None where its names are."""
    data = document.data
    if not isinstance(data, Mapping):
        return None
    silent = replace(document, problems=[])
    try:
        names = {
            name: build(kind, data[name], silent, (name,))
            for name, kind in _NAMES.items()
            if name in data
        }
        name = build(str, data.get("pack"), silent, ("pack",))
    except Broken:
        return None
    overrides = data.get("overrides")
    return Pack(
        schema="healthlint.rules/1",
        pack=name,
        rules=tuple(_whole(Rule, "rules", silent).values()),
        requires=tuple(_whole(Requirement, "requires", silent).values()),
        overrides=dict.fromkeys(overrides, Override()) if isinstance(overrides, Mapping) else {},
        **names,
    )


def _whole(kind: type[Part], field: str, silent: Document) -> dict[int, Part]:
    """Return the items of a list of a pack that can be built, by position."""
    items = silent.data.get(field) if isinstance(silent.data, Mapping) else None
    whole: dict[int, Part] = {}
    for i, item in enumerate(items if isinstance(items, list) else []):
        with suppress(Broken):
            whole[i] = build(kind, item, silent, (field, i))
    return whole
