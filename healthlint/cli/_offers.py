"""What can stand where on the command line, read from the parsers themselves."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from healthlint import cli
from healthlint.reporters import formats
from healthlint.rulebook import load

Kind = Literal["nothing", "words", "files", "text"]
_PATHS = ("PATH", "LOG", "FILE", "FOLDER", "DIR")


class Offer(NamedTuple):
    """What an option or a position takes.

    Attributes:
        kind: ``nothing`` (a switch), ``words``, ``files``, or ``text`` that cannot be guessed.
        name: How the help calls it.
        words: The words that can stand there.
    """

    kind: Kind
    name: str = ""
    words: tuple[str, ...] = ()


class Option(NamedTuple):
    """One option of a command.

    Attributes:
        flags: Its spellings.
        help: Its help, in one line.
        offer: What it takes.
        is_repeatable: Whether it may be given more than once.
    """

    flags: tuple[str, ...]
    help: str
    offer: Offer
    is_repeatable: bool


class Command(NamedTuple):
    """A command, or a command of a command.

    Attributes:
        path: Its words (``rules check``).
        help: Its help, in one line.
        options: Its options.
        positions: What stands at each of its positions.
        is_open: Whether the last position may be repeated.
        inner: Its own commands: name and help.
    """

    path: str
    help: str
    options: tuple[Option, ...]
    positions: tuple[Offer, ...]
    is_open: bool
    inner: tuple[tuple[str, str], ...]


def commands() -> list[Command]:
    """Return all commands, each before its inner ones."""
    return [
        each
        for name, line in cli.commands().items()
        for each in _walk(name, line, cli.parser(name))
    ]


def _walk(path: str, line: str, parser: ArgumentParser) -> Iterator[Command]:
    """Yield a command and the commands inside it."""
    inner = [action for action in parser._actions if isinstance(action, _SubParsersAction)]
    plain = [action for action in parser._actions if action not in inner]
    options = [action for action in plain if action.option_strings]
    positions = [action for action in plain if not action.option_strings]
    helps = {each.dest: each.help or "" for action in inner for each in action._choices_actions}
    parsers = {name: each for action in inner for name, each in action.choices.items()}
    yield Command(
        path,
        line,
        tuple(_option(parser, action) for action in options if action.help != SUPPRESS),
        tuple(_offer(action) for action in positions),
        bool(positions) and positions[-1].nargs in ("*", "+"),
        tuple((name, _one_line(helps.get(name, ""))) for name in parsers),
    )
    for name, each in parsers.items():
        yield from _walk(f"{path} {name}", helps.get(name, ""), each)


def _option(parser: ArgumentParser, action: Action) -> Option:
    words = parser._get_formatter()._expand_help(action) if action.help else ""
    is_repeatable = type(action).__name__ == "_AppendAction"
    return Option(tuple(action.option_strings), _one_line(words), _offer(action), is_repeatable)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _offer(action: Action) -> Offer:
    """Return what an option or position takes, as its choices and its name in the help say."""
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.option_strings and action.nargs == 0:
        return Offer("nothing")
    if action.choices is not None:
        return Offer("words", name, tuple(map(str, action.choices)))
    if name in ("RULE", "PATTERN"):
        return Offer("words", name, _rules(with_packs=name == "PATTERN"))
    if name.startswith("FORMAT"):
        return Offer("words", name, formats())
    return Offer("files" if any(word in name for word in _PATHS) else "text", name)


@cache
def _rules(*, with_packs: bool) -> tuple[str, ...]:
    """Return the ids of the shipped rules, with the names of their packs where they are meant."""
    packs = load(()).packs
    ids = [rule.id for pack in packs for rule in pack.rules]
    return tuple([*(pack.pack for pack in packs), *ids] if with_packs else ids)
