"""Data as JSON that no terminal can be steered by, byte-equal for equal data."""

from __future__ import annotations

import re
from typing import TypeVar

import orjson

from healthlint.reporters._text import mapped

Plain = TypeVar("Plain")

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
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
