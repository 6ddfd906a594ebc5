"""YAML 1.2 with the place of every value.

``1e-3`` is a number, ``off`` is a text, a duplicate key is a mistake. Only plain data comes out:
tags other than the standard ones are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from healthlint.rulebook.problems import PackProblem

Path = tuple[str | int, ...]
MAX_NODES = 200_000
"""Most values of one document; a document of nested aliases grows past it."""

_STANDARD = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in _STANDARD)
_NULL = re.compile(r"^(?:|~|null|Null|NULL)$")
_TRUE = re.compile(r"^(?:true|True|TRUE)$")
_FALSE = re.compile(r"^(?:false|False|FALSE)$")
_INTEGER = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")


class Mark(NamedTuple):
    """Place of a value: 1-based line and column, length of its first word."""

    line: int
    column: int
    length: int


@dataclass(slots=True)
class Document:
    """A document: its data, the place of each value and each key, and its mistakes.

    Attributes:
        path: The file.
        data: Plain data: mappings, lists, texts, numbers, booleans, None.
        values: Place of the value at each path.
        keys: Place of the key at each path.
        lines: The lines of the text.
        problems: Mistakes found so far.
        is_checked: True where the data is known to be a whole pack without mistakes.
    """

    path: str
    data: object = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    problems: list[PackProblem] = field(default_factory=list)
    is_checked: bool = False

    def report(
        self, path: Path, message: str, hint: str = "", *, at_key: bool = False, word: str = ""
    ) -> None:
        """Note a mistake at a path, or at a word of the text there.

        A path that is not there is reported at its parent.
        """
        mark = (self.keys if at_key else self.values).get(path)
        while mark is None and path:
            path = path[:-1]
            mark = self.keys.get(path) or self.values.get(path)
        mark = mark or Mark(1, 1, 1)
        self._note(self._narrowed(mark, word) if word else mark, message, hint)

    def _narrowed(self, mark: Mark, word: str) -> Mark:
        """Return the place of a word inside a text of one line, else that of the text."""
        start = mark.column - 1
        at = self.lines[mark.line - 1].find(word, start, start + mark.length)
        return Mark(mark.line, at + 1, len(word)) if at >= 0 else mark

    def _note(self, mark: Mark, message: str, hint: str = "") -> None:
        excerpt = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        self.problems.append(PackProblem(self.path, *mark, message, excerpt, hint))


def parse(text: str, path: str) -> Document:
    """Return the document; what cannot be read is among its problems."""
    import yaml  # not where the shipped packs are as they were compiled

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is not everywhere
    document = Document(path, lines=text.splitlines())
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(at.line + 1, at.column + 1, 1) if at else Mark(1, 1, 1)
        document._note(mark, f"not valid YAML: {error.problem or error.context}")
        return document
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        document._note(Mark(1, 1, 1), f"not valid YAML: {str(error) or 'nested too deep'}")
        return document
    if node is not None:
        document.data = _Walk(document).convert(node, ())
    return document


class _Walk:
    """Turns nodes into plain data, noting places."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def convert(self, node: Any, path: Path) -> object:
        self.count += 1
        mark = _mark(node)
        self.document.values[path] = mark
        if self.count > MAX_NODES or len(path) > 60:
            if self.count <= MAX_NODES + 1:
                self.document._note(mark, "this document is too large or nested too deep")
            return None
        if str(node.tag) not in _TAGS:
            self.document._note(mark, f"tag {node.tag} is not allowed")
            return None
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self.convert(child, (*path, i)) for i, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: Any, path: Path) -> Mapping[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            mark = _mark(key_node)
            if key_node.id != "scalar":
                self.document._note(mark, "a key must be a text")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.document.keys[(*path, key)]
                message = f"duplicate key `{key}`; the first one is at line {first.line}"
                self.document._note(mark, message)
                continue
            self.document.keys[(*path, key)] = mark
            result[key] = self.convert(value_node, (*path, key))
        return result

    def _scalar(self, node: Any) -> object:
        text = str(node.value)
        if getattr(node, "style", None) in ("'", '"', "|", ">"):
            return text
        return plain(text)


def plain(text: str) -> object:
    """Return the value of an unquoted YAML 1.2 scalar.

    >>> plain("1e-3"), plain("off"), plain("true"), plain("0x1"), plain("~")
    (0.001, 'off', True, '0x1', None)
    """
    if _INTEGER.match(text) and len(text) < 300:
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    return False if _FALSE.match(text) else text


def _mark(node: Any) -> Mark:
    start, end = node.start_mark, node.end_mark
    is_inline = node.id == "scalar" and start.line == end.line
    length = end.column - start.column if is_inline else 1
    return Mark(start.line + 1, start.column + 1, max(1, length))
