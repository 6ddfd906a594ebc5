"""`-o FORMAT[:PATH]`: one option with the same checks in every command that reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from healthlint.cli._parser import Namespace, Parser, UsageError, refuse_unknown
from healthlint.cli._streams import file_style, save, stdout_style, write
from healthlint.logs import Problem
from healthlint.report.outcome import BROKEN, NO_VERDICT
from healthlint.terminal.style import Style


class Output(NamedTuple):
    """One report that is wanted.

    Attributes:
        format: Its format.
        path: The file it goes to, empty for standard output.
    """

    format: str
    path: str


def configure_output(
    parser: Parser, formats: Sequence[str], *, is_configured: bool = False
) -> None:
    """Declare ``-o`` and ``--color``.

    Args:
        parser: The parser of a command.
        formats: What the command can write, the one that is written by default first.
        is_configured: Whether the config may say it too, so that nothing is said by default here.
    """
    add = parser.add_argument
    option = add(
        "-o",
        "--output",
        dest="output" if is_configured else "outputs",  # `output` is a setting, of check alone
        action="append",
        default=None if is_configured else [],
        metavar="FORMAT[:PATH]",
        help=f"format of the report ({', '.join(formats)}) and the file it goes to; may be "
        f"repeated (default: {formats[0]}, to standard output)",
    )
    option.formats = formats  # type: ignore[attr-defined]
    configure_color(add)


def configure_color(add: Callable[..., object]) -> None:
    """Declare ``--color``."""
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="when to use colours (default: %(default)s; NO_COLOR and FORCE_COLOR are respected)",
    )


def outputs(words: Sequence[str], formats: Sequence[str]) -> list[Output]:
    """Return the reports that are wanted, the default one where none is named.

    Raises:
        UsageError: A format is unknown, a path is empty, or two reports go to one place.
    """
    wanted = [_output(word, formats) for word in words or formats[:1]]
    _refuse_mixture(wanted)
    return wanted


def _output(word: str, formats: Sequence[str]) -> Output:
    name, colon, path = word.partition(":")
    refuse_unknown("unknown format", name, formats, "formats: ")
    if colon and not path:
        raise UsageError(f"-o {word} lacks its path")
    return Output(name, "" if path == "-" else path)


def _refuse_mixture(wanted: Sequence[Output]) -> None:
    """Refuse two reports in one stream or file: neither could be read."""
    seen: dict[str, str] = {}
    for name, path in wanted:
        if path in seen:
            place = path or "standard output"
            raise UsageError(
                f"{seen[path]} and {name} both go to {place}; "
                f"give one a path of its own (-o {name}:PATH)"
            )
        seen[path] = name


def code_of(problems: Iterable[Problem]) -> int:
    """Return the exit code of a log with these problems in which nothing was found to look at."""
    is_unreadable = any(problem.kind == "unreadable" for problem in problems)
    return BROKEN if is_unreadable else NO_VERDICT


def show(
    wanted: Sequence[Output], args: Namespace, render: Callable[[str, Style], str], detail: int = 1
) -> None:
    """Write each report to its place.

    Args:
        wanted: The reports.
        args: The options of the command, for its ``--color``.
        render: Returns a report, given its format and its style.
        detail: How much is told on standard output.
    """
    for name, path in wanted:
        if path:
            save(render(name, file_style()), path)
        else:
            write(render(name, replace(stdout_style(args.color), detail=detail)))
