"""Run the tests of rules: each rule fires where it should and nowhere else.

PATH is a file of tests, a pack (its tests lie beside it in `tests/<pack>.yaml`) or a folder of
packs. Without one, the packs of the config are tested, else those of `rules/` or of this folder;
where there are none, those that ship. Packs are tested as they are written, whatever params the
config sets.
"""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.cli._output import configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser, UsageError, processes, wrong_use
from healthlint.cli._settings import configure_packs, read_settings
from healthlint.report.outcome import FINDINGS, OK
from healthlint.ruletests.choosing import Choice, ChoiceError, choice
from healthlint.ruletests.gathering import gather
from healthlint.ruletests.session import Session
from healthlint.ruletests.session import run as run_tests
from healthlint.ruletests.text import session_text
from healthlint.terminal.style import Style

_PROGRAM = "healthlint test"
_FORMATS = ("table", "junit")
EXAMPLES = """\
examples:
  healthlint test                             # the packs of this folder, or those that ship
  healthlint test rules/mine.yaml             # one pack, by rules/tests/mine.yaml
  healthlint test -k "energy and not stuck"   # by name of the test or rule
  healthlint test --coverage --mutate --junit tests.xml
exit codes: 0 all is well, 1 a test failed or something is untried, 2 wrong use or a broken file
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint test``."""
    parser.usage = "%(prog)s [options] [PATH ...]"
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="tests, a pack, or a folder of packs")
    add("-k", metavar="EXPR", help="only tests whose name or rules match: words, and, or, not")
    add(
        "--coverage",
        action="store_true",
        help="fail unless each rule fires and stays quiet, and each branch is decided both ways",
    )
    add(
        "--mutate",
        action="store_true",
        help="move every bound and span by -20%% and +25%%, and fail on moves no test notices",
    )
    add("--jobs", type=processes, default=0, metavar="N", help="processes for --mutate")
    add("--junit", metavar="PATH", help="the same as -o table -o junit:PATH")
    configure_output(parser, _FORMATS)
    configure_packs(parser, facts=False)


def options(paths: Sequence[str]) -> Namespace:
    """Return the options of ``healthlint test PATH ...``, as another command gives them."""
    parser = Parser(prog=_PROGRAM)
    configure(parser)
    return parser.parse_args(list(paths))


def run(args: Namespace) -> int:
    """Run the tests, show what differs, and return the exit code."""
    also = [f"junit:{args.junit}"] if args.junit else []
    reports = outputs([*(args.outputs or _FORMATS[:1]), *also], _FORMATS)
    chosen = _choice(args)
    settings = read_settings(args)
    paths = args.paths or ([] if args.rules else settings.rules)
    bench = gather(paths, settings.rules)
    if not bench.suites and not bench.untested:
        raise UsageError("no tests found", _PROGRAM)
    session = run_tests(
        bench,
        paths,
        settings.rules,
        is_chosen=chosen,
        coverage=args.coverage,
        mutants=args.mutate,
        jobs=args.jobs,
    )
    if session.skipped and not session.tried:
        raise UsageError(f"no test matches -k {args.k!r} ({session.skipped} do not)", _PROGRAM)
    show(reports, args, lambda name, style: _rendered(session, name, style))
    return OK if session.has_passed else FINDINGS


def _rendered(session: Session, name: str, style: Style) -> str:
    if name == "junit":
        from healthlint.ruletests.junit import render  # only where it is wanted

        return render(session)
    return session_text(session, style)


def _choice(args: Namespace) -> Choice:
    if args.k is None:
        return lambda _: True
    if args.coverage or args.mutate:
        raise UsageError("-k leaves tests out, so --coverage and --mutate say nothing", _PROGRAM)
    with wrong_use(ChoiceError, of=f"-k {args.k!r}: "):
        return choice(args.k)
