"""Judge training logs: what is wrong, since when, and what to do.

Reads each log, judges it by the shipped packs and your own, and reports. Several logs, folders and
``-`` for standard input are taken.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from healthlint.checking import RulebookError, SelectionError
from healthlint.checking import check as judge_paths
from healthlint.cli._parser import Namespace, Parser, UsageError, suggestion
from healthlint.cli._streams import complain, file_style, save, stdout_style, write
from healthlint.outcome import BROKEN, exit_code
from healthlint.report import SEVERITIES
from healthlint.reporters import formats, render
from healthlint.rulebook.yaml12 import parse, plain

_PROGRAM = "healthlint check"
_EXAMPLES = """\
examples:
  healthlint check logs.jsonl
  healthlint check --fail-on warning -o full -o json:report.json logs.jsonl
  healthlint check --require tts/over-smoothing --fact utterances=2200 logs.jsonl
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint check``."""
    parser.usage = "%(prog)s [options] LOG ..."
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("logs", nargs="+", metavar="LOG", help="log file or folder; - is standard input")
    add(
        "-o",
        "--output",
        action="append",
        metavar="FORMAT[:PATH]",
        help=f"format of the report ({', '.join(formats())}) and the file it goes to; may be "
        "repeated (default: full, to standard output)",
    )
    add(
        "--fail-on",
        choices=SEVERITIES,
        default="error",
        help="exit with 1 on findings of this severity and above (default: %(default)s)",
    )
    add(
        "--run",
        default="last",
        metavar="RUN",
        help="all, last, longest or a number (default: last)",
    )
    _configure_rules(parser)
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="when to use colours (default: %(default)s; NO_COLOR and FORCE_COLOR are respected)",
    )


def _configure_rules(parser: Parser) -> None:
    """Declare which rules judge, and what they are told."""
    add = parser.add_argument_group("rules").add_argument
    add("--rules", action="append", default=[], metavar="PATH", help="a pack, or a folder of packs")
    add(
        "--select",
        action="append",
        default=[],
        metavar="PATTERN",
        help="judge only these rules (tts/*); may be repeated",
    )
    add("--ignore", action="append", default=[], metavar="PATTERN", help="leave these rules out")
    add(
        "--profile",
        choices=("default", "all"),
        default="default",
        help="rules of high confidence, or all (default: %(default)s)",
    )
    add(
        "--require",
        action="append",
        default=[],
        metavar="RULE",
        help="exit with 3 where this rule came to no verdict; may be repeated",
    )
    add(
        "--fact",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the log does not say (utterances=2200); may be repeated",
    )


def run(args: Namespace) -> int:
    """Judge, report, and return the exit code that every format shares."""
    outputs = [_output(word) for word in args.output or ["full"]]
    _refuse_mixture(outputs)
    try:
        report = judge_paths(
            args.logs,
            rules=args.rules,
            select=_split(args.select),
            ignore=_split(args.ignore),
            profile=args.profile,
            facts=facts(args.fact),
            run=args.run,
            require=_split(args.require),
            fail_on=args.fail_on,
        )
    except SelectionError as error:
        raise UsageError(str(error), _PROGRAM) from error
    except RulebookError as error:
        complain("\n".join(str(problem) for problem in error.problems))
        return BROKEN
    for name, path in outputs:
        if path:
            save(render(report, name, file_style()), path)
        else:
            write(render(report, name, stdout_style(args.color, os.environ)))
    return exit_code(report)


def _split(words: Sequence[str]) -> list[str]:
    """Return the words of repeated options, each of which may list several by commas."""
    return [part.strip() for word in words for part in word.split(",") if part.strip()]


def _output(word: str) -> tuple[str, str]:
    """Return format and path of ``FORMAT[:PATH]``; an empty path is standard output.

    Raises:
        UsageError: The format is unknown, or its path is empty.
    """
    name, colon, path = word.partition(":")
    if name not in formats():
        listed = ", ".join(formats())
        near = suggestion(name, formats())
        raise UsageError(f"unknown format {name!r}{near} (formats: {listed})", _PROGRAM)
    if colon and not path:
        raise UsageError(f"-o {word} lacks its path", _PROGRAM)
    return name, "" if path == "-" else path


def _refuse_mixture(outputs: Sequence[tuple[str, str]]) -> None:
    """Refuse two reports in one stream or file: neither could be read."""
    seen: dict[str, str] = {}
    for name, path in outputs:
        if path in seen:
            place = path or "standard output"
            raise UsageError(
                f"{seen[path]} and {name} both go to {place}; "
                f"give one a path of its own (-o {name}:PATH)",
                _PROGRAM,
            )
        seen[path] = name


def facts(words: Sequence[str]) -> dict[str, object]:
    """Return the facts of ``NAME=VALUE`` words, typed as YAML 1.2 types them.

    A dotted name makes a nested fact: ``metrics.mel_loss.kind=l1``.

    Raises:
        UsageError: A word without a name or a value that is not YAML.
    """
    found: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        parts = name.strip().split(".")
        if not equals or not all(parts):
            raise UsageError(f"--fact {word!r} is not NAME=VALUE", _PROGRAM)
        _put(found, parts, _value(word, text.strip()))
    return found


def _value(word: str, text: str) -> object:
    if not text.startswith(("{", "[", '"', "'")):
        return plain(text)
    document = parse(text, "--fact")
    if document.problems:
        raise UsageError(f"--fact {word!r}: {document.problems[0].message}", _PROGRAM)
    return document.data


def _put(found: dict[str, object], parts: Sequence[str], value: object) -> None:
    *outer, last = parts
    for part in outer:
        inner = found.setdefault(part, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--fact {'.'.join(parts)}: {part} has a value already", _PROGRAM)
        found = inner
    found[last] = value
