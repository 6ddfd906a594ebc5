"""YAML files with something added to them, everything else left as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml


class CannotAdd(ValueError):
    """The file is written in a way that nothing can be added to by hand; the message says why."""


@dataclass(frozen=True, slots=True)
class _ValueSpan:
    """A value of the outermost mapping.

    Attributes:
        node: The value.
        line: 0-based line of its key.
        next_line: 0-based line at which the next key begins, the number of lines for the last one.
    """

    node: Any
    line: int
    next_line: int


def with_item(text: str, key: str, item: str) -> str:
    r"""Return the text with an item at the end of a block list of its outermost mapping.

    Args:
        text: The file.
        key: Key of the list; it is added at the end where it is not there.
        item: The item, its first line without the dash, not indented.

    Raises:
        CannotAdd: The list is written on one line.

    >>> print(with_item("rules:\n- id: a\n", "rules", "id: b\nseverity: info\n"), end="")
    rules:
    - id: a
    <BLANKLINE>
    - id: b
      severity: info
    """
    place = _find(text, key)
    if place is None or place.node.value in ("", []):
        return _without(text, key).rstrip("\n") + f"\n{key}:\n{_dashed(item, 2)}"
    if place.node.flow_style or place.node.id != "sequence":
        raise CannotAdd(f"`{key}:` stands on one line; write each item on a line with a dash")
    lines = text.split("\n")
    stop = _last_line(lines, place.next_line)
    added = _dashed(item, place.node.start_mark.column).rstrip("\n").split("\n")
    return "\n".join([*lines[:stop], "", *added, *lines[stop:]]).rstrip("\n") + "\n"


def with_entry(text: str, key: str, name: str, value: str, before: str) -> str:
    r"""Return the text with an entry in a mapping of its outermost mapping.

    Args:
        text: The file.
        key: Key of the mapping.
        name: Name of the entry.
        value: Its value, as YAML.
        before: Key before which the mapping goes where it is not there.

    >>> with_entry("metrics: {mel: mel_loss}\n", "metrics", "dur", "duration_loss", "rules")
    'metrics: {mel: mel_loss, dur: duration_loss}\n'
    """
    place = _find(text, key)
    lines = text.split("\n")
    if place is None:
        other = _find(text, before)
        at = other.line if other else len(text.rstrip("\n").split("\n"))
        return "\n".join([*lines[:at], f"{key}:", f"  {name}: {value}", *lines[at:]])
    if place.node.flow_style:
        return _in_braces(lines, place.node, f"{name}: {value}")
    stop = _last_line(lines, place.next_line)
    indent = " " * place.node.start_mark.column
    return "\n".join([*lines[:stop], f"{indent}{name}: {value}", *lines[stop:]])


def _in_braces(lines: list[str], node: Any, entry: str) -> str:
    """Return the lines with an entry before the closing brace of a mapping on one line."""
    end = node.end_mark
    line, column = end.line, end.column - 1  # the brace
    head = lines[line][:column].rstrip()
    comma = "" if head.endswith(("{", ",")) and not node.value else ", "
    lines[line] = f"{head}{comma}{entry}{lines[line][column:]}"
    return "\n".join(lines)


def _find(text: str, key: str) -> _ValueSpan | None:
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = root.value if root is not None and root.id == "mapping" else []
    for i, (name, node) in enumerate(entries):
        if name.value == key:
            is_last = i + 1 == len(entries)
            after = text.count("\n") + 1 if is_last else entries[i + 1][0].start_mark.line
            return _ValueSpan(node, name.start_mark.line, after)
    return None


def _last_line(lines: list[str], stop: int) -> int:
    """Return where a value ends: before blank lines and comments of what comes next."""
    while stop > 0 and (not lines[stop - 1].strip() or lines[stop - 1].startswith("#")):
        stop -= 1
    return stop


def _without(text: str, key: str) -> str:
    return re.sub(rf"(?m)^{re.escape(key)}:[^\n]*\n?", "", text)


def _dashed(item: str, indent: int) -> str:
    first, *rest = item.rstrip("\n").split("\n")
    margin = " " * indent
    return "\n".join([f"{margin}- {first}", *(f"{margin}  {line}".rstrip() for line in rest), ""])
