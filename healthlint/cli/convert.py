"""Write a log of any known format as the project's own JSON Lines, every number kept.

Restarts and resumes stay as they are: records keep their order. Names stay as logged.
"""

from __future__ import annotations

from pathlib import Path

from healthlint.cli._output import code_of
from healthlint.cli._parser import Namespace, Parser, UsageError, repeated
from healthlint.cli._settings import facts
from healthlint.cli._streams import complain, put
from healthlint.looking.conversion import lines
from healthlint.readers import read
from healthlint.report.outcome import OK
from healthlint.terminal.words import spot

EXAMPLES = """\
examples:
  healthlint convert runs/kokoro/logs -o logs.jsonl
  healthlint convert metrics.csv | jq .
exit codes: 0 written, 2 wrong use or an unreadable log, 3 nothing of a training in it
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint convert``."""
    parser.usage = "%(prog)s [options] PATH"
    add = parser.add_argument
    add("path", metavar="PATH", help="file, folder, pattern or URL; - is standard input")
    add("-o", "--output", default="-", metavar="PATH", help="file (default: standard output)")
    add("--force", action="store_true", help="replace the file where it exists")
    repeated(add, "--fact", "NAME=VALUE", "written into the header (utterances=2200)", default=[])


def run(args: Namespace) -> int:
    """Write the log and return the exit code."""
    if args.output != "-" and Path(args.output).exists() and not args.force:
        raise UsageError(f"{args.output} exists; --force replaces it")
    log = read(args.path, facts(args.fact))
    for problem in log.problems:
        complain(f"{spot(log.path, problem.line)}: {problem.message}")
    if not log.runs:
        return code_of(log.problems)
    put(b"".join(lines(log)).decode(), args.output)
    return OK
