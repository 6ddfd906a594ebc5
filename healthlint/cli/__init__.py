"""The command line: one module a command, found in this folder.

A command is a module whose name has no leading underscore. The first line of its docstring is its
help, ``EXAMPLES`` where it has them the end of that; ``configure(parser)`` declares its options,
``run(args) -> int`` returns the exit code. Only the module of the chosen command is imported.

Exit codes of every command: 0 fine · 1 findings · 2 wrong use, unreadable input or an internal
error · 3 no verdict · 130 interrupted. A traceback is shown with ``--debug`` alone.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from argparse import ArgumentTypeError
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from healthlint import __version__
from healthlint.cli._parser import Namespace, Parser, UsageError, suggestion
from healthlint.cli._streams import complain, finish, write
from healthlint.files import limits
from healthlint.report.outcome import BROKEN, INTERRUPTED, OK

__all__ = ["OF_RULES", "commands", "configure", "help_text", "main", "parser"]

OF_RULES = ("backtest", "calibrate", "explain", "test")
"""Commands of those who write rules: `healthlint rules test` is `healthlint test`."""
_COLLECTED_AFTER = 100_000
"""Objects made, above those dropped, after which garbage is looked for."""


class Command(Protocol):
    """What the module of a command has."""

    def configure(self, parser: Parser) -> None:
        """Declare the options of the command."""
        ...

    def run(self, args: Namespace) -> int:
        """Run the command and return its exit code."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing is ever raised."""
    words = list(sys.argv[1:] if argv is None else argv)
    if "--debug" not in words:
        _hush_warnings()
    try:
        code = _run(words)
        return finish(code)
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except UsageError as error:
        complain(f"{error.program or 'healthlint'}: error: {error}")
        return BROKEN
    except BrokenPipeError:
        return finish(BROKEN)
    except Exception as error:
        from healthlint.rulebook.problems import Mistakes  # only where something is wrong

        if isinstance(error, Mistakes):
            complain(str(error))
            return finish(BROKEN)
        return _broken(error, is_traced="--debug" in words)  # the last line of defence


def _hush_warnings() -> None:
    """Keep warnings of numpy and others off the terminal, in processes that are started too."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        sys.warnoptions.append("ignore")


def _run(words: list[str]) -> int:
    """Run the command that the words begin with."""
    if not words or words[0] in ("-h", "--help"):
        write(help_text())
        return OK if words else BROKEN
    if words[0] in ("-V", "--version"):
        write(f"healthlint {__version__}\n")
        return OK
    if words[0] == "rules" and words[1:2] and words[1] in OF_RULES:
        words = words[1:]
    name, known = words[0], _names()
    if name not in known:
        raise UsageError(_unknown(name, known))
    try:
        args = parser(name).parse_args(words[1:])
    except SystemExit:  # argparse leaves this way after --help
        return OK
    try:
        return _module(name).run(args)
    except UsageError as error:
        error.program = error.program or args.program
        raise


def _unknown(word: str, known: Iterable[str]) -> str:
    """Return what is wrong with a first word that is no command."""
    if Path(word).exists():
        return f"{word!r} is a path, not a command; did you mean `healthlint check {word}`?"
    kind = "option" if word.startswith("-") else "command"
    near = suggestion(word, [*known, "--help", "--version"])
    return f"unknown {kind} {word!r}{near} (see `healthlint --help`)"


def commands() -> dict[str, str]:
    """Return the help line of every command by its name, without importing any of them."""
    return {name: _help_line(_source_docstring(name)) for name in _names()}


def _names() -> list[str]:
    """Return the names of all commands, sorted."""
    names = [m.name for m in iter_modules(__path__) if not m.name.startswith("_")]
    return sorted(name.replace("_", "-") for name in names)


def _source_docstring(command: str) -> str | None:
    import ast  # only where the help of modules is shown that are not imported

    module = _qualified(command)
    spec = find_spec(module)
    source = getattr(spec and spec.loader, "get_source", lambda _: "")(module)
    return ast.get_docstring(ast.parse(source or ""))


def _help_line(docstring: str | None) -> str:
    return (docstring or "").partition("\n")[0].rstrip(".")


def help_text() -> str:
    """Return what ``healthlint --help`` prints."""
    known = commands()
    wide = max(map(len, known))
    lines = {name: f"  {name:<{wide}}  {line}" for name, line in known.items()}
    rules = [lines.pop(name) for name in ("rules", *OF_RULES)]
    return "\n".join(
        [
            "usage: healthlint COMMAND ...",
            "",
            "Is a text-to-speech training healthy, since when not, and what to do.",
            "",
            "commands:",
            lines.pop("check"),
            *lines.values(),
            "",
            "of those who write rules (`healthlint rules test` is `healthlint test`):",
            *rules,
            "",
            "`healthlint COMMAND --help` shows the options of a command.",
            "Exit codes: 0 fine, 1 findings, 2 wrong use or unreadable, 3 no verdict.",
            "",
        ]
    )


def parser(name: str) -> Parser:
    """Return the parser of a command."""
    parser = Parser(prog=f"healthlint {name}", description=_help_line(_module(name).__doc__) + ".")
    configure(parser, name)
    return parser


def configure(parser: Parser, name: str) -> None:
    """Declare the options of a command."""
    module = _module(name)
    parser.set_defaults(program=parser.prog)
    parser.epilog = getattr(module, "EXAMPLES", None)
    parser.add_argument("--debug", action="store_true", help="show tracebacks of internal errors")
    parser.add_argument(
        "--max-memory",
        metavar="SIZE",
        type=_memory,
        help="what the content of one file may take (default: 1GiB)",
    )
    module.configure(parser)


def _memory(text: str) -> str:
    """Set the bound on memory; return it as it was given."""
    try:
        limits.set_memory(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    return text


def _module(name: str) -> Command:
    # nothing here multiplies matrices: numpy's threads would only cost start-up time
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(_COLLECTED_AFTER)  # what imports make lives on: no garbage to look for
    return cast("Command", import_module(_qualified(name)))


def _qualified(command: str) -> str:
    """Return the name of a command's module."""
    return f"{__name__}.{command.replace('-', '_')}"


def _broken(error: Exception, *, is_traced: bool) -> int:
    """Report an error of ours in one line, or with its traceback."""
    if is_traced:
        import traceback

        traceback.print_exception(error)
    else:
        detail = f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": ")
        complain(f"internal error: {detail} (run with --debug)")
    return finish(BROKEN)
