"""Judge many runs: what went wrong, where, and what differs between failed and healthy ones.

Finds the runs of sweeps and clusters in folders, by patterns and at URLs, judges each, and says
what they have in common on one screen. What is known of a log that has not changed is not judged
again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from healthlint.cli._output import Output, configure_output, outputs, show
from healthlint.cli._parser import (
    Namespace,
    Parser,
    UsageError,
    option,
    processes,
    repeated,
    wrong_use,
)
from healthlint.cli._settings import blaming, configure_judging, read_settings
from healthlint.cli._streams import progress
from healthlint.config import Settings
from healthlint.fleet import failing, where
from healthlint.fleet.cache import Cache, default_path
from healthlint.fleet.discovery import find, passed_over
from healthlint.fleet.driving import Engine, rows_of
from healthlint.fleet.executors import NAMES, ExecutorError, executor
from healthlint.fleet.plan import Plan
from healthlint.fleet.row import NotAFleet, Row, cause_of, dumps, load
from healthlint.fleet.summary import Fleet, group, worst_first
from healthlint.fleet.text import fleet_table, fleet_text, keep_list
from healthlint.report import SEVERITIES
from healthlint.terminal.style import Style

if TYPE_CHECKING:  # only where there is a baseline
    from healthlint.acceptance.baseline import Baseline

_FORMATS = ("full", "table", "jsonl", "html", "keep", "parquet")
EXAMPLES = """\
examples:
  healthlint fleet multirun/
  healthlint fleet -o html:fleet.html -o jsonl:fleet.jsonl runs/
  healthlint fleet --where "learning_rate > 1e-3" --group-by device runs/
  healthlint fleet --jobs 8 --fail-on "error > 5%" runs/
  healthlint fleet fleet.jsonl --sort best -o table
exit codes: 0 all limits kept, 1 more findings, 2 wrong use or an unreadable log, 3 no verdict
"""


def configure(parser: Parser) -> None:
    """Declare the options of ``healthlint fleet``."""
    parser.usage = "%(prog)s [options] PATH ..."
    add = parser.add_argument
    text = "folder of runs, log, pattern, URL, or a fleet's own .jsonl"
    option(add, "logs", "PATH", text, nargs="*", default=[])
    text = 'error, warning, "error > 5%%", "error > 3", "unreadable > 1%%"'
    text += "; may be repeated (default: error)"
    option(add, "--fail-on", "LIMIT", text, dest="limits", action="append")
    _configure_choosing(parser)
    _configure_work(parser)
    configure_output(parser, _FORMATS)
    configure_judging(parser)


def _configure_choosing(parser: Parser) -> None:
    add = parser.add_argument_group("which runs, in which order").add_argument
    text = 'only runs with this setting or field ("learning_rate > 1e-3")'
    repeated(add, "--where", "CONDITION", text, default=[])
    text = "cause, folder, or a setting, in place of the causes"
    option(add, "--group-by", "NAME", text, default="")
    text = "a field or a setting to sort a table by; --sort=-NAME for the largest first"
    option(add, "--sort", "NAME", text, default="")
    text = "all, last, longest or a number (default: all of a store of many runs, else the last)"
    option(add, "--run", "RUN", text, default="auto")


def _configure_work(parser: Parser) -> None:
    add = parser.add_argument_group("work").add_argument
    add("--jobs", type=processes, default=0, metavar="N", help="logs judged at a time (default: 1)")
    text = f"{', '.join(NAMES)}, or module:factory of one (default: pool where --jobs is given)"
    option(add, "--executor", "NAME", text, default="")
    text = "how long one log may take; 0 for ever (default: 60)"
    option(add, "--timeout", "SECONDS", text, type=_seconds, default=60.0)
    add("--cache", default="", metavar="PATH", help="(default: ~/.cache/healthlint/fleet.db)")
    add("--no-cache", action="store_true", help="judge every log anew, and keep nothing")


def run(args: Namespace) -> int:
    """Judge, report, and return the exit code that every format shares."""
    reports = outputs(args.outputs, _FORMATS)
    if any(name == "parquet" and not path for name, path in reports):
        raise UsageError("-o parquet goes to a folder: -o parquet:FOLDER")
    settings = read_settings(args)
    mistakes = (where.WhereError, failing.LimitError, NotAFleet, ExecutorError)
    with wrong_use(*mistakes), blaming(settings):
        limits = [failing.parse(word) for word in args.limits or [settings.fail_on]]
        terms = [term for text in args.where for term in where.parse(text)]
        rows = _accepted(_rows(args, settings, reports), settings)
        rows = where.chosen(rows, terms)
        fleet = Fleet(rows, failing.severity_of(limits), passed_over(settings.logs))
        shown = [report for report in reports if report.format != "parquet"]
        show(shown, args, lambda name, style: _text(fleet, name, style, args))
    return failing.exit_code(rows, limits)


def _rows(args: Namespace, settings: Settings, reports: Sequence[Output]) -> list[Row]:
    """Return the rows of all logs, and those of fleets that were written before.

    Raises:
        UsageError: There is nothing to judge.
    """
    if not settings.logs:
        raise UsageError("which PATH? (see `healthlint fleet --help`)")
    if any(name == "parquet" for name, _ in reports) and find_spec("pyarrow") is None:
        raise UsageError("-o parquet needs pyarrow: pip install 'healthlint[parquet]'")
    fleets = [path for path in settings.logs if _is_fleet(path)]
    known = [row for path in fleets for row in load(path)]
    paths = [path for path in settings.logs if path not in fleets]
    if not paths:
        return known
    plan = _plan(args, settings, reports)
    engine = Engine(args.executor or ("pool" if args.jobs > 1 else "serial"), args.jobs)
    if engine.name not in NAMES:
        executor(engine.name, 1).shutdown()  # a mistake is told before hours of work
    logs = find(paths)
    cache = Cache("" if args.no_cache else args.cache or default_path(), plan.digest())
    try:
        return [*known, *rows_of(logs, plan, engine, cache, _progress())]
    finally:
        cache.close()


def _plan(args: Namespace, settings: Settings, reports: Sequence[Output]) -> Plan:
    return Plan(
        **settings.judging(),
        kinds=settings.kinds,
        run=args.run,
        seconds=args.timeout,
        series=next((path for name, path in reports if name == "parquet"), ""),
    )


def _is_fleet(path: str) -> bool:
    """Return whether a file is a result of this command: its first line says so."""
    with suppress(OSError):
        if path.endswith(".jsonl") and os.path.isfile(path):  # noqa: PTH113 - may be no name
            with open(path, "rb") as stream:  # noqa: PTH123
                return stream.read(32).startswith(b'{"schema":"healthlint.fleet/')
    return False


def _accepted(rows: Iterable[Row], settings: Settings) -> list[Row]:
    """Return rows in which what the baseline knows is accepted.

    Raises:
        UsageError: The baseline cannot be read.
    """
    if not settings.baseline:
        return list(rows)
    from healthlint.acceptance import baseline

    with wrong_use(baseline.BaselineError):
        known = baseline.load(settings.baseline)
    return [_known(row, known) for row in rows]


def _known(row: Row, known: Baseline) -> Row:
    """Return a row in which findings that are known, and no worse than that, are accepted."""
    findings = [
        replace(finding, accepted=True)
        if (entry := known.get(finding.fingerprint))
        and SEVERITIES.index(finding.severity) >= SEVERITIES.index(entry.severity)
        else finding
        for finding in row.findings
    ]
    return replace(row, findings=findings, cause=cause_of(findings))


def _text(fleet: Fleet, name: str, style: Style, args: Namespace) -> str:
    """Return a fleet in a format; parquet was written where the logs were judged."""
    if name == "jsonl":
        return "".join(f"{dumps(row).decode()}\n" for row in fleet.rows)
    if name == "html":
        from healthlint.fleet.page import page

        return page(fleet, fleet_text(fleet, Style(width=120)))
    rows, by, read = _sorted(fleet.rows, args.sort)
    if name == "table":
        return fleet_table(rows, style, by, read)
    if name == "keep":
        return keep_list(rows)
    groups = group(fleet.rows, args.group_by, fleet.fail_on) if args.group_by else ()
    return fleet_text(fleet, style, groups, args.group_by)


def _sorted(rows: Sequence[Row], by: str) -> tuple[Sequence[Row], str, Callable[[Row], object]]:
    """Return rows in the order that is asked for, with the name and reader of a further column."""
    if not by:
        return worst_first(rows), "", lambda _: ""
    name = by.removeprefix("-")
    read = where.reader(name, rows)

    def key(row: Row) -> tuple[bool, bool, object]:
        value = read(row)
        if not isinstance(value, int | float):
            return value is None, True, str(value)
        return False, False, value if name == by else -value

    shown = "" if name in ("best", "cause", "answer", "epochs", "path") else name
    return sorted(rows, key=key), shown, read


def _progress() -> Callable[[int, int], None]:
    """Return what tells on a terminal how far it is."""
    show_line = progress()
    if show_line is None:
        return lambda *_: None
    return lambda done, total: show_line(f"{done:,} of {total:,} logs\r" if done < total else "")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < 86_400:
        raise ValueError
    return value
