"""Options of the command line: argparse that raises, suggests, and never abbreviates."""

from __future__ import annotations

import os
import sys
from argparse import (
    Action,
    ArgumentError,
    ArgumentParser,
    ArgumentTypeError,
    RawDescriptionHelpFormatter,
)
from argparse import Namespace as Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn


class UsageError(Exception):
    """Wrong use of the command line; the message is for the user.

    Attributes:
        program: The command that was used wrongly; empty for the one that runs.
    """

    def __init__(self, message: str, program: str = "") -> None:
        super().__init__(message)
        self.program = program


@contextmanager
def wrong_use(*kinds: type[Exception], of: str = "") -> Iterator[None]:
    """Raise errors of these kinds as wrong use, in their own words.

    Args:
        kinds: The kinds.
        of: What was used wrongly, before these words.

    Raises:
        UsageError: One came up within.
    """
    try:
        yield
    except kinds as error:
        raise UsageError(f"{of}{error}") from error


class _Formatter(RawDescriptionHelpFormatter):
    """Help whose sentences are wrapped and whose indented lines stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        from itertools import groupby
        from textwrap import fill  # only where help is shown

        lines: list[str] = []
        for is_prose, group in groupby(text.split("\n"), lambda line: line[:1] not in ("", " ")):
            block = list(group)
            lines += [fill(" ".join(block), width)] if is_prose else block
        return "\n".join(indent + line for line in lines).rstrip()


class Parser(ArgumentParser):
    """An argument parser whose errors are exceptions with a suggestion."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Formatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise the message as wrong use."""
        raise UsageError(f"{message} (see `{self.prog} --help`)", self.prog)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> Namespace:
        """Return the options.

        Raises:
            UsageError: Where an option is unknown or has a wrong value.
        """
        words = sys.argv[1:] if args is None else args
        if self._subparsers is None and "--" not in words:  # options may stand between the logs
            parsed, unknown = self.parse_known_intermixed_args(args, namespace)
        else:
            parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.refuse(unknown[0])
        return parsed

    def _check_value(self, action: Action, value: Any) -> None:
        """Refuse a value that is none of the choices, with the nearest one."""
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        near = suggestion(str(value), known)
        listed = ", ".join(known)
        raise ArgumentError(action, f"invalid choice: {value!r}{near} (choose from {listed})")

    def refuse(self, word: str) -> NoReturn:
        """Raise a word that is not known as wrong use."""
        name = word.partition("=")[0]
        near = suggestion(name, self._option_string_actions)
        kind = "option" if name.startswith("-") else "argument"
        self.error(f"unknown {kind} {name!r}{near}")


class StrictParser(Parser):
    """The parser of a command within a command: what it does not know is its own error."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        """Return the options and an empty list.

        Raises:
            UsageError: Where an option is unknown or has a wrong value.
        """
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.refuse(unknown[0])
        return parsed, []


def option(add: Callable[..., object], flag: str, metavar: str, text: str, **more: Any) -> None:
    """Declare an option with a value: its flag, what the value is called, and its help."""
    add(flag, metavar=metavar, help=text, **more)


def repeated(add: Callable[..., object], flag: str, metavar: str, text: str, **more: Any) -> None:
    """Declare an option that may be given several times; it is a list of its values."""
    add(flag, action="append", metavar=metavar, help=f"{text}; may be repeated", **more)


def processes(word: str) -> int:
    """Return a number of processes, as the type of an option.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not word.isdecimal() or not 1 <= int(word) <= 1024:
        raise ArgumentTypeError(f"{word!r} is not a number of processes")
    return int(word)


def configure_config(parser: Parser) -> None:
    """Declare which config is read."""
    add = parser.add_argument_group("config").add_argument
    add(
        "--config",
        metavar="PATH",
        help="the config to read (default: the nearest healthlint.yaml or [tool.healthlint] of "
        "a pyproject.toml, up to the root of the repository)",
    )
    add("--no-config", action="store_true", help="read no config")


def refuse_unknown(what: str, word: str, known: Iterable[str], label: str = "") -> None:
    """Refuse a word that is none of the known ones, with the nearest and the list of them.

    Raises:
        UsageError: It is none.
    """
    names = [*known]
    if word not in names:
        near = suggestion(word, names)
        raise UsageError(f"{what} {word!r}{near} ({label}{', '.join(names)})")


def refuse_missing(paths: Iterable[str]) -> None:
    """Refuse a path that leads nowhere.

    Raises:
        UsageError: One does.
    """
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110 - False for a name that is none
            raise UsageError(f"{path}: no such file or folder")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``, did you mean 'x'?`` for the nearest known word, empty where none is near.

    >>> suggestion("chek", ["check", "train"])
    ", did you mean 'check'?"
    """
    from difflib import get_close_matches  # `doctor` must start without numpy, so without a room

    near = get_close_matches(word, [*known], n=1)
    return f", did you mean {near[0]!r}?" if near else ""
