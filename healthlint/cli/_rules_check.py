"""Look for rules that load and still cannot do what they are meant to.

Without a pack, looks at those of the config, else at the shipped ones. Mistakes of a pack are told
all at once and end with 2; an error of a rule ends with 1, warnings only with ``--strict``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from healthlint.authoring.lint import Notice, Seen, lint, seen
from healthlint.cli._output import Output, configure_output, outputs, show
from healthlint.cli._parser import Namespace, Parser, UsageError
from healthlint.cli._settings import configure_packs, read_settings, rulebook
from healthlint.cli._streams import harmless, say
from healthlint.cli.test import options as tests_options
from healthlint.cli.test import run as run_tests
from healthlint.documents.json import document
from healthlint.readers import read
from healthlint.report.outcome import BROKEN, FINDINGS, OK
from healthlint.rulebook.loading import load_with_places
from healthlint.terminal.numbers import plural
from healthlint.terminal.style import Style

_FORMATS = ("text", "json")
_TOLD = ("path", "line", "column", "message", "hint")
"""What JSON tells of the problem of a notice."""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint rules check``."""
    add = parser.add_argument
    add("packs", nargs="*", metavar="PACK", help="packs (default: the config's, else shipped)")
    add("--log", action="append", default=[], metavar="LOG", help="a log they are meant for")
    add("--test", action="store_true", help="run the tests of the packs as well")
    add("--strict", action="store_true", help="exit with 1 on warnings too")
    configure_output(parser, _FORMATS)
    configure_packs(parser)


def run(args: Namespace) -> int:
    """Print what is wrong with the rules and return the exit code."""
    reports = outputs(args.outputs, _FORMATS)
    if args.test and Output("json", "") in reports:
        raise UsageError("--test reports as text; give json a path (-o json:PATH)")
    packs = list(dict.fromkeys(map(_pack_of, args.packs))) if args.test else args.packs
    code = _check(args, packs, reports)
    if not args.test or code == BROKEN:
        return code
    say("\n")
    return max(code, run_tests(tests_options(packs)))


def _pack_of(path: str) -> str:
    """Return the pack that a file of tests is about, another path as it is."""
    file = Path(path)
    pack = file.parent.parent / file.name
    return str(pack) if file.parent.name == "tests" and pack.is_file() else path


def _check(args: Namespace, given: Sequence[str], reports: Sequence[Output]) -> int:
    settings = read_settings(args)
    rulebook(settings)
    logs = [_seen(path, settings.facts) for path in args.log]
    packs = given or settings.rules
    book, places = load_with_places([*settings.rules, *packs], settings.params)
    wanted = load_with_places(packs)[1] if given and settings.rules else places
    ids = [name for name, place in wanted.items() if place.is_given or not packs]
    notices = lint(book, places, ids, logs, settings.facts)

    def rendered(name: str, _: Style) -> str:
        return _json(notices) if name == "json" else _text(notices, len(ids), len(logs))

    show(reports, args, rendered)
    failing = [notice for notice in notices if args.strict or notice.severity == "error"]
    return FINDINGS if failing else OK


def _seen(path: str, facts: Mapping[str, object]) -> Seen:
    log = read(path, facts)
    if not log.runs:
        reason = log.problems[0].message if log.problems else "nothing to judge"
        raise UsageError(f"{path}: {reason}")
    return seen(log)


def _text(notices: Sequence[Notice], rules: int, logs: int) -> str:
    told = [f"{notice}\n\n" for notice in notices]
    errors = sum(notice.severity == "error" for notice in notices)
    against = f" against {plural(logs, 'log')}" if logs else ""
    counts = f"{plural(errors, 'error')}, {plural(len(notices) - errors, 'warning')}"
    return harmless(f"{''.join(told)}{plural(rules, 'rule')} checked{against}: {counts}.\n")


def _json(notices: Sequence[Notice]) -> str:
    listed = [
        {
            "check": notice.check,
            "severity": notice.severity,
            "rule": notice.rule,
            **{name: getattr(notice.problem, name) for name in _TOLD},
        }
        for notice in notices
    ]
    return document("healthlint.notices/1", {"notices": listed}, 1)
