"""Fit rules to good runs of your own: bounds that stay quiet on them, with a margin.

Reads the last run of each log. Levels of a metric are read off the runs; relative bounds are
loosened where a good run comes too near to them. What had to change is written as a pack with a
firing and a quiet test for each rule.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path

from healthlint.backtesting import why_unread
from healthlint.calibration.survey import MARGIN, Survey, survey
from healthlint.calibration.text import survey_text, written_text
from healthlint.calibration.writing import Unwritable
from healthlint.calibration.writing import write as write_pack
from healthlint.cli._output import configure_color
from healthlint.cli._parser import Namespace, Parser, UsageError, option, repeated, wrong_use
from healthlint.cli._settings import configure_packs, read_settings, rulebook
from healthlint.cli._streams import complain, make_home, save, stdout_style, write
from healthlint.looking import look_at_all
from healthlint.report.outcome import BROKEN, NO_VERDICT, OK
from healthlint.rulebook.loading import shipped_folder
from healthlint.ruletests.gathering import gather
from healthlint.terminal.style import Style

_NAME = re.compile(r"^[a-z][a-z0-9-]*$")
EXAMPLES = """\
examples:
  healthlint calibrate good/*/logs.jsonl                  # what fits, and what would change
  healthlint calibrate good/*/logs.jsonl -o mine.yaml     # writes it, and tests/mine.yaml
  healthlint calibrate --rule tts/duration-stuck --margin 50% good/*/logs.jsonl
exit codes: 0 fitted, 2 wrong use or an unreadable log, 3 no rule could be judged on these runs
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint calibrate``."""
    parser.usage = "%(prog)s [options] LOG ..."
    add = parser.add_argument
    option(add, "logs", "LOG", "log of a good run: file, folder of logs, pattern or URL", nargs="+")
    repeated(add, "--rule", "PATTERN", "only these rules (default: all)", default=[])
    text = "room between the runs and a bound (default: 25%%)"
    option(add, "--margin", "PERCENT", text, type=_percent, default=MARGIN)
    add("-o", "--output", metavar="PATH", help="write the pack here, its tests into tests/")
    add("--force", action="store_true", help="write over files that are there")
    configure_color(add)
    configure_packs(parser)


def _percent(word: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)%", word)
    if not match or not 1 <= float(match[1]) <= 1000:
        raise ArgumentTypeError(f"{word!r} is not a percentage from 1% to 1000%")
    return float(match[1]) / 100


def run(args: Namespace) -> int:
    """Fit the rules, show what changes, write the pack, and return the exit code."""
    targets = _targets(args) if args.output else None
    settings = read_settings(args)
    book = rulebook(settings)
    bench = gather([str(shipped_folder()), *settings.rules], params=settings.params)
    bench = replace(bench, rulebook=replace(bench.rulebook, reference=book.reference))
    with wrong_use(ValueError):
        chosen = bench.rulebook.select(args.rule, profile="all").rules
    logs = list(look_at_all(args.logs, settings.facts))
    if unread := [f"{log.path}: {why}" for log in logs if (why := why_unread(log))]:
        complain("\n".join(unread))
        return BROKEN
    surveyed = survey(logs, bench, [rule.id for rule in chosen], args.margin)
    style = stdout_style(args.color)
    write(survey_text(surveyed, style))
    if not surveyed.proposals:
        return OK if surveyed.kept else NO_VERDICT
    return _write(surveyed, targets, style)


def _targets(args: Namespace) -> tuple[Path, Path]:
    """Return where pack and tests go.

    Raises:
        UsageError: The name cannot be that of a pack, or one of them is there already.
    """
    pack = Path(args.output)
    if pack.suffix not in (".yaml", ".yml") or not _NAME.match(pack.stem):
        raise UsageError(
            f"-o {args.output}: a pack is called as its file; write e.g. mine.yaml, in lower case "
            "with hyphens"
        )
    tests = pack.parent / "tests" / pack.name
    for path in (pack, tests):
        if path.exists() and not args.force:
            raise UsageError(f"{path} is there already; --force writes over it")
    return pack, tests


def _write(survey: Survey, targets: tuple[Path, Path] | None, style: Style) -> int:
    if targets is None:
        write(written_text(survey, None, style))
        return OK
    pack, tests = targets
    with wrong_use(Unwritable):
        pack_text, tests_text = write_pack(survey, pack.stem)
    if not any(proposal.tests for proposal in survey.proposals):
        raise UsageError("no rule has tests that a firing example could be made from")
    make_home(tests)
    save(pack_text, str(pack))
    save(tests_text, str(tests))
    write(written_text(survey, (pack, tests), style))
    return OK
