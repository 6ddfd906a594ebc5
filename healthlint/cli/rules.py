"""List rules, check packs for mistakes, start a new rule.

Without a further word, lists the rules of the shipped packs and your own. ``check`` looks for rules
that load and still cannot do what they are meant to; ``new`` writes a rule with its tests.
``test``, ``explain``, ``backtest`` and ``calibrate`` are the commands of these names.
"""

from __future__ import annotations

from argparse import SUPPRESS

from healthlint.authoring import listing
from healthlint.authoring.listing import Entries
from healthlint.cli import _rules_check, _rules_new
from healthlint.cli._output import configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser, StrictParser, wrong_use
from healthlint.cli._settings import configure_packs, read_settings, rulebook
from healthlint.cli._streams import harmless
from healthlint.report.outcome import OK
from healthlint.terminal.style import Style

_FORMATS = ("text", "json", "markdown")
EXAMPLES = """\
examples:
  healthlint rules --select tts
  healthlint rules check rules/team.yaml --log logs.jsonl
  healthlint rules new team/mel-stands --kind plateau
"""
_ACTIONS = {"check": _rules_check, "new": _rules_new}


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint rules``."""
    parser.usage = (
        "%(prog)s [options]\n       %(prog)s check|new|test|explain|backtest|calibrate ..."
    )
    add = parser.add_argument
    add("--select", action="append", metavar="PATTERN", help="only these (tts/*); may be repeated")
    configure_output(parser, _FORMATS)
    configure_packs(parser, facts=False)
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", parser_class=StrictParser, prog=parser.prog
    )
    for name, module in _ACTIONS.items():
        line = (module.__doc__ or "").partition("\n")[0].rstrip(".")
        inner = actions.add_parser(name, help=line, description=line + ".")
        inner.add_argument("--debug", action="store_true", help="show tracebacks")
        inner.set_defaults(program=inner.prog)
        module.configure(inner)
        _let_through(inner)


def _let_through(inner: Parser) -> None:
    """Let what was said before the inner command stand where nothing is said after it."""
    for action in inner._actions:
        if action.dest in ("config", "no_config", "rules", "debug"):
            action.default = SUPPRESS


def run(args: Namespace) -> int:
    """List the rules, or do what is asked for."""
    if args.action:
        done: int = _ACTIONS[args.action].run(args)
        return done
    reports = outputs(args.outputs, _FORMATS)
    settings = read_settings(args)
    chosen = settings.select if args.select else ()
    with wrong_use(ValueError):
        entries = rulebook(settings).select(chosen, profile="all").entries
    show(reports, args, lambda name, style: _rendered(entries, name, style))
    return OK


def _rendered(entries: Entries, name: str, style: Style) -> str:
    if name == "json":
        return listing.as_json(entries)
    if name == "markdown":
        return harmless(listing.markdown(entries))
    return listing.text(entries, style)
