"""Plain data to closed frozen dataclasses, with every mistake at its place.

The dataclasses are the schema: their fields, types and defaults say what a pack may hold. Pydantic
reads the same dataclasses where JSON Schemas are made; here the walk is by hand because importing
and building pydantic models takes longer than judging a log does (``docs/decisions.md``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from healthlint import conditions
from healthlint.logs.nearest import did_you_mean, nearest
from healthlint.rulebook.yaml12 import Document, Path
from healthlint.timeline.evaluation import Condition
from healthlint.timeline.kind import Kind
from healthlint.timeline.quantities import Span

MODIFIERS = ("for", "after", "until")
"""What every condition may have beside its kind."""
_TEXT_KIND = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


class Broken(Exception):
    """A value could not be built; its mistakes have been reported."""


def build(kind: Any, data: object, document: Document, path: Path) -> Any:
    """Return the value of a type built from plain data.

    Raises:
        Broken: It could not be built; every mistake is among the document's problems.
    """
    how, part = _way(kind)
    return how(part, data, document, path)


@cache
def _way(kind: Any) -> tuple[Callable[..., Any], Any]:
    """Return what builds values of a type, and what it is told of the type."""
    if kind is Condition:
        return _condition, kind
    if isinstance(kind, Kind):
        return _params, kind
    if is_dataclass(kind) and not hasattr(kind, "parse"):
        return _dataclass, kind
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional, next(arg for arg in args if arg is not NoneType)
    if origin is tuple:
        return _items, args[0]
    if origin in (Mapping, dict):
        return _mapping, args[1]
    return (_choice, args) if origin is Literal else (_leaf, kind)


def _optional(kind: Any, data: object, document: Document, path: Path) -> Any:
    return None if data is None else build(kind, data, document, path)


def _leaf(kind: Any, data: object, document: Document, path: Path) -> Any:
    if hasattr(kind, "parse"):
        try:
            return kind.parse(data)
        except ValueError as error:
            _fail(document, path, str(error), word=_quoted(str(error)))
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        _fail(document, path, f"expected {_TEXT_KIND[kind]}, not {_shown(data)}")
    return data


def _fail(document: Document, path: Path, message: str, hint: str = "", word: str = "") -> NoReturn:
    document.report(path, message, hint, word=word)
    raise Broken


def _quoted(message: str) -> str:
    """Return what a message says in backticks first: the word that is wrong."""
    match = re.search(r"`([^`]+)`", message)
    return match[1] if match else ""


def _shown(data: object) -> str:
    if isinstance(data, Mapping):
        return "a mapping"
    if isinstance(data, list):
        return "a list"
    return "nothing" if data is None else f"`{data}`"


def _choice(choices: tuple[Any, ...], data: object, document: Document, path: Path) -> Any:
    if data not in choices:
        known = [str(choice) for choice in choices]
        hint = did_you_mean(str(data), known)
        _fail(document, path, f"`{data}` is not one of {', '.join(known)}", hint)
    return data


def _items(kind: Any, data: object, document: Document, path: Path) -> tuple[Any, ...]:
    if not isinstance(data, list):
        hint = f"write `[{data}]`" if isinstance(data, str) else ""
        _fail(document, path, f"expected a list, not {_shown(data)}", hint)
    return tuple(_parts(((kind, i, d) for i, d in enumerate(data)), document, path))


def _mapping(kind: Any, data: object, document: Document, path: Path) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        _fail(document, path, f"expected a mapping, not {_shown(data)}")
    values = _parts(((kind, k, d) for k, d in data.items()), document, path)
    return dict(zip(data, values, strict=True))


def _parts(
    parts: Iterable[tuple[Any, str | int, object]], document: Document, path: Path
) -> list[Any]:
    """Return the parts of a value, each of a type, at a key and of plain data; all are tried.

    Raises:
        Broken: One of them could not be built.
    """
    built, is_broken = [], False
    for kind, at, data in parts:
        try:
            built.append(build(kind, data, document, (*path, at)))
        except Broken:
            is_broken = True
    if is_broken:
        raise Broken
    return built


def written(field: Field[Any]) -> str:
    """Return how packs write a field: ``except`` for ``except_``, which Python keeps for itself."""
    return field.name.rstrip("_")


def is_required(field: Field[Any]) -> bool:
    """Return whether a field must be written: it has no default."""
    return field.default is MISSING and field.default_factory is MISSING


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _known(kind: Any) -> Mapping[str, Field[Any]]:
    """Return the fields of a dataclass by their written names."""
    return {written(field): field for field in fields(kind)}


def _dataclass(kind: Any, data: object, document: Document, path: Path) -> Any:
    if not isinstance(data, Mapping):
        _fail(document, path, f"expected a mapping, not {_shown(data)}")
    known = _known(kind)
    is_whole = _report_unknown(data, known, document, path)
    is_whole &= _report_missing(data, known, document, path)
    hints, names = _hints(kind), [name for name in data if name in known]
    try:
        parts = ((hints[known[name].name], name, data[name]) for name in names)
        values = _parts(parts, document, path)
    except Broken:
        is_whole = False
    if not is_whole:
        raise Broken
    try:
        return kind(**dict(zip((known[name].name for name in names), values, strict=True)))
    except ValueError as error:
        _fail(document, path, str(error))


def _report_unknown(
    data: Mapping[str, object], known: Mapping[str, Any], document: Document, path: Path
) -> bool:
    unknown = [name for name in data if name not in known]
    for name in unknown:
        hint = did_you_mean(name, known, f"known here: {', '.join(known)}")
        document.report((*path, name), f"unknown field `{name}`", hint, at_key=True)
    return not unknown


def _report_missing(
    data: Mapping[str, object], known: Mapping[str, Field[Any]], document: Document, path: Path
) -> bool:
    missing = [name for name, field in known.items() if name not in data and is_required(field)]
    # a misspelt field was reported with what is meant, and is not missing besides
    misspelt = {nearest(name, known) for name in data if name not in known}
    if untold := [name for name in missing if name not in misspelt]:
        listed = ", ".join(f"`{name}`" for name in untold)
        document.report(path, f"{listed} missing here")
    return not missing


def _condition(_: object, data: object, document: Document, path: Path) -> Condition:
    if not isinstance(data, Mapping):
        _fail(document, path, f"expected a condition such as `value: {{...}}`, not {_shown(data)}")
    kinds = [name for name in data if name not in MODIFIERS]
    unknown = [name for name in kinds if name not in conditions.names()]
    # beside a known kind only a modifier can be meant
    meant = (*MODIFIERS, *(conditions.names() if len(unknown) == len(kinds) else ()))
    for name in unknown:
        hint = did_you_mean(name, meant)
        hint = hint or f"kinds are {', '.join(conditions.names())}"
        document.report((*path, name), f"unknown kind of condition `{name}`", hint, at_key=True)
    if unknown:
        raise Broken
    if len(kinds) != 1:
        _fail(document, path, f"a condition has exactly one kind, this one has {len(kinds)}")
    name = kinds[0]
    try:
        kind = conditions.kind(name)
    except ValueError as error:  # of a package
        _fail(document, (*path, name), str(error))
    types = {name: kind, **{limit: Span for limit in MODIFIERS if limit in data}}
    parts = ((part, at, data[at]) for at, part in types.items())
    built = dict(zip(types, _parts(parts, document, path), strict=True))
    held, after, until = map(built.get, MODIFIERS)
    params = built[name]
    return Condition(name=name, kind=kind, params=params, held=held, after=after, until=until)


def _params(kind: Kind, data: object, document: Document, path: Path) -> Any:
    if not kind.sole:
        return build(kind.params, data, document, path)
    value = build(_hints(kind.params)[kind.sole], data, document, path)
    if value == ():
        _fail(document, path, "needs at least one condition")
    return kind.params(value)
