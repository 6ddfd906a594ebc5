"""Try a rule on finished runs: where it would have fired, and how much earlier.

RULE is an id or a pattern (`tts/*`). Every run of each log is judged as a live watch would have
judged it.
"""

from __future__ import annotations

from healthlint.backtesting import Backtest, backtest, why_unread
from healthlint.backtesting.text import backtest_json, backtest_text
from healthlint.cli._output import configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser, UsageError, option, wrong_use
from healthlint.cli._settings import configure_packs, read_settings, rulebook
from healthlint.cli._streams import complain
from healthlint.logs import Log
from healthlint.looking import look_at_all
from healthlint.report.outcome import BROKEN, NO_VERDICT, OK
from healthlint.terminal.style import Style

_FORMATS = ("table", "json")
EXAMPLES = """\
examples:
  healthlint backtest tts/over-smoothing runs/*/logs.jsonl
  healthlint backtest mine/too-slow --rules mine.yaml -o json runs/*/logs.jsonl
exit codes: 0 tried, whether it fired or not, 2 wrong use or an unreadable log, 3 nothing was judged
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint backtest``."""
    parser.usage = "%(prog)s [options] RULE [LOG ...]"
    add = parser.add_argument
    add("rule", metavar="RULE", help="id of a rule, or a pattern")
    text = "file, folder of logs, pattern or URL (default: those of the config)"
    option(add, "logs", "LOG", text, nargs="*")
    configure_output(parser, _FORMATS)
    configure_packs(parser)


def run(args: Namespace) -> int:
    """Try the rule, show where it fired, and return the exit code."""
    reports = outputs(args.outputs, _FORMATS)
    settings = read_settings(args)
    if not settings.logs:
        raise UsageError("which LOG? name some, or `logs:` in a config")
    book = rulebook(settings)
    with wrong_use(ValueError):
        book = book.select([args.rule], profile="all")
    logs = list(look_at_all(settings.logs, settings.facts))
    unread = [log for log in logs if why_unread(log)]
    for log in unread:
        complain(f"{log.path}: {why_unread(log)}")
    tests = backtest(logs, book)
    show(reports, args, lambda name, style: _rendered(tests, name, style))
    return _code(unread, tests)


def _rendered(tests: list[Backtest], name: str, style: Style) -> str:
    if name == "json":
        return backtest_json(tests)
    return "\n".join(backtest_text(test, style) for test in tests)


def _code(unread: list[Log], tests: list[Backtest]) -> int:
    """Return the exit code: a log that cannot be read outranks one without a verdict."""
    if any(problem.kind == "unreadable" for log in unread for problem in log.problems):
        return BROKEN
    return OK if any(test.of("pass", "fail") for test in tests) else NO_VERDICT
