"""Write a new rule with a firing and a quiet test.

Both tests have passed when anything is written. Edit the rule, then its tests.
"""

from __future__ import annotations

from pathlib import Path

from healthlint.authoring.editing import CannotAdd
from healthlint.authoring.scaffold import CannotWrite, Draft, draft, kinds
from healthlint.cli._parser import Namespace, Parser, UsageError
from healthlint.cli._streams import complain, save, say
from healthlint.outcome import BROKEN, OK
from healthlint.rulebook import RulebookError

_PROGRAM = "healthlint rules new"


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint rules new``."""
    add = parser.add_argument
    add("id", metavar="ID", help="id of the rule: pack/kebab-case")
    add("--kind", required=True, metavar="KIND", help=f"one of {', '.join(kinds())}")
    add("--metric", default="", metavar="NAME", help="the metric it is about (mel_loss)")
    add("--pack", default="", metavar="PATH", help="the pack (default: rules/PACK.yaml)")


def run(args: Namespace) -> int:
    """Write the rule and its tests, and say what comes next."""
    pack = args.pack or f"rules/{args.id.partition('/')[0]}.yaml"
    try:
        made = draft(args.id, args.kind, pack, args.metric)
    except RulebookError as error:
        complain(str(error))
        return BROKEN
    except (CannotWrite, CannotAdd, OSError) as error:
        raise UsageError(str(error), _PROGRAM) from error
    written(made)
    say(
        f"{made.pack}: {'new, ' if made.is_new else ''}rule {args.id} ({args.kind})\n"
        f"{made.tests}: it fires in one test and stays quiet in another; both pass\n"
        f"next: fill in help and why, then healthlint rules check {made.pack}\n"
    )
    return OK


def written(made: Draft) -> None:
    """Write the files of a draft, with their folders."""
    for path, text in made.texts.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        save(text, path)
