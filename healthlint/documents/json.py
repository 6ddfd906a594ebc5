"""Data as JSON that no terminal can be steered by, byte-equal for equal data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from math import isfinite, isnan
from typing import Any, TypeVar, cast

import orjson

from healthlint.terminal.text import mapped

Plain = TypeVar("Plain")
Kind = TypeVar("Kind")

# Beyond the controls that JSON escapes by itself: C1, DEL, and the marks that reorder text.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def spellable(data: Plain) -> Plain:
    """Return data without the surrogates of a path that is not valid Unicode: JSON has none."""
    return mapped(data, lambda text: _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text))


def dumps(data: object, *, is_indented: bool) -> str:
    """Return data, or a dataclass, as JSON that ends with a newline.

    Args:
        data: What to write; without surrogates.
        is_indented: Whether it takes many lines, or one.
    """
    options = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if is_indented else 0)
    text = orjson.dumps(data, option=options).decode()
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def document(schema: str, body: Mapping[str, object], version: object = None) -> str:
    """Return a document of a format, in many lines: its name first, then what it holds.

    Numbers that are not finite are the strings ``NaN``, ``Infinity`` and ``-Infinity``; what is
    not known, or could not be measured, is null.

    Args:
        schema: Name and version of the format: ``healthlint.blur/1``.
        body: What it holds: plain data, or dataclasses.
        version: What ``schema_version`` says, where that is not the name as well.
    """
    head = {"schema": schema, "schema_version": schema if version is None else version}
    return dumps(spellable(_each(head | dict(body), _plain)), is_indented=True)


def filled(kind: type[Kind], data: Mapping[str, Any]) -> Kind:
    """Return a dataclass with the fields that it has: a later version may have written others."""
    known = {field.name for field in fields(cast(Any, kind))}
    return kind(**{name: value for name, value in data.items() if name in known})


def measured(value: object, digits: int) -> object:
    """Return plain data with its numbers rounded, and null for those that are not finite."""

    def rounded(leaf: object) -> object:
        if isinstance(leaf, float):
            return round(leaf, digits) if isfinite(leaf) else None
        return leaf

    return _each(value, rounded)


def _plain(leaf: object) -> object:
    if isinstance(leaf, float) and not isfinite(leaf):
        return "NaN" if isnan(leaf) else "Infinity" if leaf > 0 else "-Infinity"
    return leaf if isinstance(leaf, (str, int, float, bool, type(None))) else str(leaf)


def _each(value: object, change: Callable[[object], object]) -> object:
    """Return data, or a dataclass, as plain data in which every leaf is changed."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(name): _each(item, change) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(item, change) for item in value]
    return change(value)
