"""Judging paths: read each log, judge it by the packs, collect the report.

The one function behind ``healthlint check`` and ``healthlint.check``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from healthlint import __version__
from healthlint.checking.selection import (
    SelectionError,
    add_kinds,
    add_own_trainers,
    refuse_pattern,
    selected,
)
from healthlint.engine import answered, choose, judge
from healthlint.logs import Log, Problem, Run
from healthlint.logs.nearest import nearest
from healthlint.looking import look, look_at_all
from healthlint.report import LogReport, Report, Severity
from healthlint.rulebook import Rulebook

if TYPE_CHECKING:  # only where something is suppressed
    from datetime import date

    from healthlint.acceptance.suppression import Suppression

Pathlike = str | os.PathLike[str]


class Bench(NamedTuple):
    """What logs are judged by.

    Attributes:
        rulebook: The selected rules.
        run: Which run of a log.
        require: Ids of rules without whose verdict there is none.
        suppress: Findings that are suppressed.
        heads: How many heads a report tells the standing of, the first ones; all where left out.
    """

    rulebook: Rulebook
    run: str
    require: Sequence[str]
    suppress: Sequence[Suppression]
    heads: int | None = None


def check(
    paths: Pathlike | Iterable[Pathlike],
    *,
    kinds: Sequence[str] = (),
    rules: Sequence[str] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    profile: str = "default",
    facts: Mapping[str, object] | None = None,
    run: str | int = "last",
    require: Sequence[str] = (),
    fail_on: Severity = "error",
    params: Mapping[str, Mapping[str, float]] | None = None,
    reference: Sequence[str] = (),
    suppress: Sequence[Suppression] = (),
    today: date | None = None,
    columns: int = 0,
    most_drawn: int | None = None,
    against: str = "",
) -> Report:
    """Return the report of logs: what is wrong, since when, and what could not be judged.

    Args:
        paths: Files, folders of logs, patterns, URLs; ``-`` is standard input.
        kinds: Installed packages that bring further kinds of conditions; these are there for the
            rest of the process.
        rules: Files or folders of packs beside the shipped ones.
        select: Patterns of rule ids to judge, all of the profile where empty.
        ignore: Patterns of rule ids not to judge.
        profile: ``default`` (rules of high confidence) or ``all``.
        facts: What is known of the runs beside their series; outranks the logs' headers.
        run: ``last``, ``longest``, ``all``, or the number of a run, from 1.
        require: Ids of rules without whose verdict there is none.
        fail_on: Severity at and above which findings fail the check.
        params: Values of params by pack and name, in place of the packs' own.
        reference: Good runs that rules compare with: logs, or a profile of them.
        suppress: Findings that shall not fail the check; they are marked.
        today: The day on which ends of suppressions are judged, the current one where left out.
        columns: Width in pixels for which the report carries curves, 0 for none.
        most_drawn: Logs that carry all their curves, the worst ones; the others carry the one that
            shows progress, coarsely. All carry all where left out.
        against: A log whose last run each is compared with; each with the run before it in its own
            log where left out.

    Raises:
        RulebookError: A pack is wrong; it lists every mistake with its place.
        SelectionError: A pattern, a required rule, a param, a fact, a run or a good run that is not
            there.
    """
    bench = prepared(
        kinds=kinds,
        rules=rules,
        select=select,
        ignore=ignore,
        profile=profile,
        facts=facts,
        run=run,
        require=require,
        params=params,
        reference=reference,
        suppress=suppress,
    )
    other = _other(against, facts) if against else None
    listed = [paths] if isinstance(paths, str | os.PathLike) else paths
    reports = (
        report
        for log in look_at_all([os.fspath(path) for path in listed], facts)
        for report in judged(log, bench, columns, other)
    )
    logs = _lean(reports, most_drawn) if columns and most_drawn is not None else list(reports)
    return accepted(Report(version=__version__, fail_on=fail_on, logs=logs), bench, today)


def prepared(
    *,
    kinds: Sequence[str] = (),
    rules: Sequence[str] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    profile: str = "default",
    facts: Mapping[str, object] | None = None,
    run: str | int = "last",
    require: Sequence[str] = (),
    params: Mapping[str, Mapping[str, float]] | None = None,
    reference: Sequence[str] = (),
    suppress: Sequence[Suppression] = (),
) -> Bench:
    """Return what logs are judged by, once for all of them; arguments and errors as `check`."""
    add_kinds(kinds)
    add_own_trainers(rules)
    rulebook = selected(rules, select, ignore, profile, params, facts, reference)
    require = [rulebook.resolve(rule) for rule in require]
    _refuse_unknown(require, rulebook)
    _refuse_run(str(run))
    return Bench(
        rulebook=rulebook,
        run=str(run),
        require=require,
        suppress=[_with_rules(suppression, rulebook) for suppression in suppress],
    )


def _with_rules(suppression: Suppression, rulebook: Rulebook) -> Suppression:
    """Return a suppression with the rules that it means, selected or not."""
    refuse_pattern(rulebook, "suppress", suppression.rule)
    return suppression._replace(rules=rulebook.meant(suppression.rule))


def accepted(report: Report, bench: Bench, today: date | None = None) -> Report:
    """Return a report with its suppressed findings marked."""
    if not bench.suppress:
        return report
    from datetime import date

    from healthlint.acceptance import suppression

    report = suppression.suppress(report, bench.suppress, today or date.today())
    return replace(report, logs=[answered(log) for log in report.logs])


def _refuse_unknown(require: Sequence[str], rulebook: Rulebook) -> None:
    known = [rule.id for rule in rulebook.rules]
    for rule in require:
        if rule not in known:
            near = nearest(rule, known)
            hint = f"did you mean {near}?" if near else "is it ignored or of another profile?"
            message = f"required rule {rule} is not among the selected; {hint}"
            raise SelectionError(message, "require", rule)


def _refuse_run(run: str) -> None:
    if run not in ("all", "last", "longest") and not (run.isdecimal() and int(run) > 0):
        raise SelectionError(f"run {run!r} is none of all, last, longest, or a number from 1")


def _other(path: str, facts: Mapping[str, object] | None) -> tuple[str, Run]:
    """Return the run to compare with, and what it is called.

    Raises:
        SelectionError: There is none.
    """
    log = look(path, facts)
    if not log.runs:
        why = log.problems[0].message if log.problems else "nothing to compare with"
        raise SelectionError(f"{path}: {why}", "against", path)
    return path, choose(log, "last")


def judged(
    log: Log, bench: Bench, columns: int = 0, against: tuple[str, Run] | None = None
) -> Iterator[LogReport]:
    """Yield the report of the chosen run of a log, or one of each run.

    Args:
        log: The log.
        bench: What it is judged by.
        columns: Width in pixels for which reports carry curves, 0 for none.
        against: The run that each is compared with, and what it is called; the run before it in
            the log where left out.

    Raises:
        SelectionError: The log has no such run.
    """
    numbers, run = [str(each.number) for each in log.runs], bench.run
    if numbers and run.isdecimal() and run not in numbers:
        raise SelectionError(f"no run {run}: {log.path} has {len(numbers)}, counted from 1")
    for choice in (numbers or ["last"]) if run == "all" else [run]:
        yield judge(
            log,
            bench.rulebook,
            run=choice,
            require=bench.require,
            columns=columns,
            against=against,
            heads=bench.heads,
        )


def _lean(reports: Iterable[LogReport], most: int) -> list[LogReport]:
    """Return the reports, of which only the worst keep all their curves."""
    from healthlint.engine.drawing import reduced

    kept: list[LogReport] = []
    drawn: list[int] = []
    for number, report in enumerate(reports):
        kept.append(report)
        drawn = sorted([*drawn, number], key=lambda at: kept[at].answer.rank)
        for least in drawn[most:]:
            kept[least] = reduced(kept[least])
        drawn = drawn[:most]
    return kept


def unmatched(pattern: str) -> LogReport:
    """Return the report of a pattern of logs that no file matches: no verdict."""
    message = "no file matches this pattern"
    problem = Problem(message=message, kind="nothing")
    return LogReport(path=pattern, format="", problems=(problem,), no_verdict=message)
