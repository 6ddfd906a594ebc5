"""Explain a rule: its page, and how its condition came out on a log.

With a log, each part of the condition is shown with its state and numbers at the last record (or
at the end of an epoch), and when the rule first fired, or how near it came.
"""

from __future__ import annotations

from dataclasses import replace

from healthlint.authoring import page as pages
from healthlint.authoring import tracetext
from healthlint.authoring.tracing import trace
from healthlint.backtesting import why_unread
from healthlint.cli._output import code_of, configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser, UsageError
from healthlint.cli._settings import configure_packs, read_settings, rulebook
from healthlint.cli._streams import complain, harmless, say, stdout_style, write
from healthlint.config import Settings
from healthlint.engine import choose
from healthlint.logs import Log
from healthlint.logs.nearest import nearest
from healthlint.looking import look
from healthlint.report.outcome import BROKEN, NO_VERDICT, OK
from healthlint.rulebook import Pack, Rule, Rulebook
from healthlint.terminal.style import Style
from healthlint.terminal.text import visible
from healthlint.timeline.expression import ExpressionError, MissingFact

_FORMATS = ("text", "markdown")
EXAMPLES = """\
examples:
  healthlint explain tts/over-smoothing
  healthlint explain tts/over-smoothing logs.jsonl
  healthlint explain tts/over-smoothing logs.jsonl --at 12
  healthlint explain known-faults logs.jsonl      # of the device's software
"""
_SHOWN = "see `healthlint rules` (packs of your own: `rules:` in the config, or --rules PATH)"
FAULTS = "known-faults"
"""What stands in place of a rule for the list of known faults."""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint explain``."""
    parser.usage = "%(prog)s [options] RULE [LOG]"
    add = parser.add_argument
    add("rule", metavar="RULE", help="id of a rule; its pack may be left out; or known-faults")
    add("log", nargs="?", metavar="LOG", help="a log to try it on; - is standard input")
    add("--at", type=float, metavar="EPOCH", help="look at the end of this epoch (default: last)")
    add("--run", default="last", metavar="RUN", help="last, longest or a number (default: last)")
    configure_output(parser, _FORMATS)
    configure_packs(parser)


def run(args: Namespace) -> int:
    """Print the page, and the trace where there is a log."""
    if args.at is not None and args.log is None:
        raise UsageError("--at needs a log")
    reports = outputs(args.outputs, _FORMATS)
    settings = read_settings(args)
    if args.rule == FAULTS:
        return _faults(args, settings)
    book = rulebook(settings)
    pack, rule = _found(book, args.rule)
    page, style = pages.page(pack, rule), stdout_style(args.color)
    show(reports, args, lambda name, style: _rendered(page, name, style))
    if args.log is None:
        return OK
    return _tried(args, replace(book, packs=[pack]), rule, look(args.log, settings.facts), style)


def _found(book: Rulebook, name: str) -> tuple[Pack, Rule]:
    """Return the rule of an id, a former id, or the part of an id after its pack.

    Raises:
        UsageError: There is none, or several packs have one.
    """
    entries = [(pack, rule) for pack in book.packs for rule in pack.rules]
    wanted = book.resolve(name)
    named = [e for e in entries if wanted in (e[1].id, e[1].id.partition("/")[2])]
    if len(named) == 1:
        return named[0]
    if named:
        listed = " and ".join(rule.id for _, rule in named)
        raise UsageError(f"{name!r} could be {listed}")
    known = [rule.id for _, rule in entries]
    short = {rule.id.partition("/")[2]: rule.id for _, rule in entries}
    near = nearest(name, [*known, *short])
    hint = f"did you mean {short.get(near, near)!r}?" if near else _SHOWN
    raise UsageError(f"no rule {name!r}; {hint}")


def _faults(args: Namespace, settings: Settings) -> int:
    """Print the known faults, with a log those that may concern it."""
    from healthlint.authoring.faults import listed
    from healthlint.rulebook.knownfaults import concerning, shipped

    style = stdout_style(args.color)
    if args.log is None:
        device, faults = shipped()
        write(listed(faults, f"Known faults of {device}", style))
        return OK
    log = look(args.log, settings.facts)
    if not log.runs:
        return _unread(args.log, log)
    facts = choose(log, args.run).facts
    if facts.get("device") is None or facts.get("torch") is None:
        complain(f"{args.log}: device or torch is not known; pass --fact device=D --fact torch=V")
        return NO_VERDICT
    concerned = concerning(facts)
    what = f"{len(concerned)} known faults" if concerned else "No known fault"
    heading = f"{what} may concern {args.log} (torch {facts['torch']} on {facts['device']})"
    write(listed(concerned, heading, style))
    return OK


def _unread(path: str, log: Log) -> int:
    """Complain of a log that holds nothing to look at."""
    complain(f"{path}: {why_unread(log)}")
    return code_of(log.problems)


def _rendered(page: pages.Page, name: str, style: Style) -> str:
    return harmless(pages.markdown(page)) if name == "markdown" else pages.text(page, style)


def _tried(args: Namespace, book: Rulebook, rule: Rule, log: Log, style: Style) -> int:
    """Show how a rule of the one pack of a book came out on a log."""
    if why_unread(log):
        return _unread(args.log, log)
    write(f"\n{style.paint(visible(args.log), 'bold')}\n")
    try:
        traced = trace(log, choose(log, args.run), book.packs[0], rule, args.at, book.reference)
    except MissingFact as missing:
        say(f"  Not judged: needs the fact `{missing.fact}`; pass --fact {missing.fact}=N\n")
        return OK
    except ExpressionError as error:
        say(f"  Broken on this log: {error}\n")
        return BROKEN
    except ValueError as error:
        raise UsageError(str(error)) from error
    write(tracetext.text(traced, style))
    return OK
