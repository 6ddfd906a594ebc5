"""Text on a terminal: made visible, measured in columns, padded and wrapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast
from unicodedata import category, east_asian_width

Plain = TypeVar("Plain")

# C0 and C1 controls, DEL, line separators, and the marks that reorder or hide text.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_FOLDED = re.compile(r"[ \t]*[\r\n]+[ \t]*")


def visible(text: str) -> str:
    r"""Return the text with every control and reordering character spelled out.

    >>> print(visible("mel\x1b[31m\x9b"))
    mel\x1b[31m\x9b
    """
    return _UNSAFE.sub(lambda match: _spell(ord(match[0])), text)


def _spell(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def clean(data: Plain) -> Plain:
    """Return plain data with every string in it made visible and on one line.

    Reporters call this once on the whole report, so no field can be forgotten.
    """
    return mapped(data, lambda text: visible(_FOLDED.sub(" ", text.strip("\r\n"))))


def mapped(data: Plain, change: Callable[[str], str]) -> Plain:
    """Return plain data with every string in it changed; other values stay as they are."""
    return cast("Plain", _mapped(data, change))


def _mapped(data: object, change: Callable[[str], str]) -> object:
    if isinstance(data, str):
        return change(data)
    if is_dataclass(data) and not isinstance(data, type):
        return replace(
            data, **{f.name: _mapped(getattr(data, f.name), change) for f in fields(data)}
        )
    if isinstance(data, Mapping):
        return {_mapped(key, change): _mapped(value, change) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_make"):
        return data._make(_mapped(item, change) for item in data)
    if isinstance(data, list | tuple):
        return tuple(_mapped(item, change) for item in data)
    return data


def columns(text: str) -> int:
    """Return how many terminal columns a text takes.

    East Asian wide characters take two (Unicode Standard Annex 11), combining marks none.

    >>> columns("mel"), columns("音声")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def left(text: str, width: int) -> str:
    """Return the text padded on its right to a width in columns."""
    return text + " " * (width - columns(text))


def right(text: str, width: int) -> str:
    """Return the text padded on its left to a width in columns."""
    return " " * (width - columns(text)) + text


def shortened(text: str, width: int, mark: str) -> str:
    """Return the text cut in its middle to a width in columns, with a mark where it was cut.

    >>> shortened("loss/generator/mel", 11, "..")
    'loss/../mel'
    """
    if columns(text) <= width:
        return text
    room = max(width - columns(mark), 2)
    head = (room + 1) // 2
    return text[:head] + mark + text[len(text) - (room - head) :]


def cut(text: str, width: int, dots: str) -> str:
    """Return a text cut at its end where it is wider than a width in columns.

    >>> cut("over-smoothing", 8, ".."), cut("mel", 8, "..")
    ('over-s..', 'mel')
    """
    if columns(text) <= width:
        return text
    kept = text[: max(width - columns(dots), 1)]
    while len(kept) > 1 and columns(kept + dots) > width:
        kept = kept[:-1]
    return kept.rstrip() + dots


def wrapped(words: str, width: int) -> list[str]:
    """Return the text in lines of at most a width; a longer word keeps a line of its own."""
    return packed(words.split(), width, " ")


def packed(items: Iterable[str], width: int, gap: str) -> list[str]:
    """Return the items joined by a gap in as few lines of at most a width as keep their order.

    >>> packed(["run 2 of 2", "epoch 3", "mps"], 16, "  ")
    ['run 2 of 2', 'epoch 3  mps']
    """
    lines: list[str] = []
    for item in items:
        longer = f"{lines[-1]}{gap}{item}" if lines else item
        if lines and columns(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(item)
    return lines
