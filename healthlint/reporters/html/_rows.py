"""A log as a row of the table of runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from healthlint.documents.markup import Markup, element
from healthlint.report import MOST_TOLD, SEVERITIES, Curve, LogReport
from healthlint.reporters._counts import counted, rules
from healthlint.reporters._facts import facts, why
from healthlint.reporters.html._answer import answered
from healthlint.reporters.html.runs import Cell, Row
from healthlint.terminal.numbers import number, ordinal
from healthlint.terminal.words import spot

COLUMNS = ("epoch", "progress", "best", "findings")
"""The columns of a log beside its answer, name, curve and reason."""
_MOST = 4
"""Findings and heads that are listed where a row is opened."""


def row(log: LogReport, number: int, name: str) -> Row:
    """Return the row of a log.

    Args:
        log: The log.
        number: Its number on the page, from 1.
        name: What it is called.
    """
    curve = log.drawing.charts[0].curves[0] if log.drawing and log.drawing.charts else None
    return Row(
        key=f"row{number}",
        name=name,
        answer=answered(log),
        reason=why(log),
        curve=_shown(log) or curve,
        unit=log.drawing.unit if log.drawing else "step",
        cells=list(_cells(log)),
        more=list(_more(log, number)),
    )


def _shown(log: LogReport) -> Curve | None:
    """Return the curve of what shows progress, None where it is not drawn."""
    series = {head.series for head in log.standing[:1]}
    charts = log.drawing.charts if log.drawing else ()
    return next(
        (curve for chart in charts for curve in chart.curves if curve.series in series), None
    )


def _cells(log: LogReport) -> Iterator[Cell]:
    run, head = log.run, log.standing[0] if log.standing else None
    epoch = run.epoch if run else None
    yield Cell(ordinal(epoch), epoch) if epoch is not None else Cell("")
    yield Cell(f"{head.label} {number(head.value)}", head.value) if head else Cell("")
    yield Cell(number(head.best), head.best) if head else Cell("")
    counts = Counter(finding.severity for finding in log.findings if finding.is_standing)
    told = [counted(counts[name], name) for name in SEVERITIES if counts[name]]
    order = sum(counts[name] * 1000 ** (2 - at) for at, name in enumerate(SEVERITIES))
    yield Cell(", ".join(told), float(order))


def _more(log: LogReport, number: int) -> Iterator[Markup]:
    """Yield what is told where the row is opened: within about 2 kB."""
    for problem in log.problems[:_MOST]:
        at = spot(log.path, problem.line, problem.column)
        yield element("p", element("code", at), f" {problem.message}", class_="soft")
    if log.run is None:
        return
    if log.answer.next:
        yield element("p", element("b", "next "), log.answer.next)
    for finding in [finding for finding in log.findings if not finding.suppressed][:_MOST]:
        name = element("code", finding.rule)
        yield element("p", element("span", finding.severity, class_=f"pill {finding.severity}"),
                      " ", name, f" {finding.message}")  # fmt: skip
    for head in log.standing[:_MOST]:
        said = [head.label, f"{head.value:.3g}", head.phase, head.trend_text]
        yield element("p", " ".join(filter(None, said)), class_="soft")
    told = [log.path, *(fact for fact in facts(log, log.run) if fact)]
    yield element("p", " · ".join([*told, rules(log.verdicts, {})]), class_="soft")
    if number <= MOST_TOLD:
        yield element("p", element("a", "all of it", href=f"#log{number}"))
