"""`-o FORMAT[:PATH]`: one option with the same checks in every command that reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from healthlint.cli._parser import Namespace, Parser, UsageError, suggestion
from healthlint.cli._streams import file_style, save, stdout_style, write
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
    configure_color(parser)


def configure_color(parser: Parser) -> None:
    """Declare ``--color``."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="when to use colours (default: %(default)s; NO_COLOR and FORCE_COLOR are respected)",
    )


def outputs(words: Sequence[str], formats: Sequence[str], program: str) -> list[Output]:
    """Return the reports that are wanted, the default one where none is named.

    Raises:
        UsageError: A format is unknown, a path is empty, or two reports go to one place.
    """
    wanted = [_output(word, formats, program) for word in words or formats[:1]]
    _refuse_mixture(wanted, program)
    return wanted


def _output(word: str, formats: Sequence[str], program: str) -> Output:
    name, colon, path = word.partition(":")
    if name not in formats:
        near = suggestion(name, formats)
        raise UsageError(f"unknown format {name!r}{near} (formats: {', '.join(formats)})", program)
    if colon and not path:
        raise UsageError(f"-o {word} lacks its path", program)
    return Output(name, "" if path == "-" else path)


def _refuse_mixture(wanted: Sequence[Output], program: str) -> None:
    """Refuse two reports in one stream or file: neither could be read."""
    seen: dict[str, str] = {}
    for name, path in wanted:
        if path in seen:
            place = path or "standard output"
            raise UsageError(
                f"{seen[path]} and {name} both go to {place}; "
                f"give one a path of its own (-o {name}:PATH)",
                program,
            )
        seen[path] = name


def show(
    wanted: Sequence[Output], args: Namespace, render: Callable[[str, Style, bool], str]
) -> None:
    """Write each report to its place.

    Args:
        wanted: The reports.
        args: The options of the command, for its ``--color``.
        render: Returns a report, given its format, its style, and whether it goes to a file.
    """
    for name, path in wanted:
        if path:
            save(render(name, file_style(), True), path)
        else:
            write(render(name, stdout_style(args.color, os.environ), False))
