"""The options that a config can say too, and what holds of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from healthlint.checking.selection import SelectionError, add_kinds, add_own_trainers, selected
from healthlint.cli._output import configure_output
from healthlint.cli._parser import Namespace, Parser, UsageError, configure_config, option, repeated
from healthlint.config import ConfigFile, Settings, find, named, resolve
from healthlint.logs.naming import mistake_in
from healthlint.report import SEVERITIES
from healthlint.reporters import formats
from healthlint.rulebook import Rulebook
from healthlint.rulebook.yaml12 import parse, plain


def configure(parser: Parser) -> None:
    """Declare the options."""
    text = "log, or folder of one; - is standard input"
    option(parser.add_argument, "logs", "LOG", text, nargs="*", default=[])
    configure_output(
        parser, ("full", *(one for one in formats() if one != "full")), is_configured=True
    )
    configure_failing(parser)


def configure_failing(parser: Parser) -> None:
    """Declare what logs are judged by, and what fails."""
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        help="exit with 1 on findings of this severity and above (default: error)",
    )
    configure_judging(parser)


def configure_judging(parser: Parser) -> None:
    """Declare which rules judge, which findings are accepted, and which config is read."""
    add = parser.add_argument_group("rules").add_argument
    _add_rules(add)
    repeated(add, "--select", "PATTERN", "judge only these rules (tts/*)")
    add("--ignore", action="append", metavar="PATTERN", help="leave these rules out")
    add(
        "--profile",
        choices=("default", "all"),
        help="rules of high confidence, or all (default: default)",
    )
    repeated(add, "--require", "RULE", "exit with 3 where this rule came to no verdict")
    _add_facts(add)
    _add_reference(add)
    add = parser.add_argument_group("accepted findings").add_argument
    add("--no-suppress", action="store_true", help="leave the suppressions of the config aside")
    add("--baseline", metavar="PATH", help="mark the findings in this file as known")
    add("--no-baseline", action="store_true", help="leave the baseline of the config aside")
    configure_config(parser)


def configure_packs(parser: Parser, *, facts: bool = True) -> None:
    """Declare which packs there are, what their rules are told, and which config is read.

    Args:
        parser: The parser of a command other than ``check``.
        facts: Whether the command judges logs, so that facts of them can be given.
    """
    add = parser.add_argument_group("rules").add_argument
    _add_rules(add)
    if facts:
        _add_facts(add)
        _add_reference(add)
    configure_config(parser)


def configure_facts(parser: Parser) -> None:
    """Declare what logs do not say, and which config is read, for a command without rules."""
    _add_facts(parser.add_argument)
    configure_config(parser)


def _add_rules(add: Callable[..., object]) -> None:
    repeated(add, "--rules", "PATH", "a pack, or a folder of packs (default: those of the config)")


def _add_facts(add: Callable[..., object]) -> None:
    repeated(add, "--fact", "NAME=VALUE", "what the log does not say (utterances=2200)")
    repeated(add, "--name", "METRIC=NAME", "what the log calls a metric (duration_loss=dur)")


def _add_reference(add: Callable[..., object]) -> None:
    text = "a good run that rules compare with, or a profile of several"
    repeated(add, "--reference", "PATH", text)


def read_settings(args: Namespace) -> Settings:
    """Return what holds for a command with these options; kinds that it names are there from then.

    Raises:
        ConfigError: The config cannot be used, or names a package without kinds.
        UsageError: Options that exclude each other.
    """
    for name in ("config", "baseline"):
        if getattr(args, name, None) and getattr(args, f"no_{name}"):
            raise UsageError(f"--{name} and --no-{name} exclude each other")
    settings = resolve(source(args), _given(args))
    add_own_trainers(settings.rules)
    with blaming(settings):
        add_kinds(settings.kinds)
    return settings


def rulebook(settings: Settings, *, is_narrowed: bool = False) -> Rulebook:
    """Return all rules of the shipped packs and of those that hold, with params and good runs.

    Args:
        settings: The settings.
        is_narrowed: Whether only the rules that are selected shall be there.

    Raises:
        ConfigError: The config names a param that there is none of, or a good run.
        UsageError: The command line does.
        RulebookError: A pack is wrong.
    """
    chosen = (
        (settings.select, settings.ignore, settings.profile) if is_narrowed else ((), (), "all")
    )
    with blaming(settings):
        return selected(
            settings.rules, *chosen, settings.params, settings.facts, settings.reference
        )


@contextmanager
def blaming(settings: Settings) -> Iterator[None]:
    """Tell of a selection that is wrong at its place in the config, or as wrong use.

    Raises:
        ConfigError: The config says it.
        UsageError: The command line does.
    """
    try:
        yield
    except SelectionError as error:
        place = settings.place_of(error.option, error.word)
        if settings.loaded is None or not place:
            raise UsageError(str(error)) from error
        message, _, hint = str(error).partition("; ")
        raise settings.loaded.refuse(place, message, hint) from error


def source(args: Namespace) -> ConfigFile | None:
    """Return the config that is named or found, None where there is none.

    Raises:
        ConfigError: It cannot be read.
    """
    if args.config:
        return named(args.config)
    return None if args.no_config else find(Path.cwd())


_PLAIN = ("rules", "profile", "fail_on", "reference", "baseline", "output")


def _given(args: Namespace) -> dict[str, Any]:
    """Return what the command line says, by the fields of a config; None where it does not."""
    said = vars(args)
    lists = {name: said.get(name) for name in ("select", "ignore", "require")}
    given = {name: said.get(name) for name in _PLAIN}
    given |= {name: _split(words) for name, words in lists.items() if words}
    given["logs"] = said.get("logs") or None
    if said.get("allow"):
        given["gate"] = {"allow": tuple(said["allow"])}
    given["facts"] = facts(words) if (words := said.get("fact")) else None
    given["names"] = names(words) if (words := said.get("name")) else None
    if said.get("no_suppress"):
        given["suppress"] = ()
    if said.get("no_baseline"):
        given["baseline"] = ""
    return given


def _split(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of repeated options, each of which may list several by commas."""
    return tuple(part.strip() for word in words for part in word.split(",") if part.strip())


def facts(words: Sequence[str]) -> dict[str, object]:
    """Return the facts of ``NAME=VALUE`` words, typed as YAML 1.2 types them.

    A dotted name makes a nested fact: ``metrics.mel_loss.kind=l1``.

    Raises:
        UsageError: A word without a name or a value that is not YAML.
    """
    known: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        parts = name.strip().split(".")
        if not equals or not all(parts):
            raise UsageError(f"--fact {word!r} is not NAME=VALUE")
        _put(known, parts, _value(word, text.strip()))
    return known


def names(words: Sequence[str]) -> dict[str, list[str]]:
    """Return what a log calls its metrics, of ``METRIC=NAME`` words.

    Raises:
        UsageError: A word without a metric or a name, or one that cannot be meant.
    """
    by_metric: dict[str, list[str]] = {}
    for word in words:
        metric, _, logged = (part.strip() for part in word.partition("="))
        if not metric or not logged:
            raise UsageError(f"--name {word!r} is not METRIC=NAME")
        if mistake := mistake_in(metric, logged):
            raise UsageError(f"--name {word!r}: {mistake.replace(': ', '=')}")
        by_metric.setdefault(metric, []).append(logged)
    return by_metric


def _value(word: str, text: str) -> object:
    if not text.startswith(("{", "[", '"', "'")):
        return plain(text)
    document = parse(text, "--fact")
    if document.problems:
        raise UsageError(f"--fact {word!r}: {document.problems[0].message}")
    return document.data


def _put(known: dict[str, object], parts: Sequence[str], value: object) -> None:
    *outer, last = parts
    for part in outer:
        inner = known.setdefault(part, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--fact {'.'.join(parts)}: {part} has a value already")
        known = inner
    known[last] = value


def spoken(value: object) -> str:
    """Return the value of a setting in words: lists by commas, nothing as ``none``.

    >>> spoken(["tts/*", "core"]), spoken([]), spoken(2200)
    ('tts/*, core', 'none', '2200')
    """
    if isinstance(value, list | tuple):
        return ", ".join(map(spoken, value)) or "none"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{name}: {spoken(each)}" for name, each in value.items())
        return f"{{{inside}}}" if inside else "none"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value in ("", None) else str(value)
