"""A source to a config, with every mistake at its place."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, get_type_hints

from healthlint.config.finding import ConfigError, ConfigFile
from healthlint.config.model import Config, keys
from healthlint.logs.facts import collect
from healthlint.logs.naming import mistake_in
from healthlint.logs.nearest import did_you_mean
from healthlint.reporters import formats
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.yaml12 import Document, Path, TextPlace, parse

MOST_VALUES = 20_000
"""Values of the largest config."""
_MOST_BITS = 1000
"""Bits of the largest whole number: it fits a float."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config with its places.

    Attributes:
        config: The config.
        source: Its file.
        document: The document, which knows where everything stands.
    """

    config: Config
    source: ConfigFile
    document: Document

    def place(self, path: Path) -> str:
        """Return where a value stands, as ``path:line:column`` of its key."""
        mark = _mark(self.document, path)
        return f"{self.source.path}:{mark.line}:{mark.column}" if mark else self.source.path

    def line(self, path: Path) -> str:
        """Return where a value stands, as ``path:line``."""
        mark = _mark(self.document, path)
        return f"{self.source.path}:{mark.line}" if mark else f"{self.source.path} (line unknown)"

    def refuse(self, path: Path, message: str, hint: str = "") -> ConfigError:
        """Return the error of a value that is wrong for what the config does not know itself."""
        self.document.report(path, message, hint, at_key=path[0] == "params")
        return ConfigError(self.document.problems)


def _mark(document: Document, path: Path) -> TextPlace | None:
    return document.keys.get(path) or document.values.get(path)


def load(source: ConfigFile) -> Loaded:
    """Return the config of a source.

    Raises:
        ConfigError: With every mistake in it.
    """
    document = _document(source)
    _refuse_size(document)
    config = None if document.problems else _config(document)
    if config is None or document.problems:
        raise ConfigError(sorted(document.problems, key=lambda problem: problem.order))
    return Loaded(config, source, document)


def _document(source: ConfigFile) -> Document:
    if source.is_toml:
        from healthlint.config import toml

        return toml.parse(source.text, source.path)
    return parse(source.text, source.path)


def _refuse_size(document: Document) -> None:
    """Report a number that is none, and more values than any config has."""
    waiting: list[tuple[Path, object]] = [((), document.data)]
    count = 0
    while waiting and count <= MOST_VALUES:
        path, data = waiting.pop()
        count += 1
        if isinstance(data, Mapping):
            waiting += [((*path, str(key)), value) for key, value in data.items()]
        elif isinstance(data, list):
            waiting += [((*path, i), value) for i, value in enumerate(data)]
        elif isinstance(data, int) and data.bit_length() > _MOST_BITS:
            document.report(path, "too large a number")
    if count > MOST_VALUES:
        document.report((), f"more than {MOST_VALUES:,} values are no config")


def _config(document: Document) -> Config | None:
    """Return the config of a document, None where it is no mapping; mistakes go to the document."""
    data = {} if document.data is None else document.data
    if not isinstance(data, Mapping):
        document.report((), "expected keys such as `select:`")
        return None
    known = keys()
    for key in data:
        if key not in known:
            hint = did_you_mean(key, known, f"known here: {', '.join(known)}")
            document.report((key,), f"unknown key `{key}`", hint, at_key=True)
    hints, values = get_type_hints(Config), {}
    for key, field in known.items():
        if key in data:
            with suppress(Broken):
                values[field] = _built(hints[field], data[key], document, key)
    config = Config(**values)
    _check_facts(config, document)
    _check_names(config, document)
    _check_output(config, document)
    return config


def _built(kind: Any, data: object, document: Document, key: str) -> Any:
    if data is None:
        hint = "leave it out, or give it one"
        document.report((key,), f"`{key}` has no value", hint, at_key=True)
        raise Broken
    return build(kind, data, document, (key,))


def _check_facts(config: Config, document: Document) -> None:
    """Report facts that the logs' reader would leave out."""
    for name, value in (config.facts or {}).items():
        for problem in collect((), {name: value})[1]:
            message = problem.message.removesuffix("; left out")
            path: Path = ("facts", name)
            for word in message.split("`")[1::2]:
                path = _below(document, path, word)
            document.report(path, message, at_key=len(path) > 2)


def _check_names(config: Config, document: Document) -> None:
    """Report names that are given the wrong way round, or for a quantity that no rule reads."""
    for metric, logged in (config.names or {}).items():
        inner = logged.items() if isinstance(logged, Mapping) else [(metric, logged)]
        for name, called in inner:
            path = ("names", metric, name) if isinstance(logged, Mapping) else ("names", metric)
            if mistake := mistake_in(str(name), called):
                message, _, hint = mistake.partition("; ")
                document.report(path, message, hint, at_key=True)


def _below(document: Document, path: Path, word: str) -> Path:
    """Return the path of the first key below a path that is a word, else the path."""
    for at in document.keys:
        if len(at) > len(path) and at[: len(path)] == path and at[-1] == word:
            return at
    return path


def _check_output(config: Config, document: Document) -> None:
    for i, word in enumerate(config.output or ()):
        name, colon, path = word.partition(":")
        if name not in formats():
            hint = did_you_mean(name, formats(), f"formats: {', '.join(formats())}")
            document.report(("output", i), f"unknown format `{name}`", hint, word=name)
        elif colon and not path:
            document.report(("output", i), f"`{word}` lacks its path")
