"""YAML 1.2 with the place of every value.

``1e-3`` is a number, ``off`` is a text, a duplicate key is a mistake. Only plain data comes out:
tags other than the standard ones are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from healthlint.rulebook.problems import PackProblem

Path = tuple[str | int, ...]
MAX_NODES = 200_000
"""Most values of one document; a document of nested aliases grows past it."""

_TOO_LARGE = "this document is too large or nested too deep"
_STANDARD = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in _STANDARD)
MAX_DEPTH = 60
"""Deepest nesting of one document."""

# as YAML counts lines: these and no others (str.splitlines knows more)
_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_WORDS: dict[str, object] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"^[-+]?[0-9]+$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")


class TextPlace(NamedTuple):
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
        stops: Last line of the value at each path, 1-based.
        keys: Place of the key at each path.
        lines: The lines of the text.
        problems: Mistakes found so far.
        is_checked: True where the data is known to be a whole pack without mistakes.
    """

    path: str
    data: object = None
    values: dict[Path, TextPlace] = field(default_factory=dict)
    stops: dict[Path, int] = field(default_factory=dict)
    keys: dict[Path, TextPlace] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    problems: list[PackProblem] = field(default_factory=list)
    is_checked: bool = False

    def data_at(self, path: Path) -> object:
        """Return the data at a path, None where there is none."""
        data: Any = self.data
        for step in path:
            if isinstance(data, list):
                data = data[step] if isinstance(step, int) and step < len(data) else None
            else:
                data = data.get(step) if isinstance(data, Mapping) else None
        return data

    def report(
        self, path: Path, message: str, hint: str = "", *, at_key: bool = False, word: str = ""
    ) -> None:
        """Note a mistake at a path; a path that is not there is reported at its parent.

        Args:
            path: The path of the value.
            message: What is wrong.
            hint: What was probably meant.
            at_key: True where the key is meant, not the value.
            word: A word within the value to point at.
        """
        self.problems.append(self.locate(path, message, hint, at_key=at_key, word=word))

    def locate(
        self, path: Path, message: str, hint: str = "", *, at_key: bool = False, word: str = ""
    ) -> PackProblem:
        """Return a remark with the place of a path, without noting it; arguments as ``report``."""
        mark = (self.keys if at_key else self.values).get(path)
        if mark is not None and word and not at_key:
            mark = self._word(mark, self.stops[path], word)
        while mark is None and path:
            path = path[:-1]
            mark = self.keys.get(path) or self.values.get(path)
        return self._problem(mark or TextPlace(1, 1, 1), message, hint)

    def _word(self, mark: TextPlace, stop: int, word: str) -> TextPlace:
        """Return the place of the first such word in a value that begins at a mark."""
        pattern = re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w])")
        for line in range(mark.line, stop + 1):
            start = mark.column - 1 if line == mark.line else 0
            if match := pattern.search(self.lines[line - 1], start):
                return TextPlace(line, match.start() + 1, len(word))
        return mark

    def note(self, mark: TextPlace, message: str) -> None:
        """Note a mistake of the text itself, at its place."""
        self.problems.append(self._problem(mark, message, ""))

    def _problem(self, mark: TextPlace, message: str, hint: str) -> PackProblem:
        excerpt = self.lines[mark.line - 1] if mark.line <= len(self.lines) else ""
        return PackProblem(
            path=self.path, **mark._asdict(), message=message, excerpt=excerpt, hint=hint
        )


def parse(text: str, path: str) -> Document:
    """Return the document; what cannot be read is among its problems."""
    import yaml  # not where the shipped packs are as they were compiled

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is not everywhere
    document = Document(path, lines=_BREAKS.split(text))
    try:
        _refuse_depth(yaml.parse(text, Loader=loader))
        if (node := yaml.compose(text, Loader=loader)) is not None:
            document.data = _Walk(document).convert(node, ())
    except _TooLarge as error:
        document.note(error.mark, _TOO_LARGE)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = TextPlace(at.line + 1, at.column + 1, 1) if at else TextPlace(1, 1, 1)
        what = str(error.problem or error.context)
        # libyaml looks ahead, and has a bound of its own there (PyYAML 6.0.4)
        is_deep = "nesting depth" in what
        document.note(mark, _TOO_LARGE if is_deep else f"not valid YAML: {what}")
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        document.note(TextPlace(1, 1, 1), f"not valid YAML: {str(error) or 'nested too deep'}")
    return document


class _TooLarge(Exception):
    """A document that nobody wrote by hand: nested aliases, or nesting without end."""

    def __init__(self, mark: TextPlace) -> None:
        super().__init__()
        self.mark = mark


def _refuse_depth(events: Iterable[Any]) -> None:
    """Refuse a document that is nested too deep before anything recurses into it.

    Raises:
        _TooLarge: It is.
    """
    depth = 0
    for event in events:
        depth += type(event).__name__ in ("MappingStartEvent", "SequenceStartEvent")
        depth -= type(event).__name__ in ("MappingEndEvent", "SequenceEndEvent")
        if depth > MAX_DEPTH:
            raise _TooLarge(TextPlace(event.start_mark.line + 1, event.start_mark.column + 1, 1))


class _Walk:
    """Turns nodes into plain data, noting places."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def convert(self, node: Any, path: Path) -> object:
        self.count += 1
        mark = _mark(node)
        if self.count > MAX_NODES or len(path) > MAX_DEPTH:
            raise _TooLarge(mark)
        self.document.values[path] = mark
        # a block ends where the next one begins: its last line is the one before
        end = node.end_mark
        self.document.stops[path] = max(mark.line, end.line + (1 if end.column else 0))
        if str(node.tag) not in _TAGS:
            self.document.note(mark, f"tag {node.tag} is not allowed")
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
                self.document.note(mark, "a key must be a text")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.document.keys[(*path, key)]
                message = f"duplicate key `{key}`; the first one is at line {first.line}"
                self.document.note(mark, message)
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
    return _WORDS.get(text, text)


def _mark(node: Any) -> TextPlace:
    start, end = node.start_mark, node.end_mark
    is_inline = node.id == "scalar" and start.line == end.line
    length = end.column - start.column if is_inline else 1
    return TextPlace(start.line + 1, start.column + 1, max(1, length))
