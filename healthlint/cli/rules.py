"""List rules, check packs for mistakes, start a new rule.

Without a further word, lists the rules of the shipped packs and your own. ``check`` looks for rules
that load and still cannot do what they are meant to; ``new`` writes a rule with its tests.
"""

from __future__ import annotations

import os
from argparse import SUPPRESS

from healthlint.authoring import listing
from healthlint.cli import _rules_check, _rules_new
from healthlint.cli._parser import Namespace, Parser, StrictParser, UsageError
from healthlint.cli._settings import configure_packs, rulebook, settings
from healthlint.cli._streams import say, stdout_style, write
from healthlint.outcome import OK

_PROGRAM = "healthlint rules"
_EXAMPLES = """\
examples:
  healthlint rules --select tts
  healthlint rules check rules/team.yaml --log logs.jsonl
  healthlint rules new team/mel-stands --kind plateau
"""
_ACTIONS = {"check": _rules_check, "new": _rules_new}


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint rules``."""
    parser.usage = "%(prog)s [options]\n       %(prog)s check|new ..."
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("--select", action="append", metavar="PATTERN", help="only these (tts/*); may be repeated")
    add("-o", "--output", choices=("text", "json", "markdown"), default="text", help="format")
    add("--color", choices=("auto", "always", "never"), default="auto", help="when to use colours")
    configure_packs(parser, facts=False)
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", parser_class=StrictParser, prog=_PROGRAM
    )
    for name, module in _ACTIONS.items():
        line = (module.__doc__ or "").partition("\n")[0].rstrip(".")
        inner = actions.add_parser(name, help=line, description=line + ".")
        inner.add_argument("--debug", action="store_true", help="show tracebacks")
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
    held = settings(args)
    chosen = held.select if args.select else ()
    try:
        entries = rulebook(held, _PROGRAM).select(chosen, profile="all").entries
    except ValueError as error:
        raise UsageError(str(error), _PROGRAM) from error
    if args.output == "json":
        write(listing.as_json(entries))
    elif args.output == "markdown":
        say(listing.markdown(entries))
    else:
        write(listing.text(entries, stdout_style(args.color, os.environ)))
    return OK
