"""Show what is in logs: format, runs, metrics with their scale, and what cannot be seen.

Nothing is judged. A log is a file, a folder, or ``-`` for standard input.
"""

from __future__ import annotations

from shutil import get_terminal_size

from healthlint.cli._output import code_of, configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser
from healthlint.cli._settings import configure_facts, read_settings
from healthlint.inspection import inspect
from healthlint.inspection.text import WIDTH, inspection_json, inspection_text
from healthlint.readers import find_logs
from healthlint.report.outcome import OK, worst
from healthlint.terminal.style import Style

_FORMATS = ("table", "json")
EXAMPLES = """\
examples:
  healthlint inspect runs/kokoro/logs
  healthlint inspect -o json train.log
exit codes: 0 shown, 2 wrong use or an unreadable log, 3 nothing of a training in it
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint inspect``."""
    parser.usage = "%(prog)s [options] PATH ..."
    add = parser.add_argument
    add(
        "paths", nargs="+", metavar="PATH", help="file, folder, pattern or URL; - is standard input"
    )
    add("--all", action="store_true", help="show every metric, also those of unknown meaning")
    configure_output(parser, _FORMATS)
    configure_facts(parser)


def run(args: Namespace) -> int:
    """Show each log and return the exit code."""
    reports = outputs(args.outputs, _FORMATS)
    settings = read_settings(args)
    inspections = [inspect(path, settings.facts) for path in find_logs(args.paths)]
    width = get_terminal_size((WIDTH, 24)).columns

    def rendered(name: str, style: Style) -> str:
        if name == "json":
            return inspection_json(inspections)
        return "\n".join(
            inspection_text(each, style, shows_all=args.all, width=width) for each in inspections
        )

    show(reports, args, rendered)
    return worst(OK if each.runs else code_of(each.problems) for each in inspections)
