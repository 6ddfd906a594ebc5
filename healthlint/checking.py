"""Judging paths: read each log, judge it by the packs, collect the report.

The one function behind ``healthlint check`` and ``healthlint.check``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from healthlint import __version__
from healthlint.engine import judge
from healthlint.logs import Log
from healthlint.readers import read
from healthlint.report import LogReport, Report, Severity
from healthlint.rulebook import Rulebook, RulebookError, load

__all__ = ["RulebookError", "SelectionError", "check"]

Pathlike = str | os.PathLike[str]


class SelectionError(ValueError):
    """A pattern or rule id that matches no rule, or a run that cannot be named."""


def check(
    paths: Pathlike | Iterable[Pathlike],
    *,
    rules: Sequence[str] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    profile: str = "default",
    facts: Mapping[str, object] | None = None,
    run: str | int = "last",
    require: Sequence[str] = (),
    fail_on: Severity = "error",
) -> Report:
    """Return the report of logs: what is wrong, since when, and what could not be judged.

    Args:
        paths: Logs, files or folders; ``-`` is standard input.
        rules: Files or folders of packs beside the shipped ones.
        select: Patterns of rule ids to judge, all of the profile where empty.
        ignore: Patterns of rule ids not to judge.
        profile: ``default`` (rules of high confidence) or ``all``.
        facts: What is known of the runs beside their series; outranks the logs' headers.
        run: ``last``, ``longest``, ``all``, or the number of a run, from 1.
        require: Ids of rules without whose verdict there is none.
        fail_on: Severity at and above which findings fail the check.

    Raises:
        RulebookError: A pack is wrong; it lists every mistake with its place.
        SelectionError: A pattern, a required rule or a run that does not exist.
    """
    rulebook = selected(rules, select, ignore, profile)
    require = [rulebook.resolve(rule) for rule in require]
    _refuse_unknown(require, rulebook)
    _refuse_run(str(run))
    listed = [paths] if isinstance(paths, str | os.PathLike) else paths
    reports = [
        report
        for path in listed
        for report in _judged(read(os.fspath(path), facts or {}), rulebook, str(run), require)
    ]
    return Report(__version__, fail_on, reports)


def selected(
    rules: Sequence[str], select: Sequence[str], ignore: Sequence[str], profile: str
) -> Rulebook:
    """Return the shipped packs and the given ones, narrowed to the selection.

    Raises:
        RulebookError: A pack is wrong.
        SelectionError: A pattern matches no rule.
    """
    rulebook = load(rules)
    try:
        return rulebook.select(select, ignore, profile)
    except ValueError as error:
        raise SelectionError(str(error)) from error


def _refuse_unknown(require: Sequence[str], rulebook: Rulebook) -> None:
    known = [rule.id for rule in rulebook.rules]
    for rule in require:
        if rule not in known:
            from difflib import get_close_matches

            near = get_close_matches(rule, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "is it ignored or of another profile?"
            raise SelectionError(f"required rule {rule} is not among the selected; {hint}")


def _refuse_run(run: str) -> None:
    if run not in ("all", "last", "longest") and not (run.isdecimal() and int(run) > 0):
        raise SelectionError(f"run {run!r} is none of all, last, longest, or a number from 1")


def _judged(log: Log, rulebook: Rulebook, run: str, require: Sequence[str]) -> Iterator[LogReport]:
    """Yield the report of the chosen run, or one of each run."""
    numbers = [str(each.number) for each in log.runs]
    if numbers and run.isdecimal() and run not in numbers:
        raise SelectionError(f"no run {run}: {log.path} has {len(numbers)}, counted from 1")
    for choice in (numbers or ["last"]) if run == "all" else [run]:
        yield judge(log, rulebook, run=choice, require=require)
