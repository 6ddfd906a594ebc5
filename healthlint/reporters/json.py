"""The report for programs: one JSON object, version 2, byte-equal for equal input.

It carries no time and no absolute path. NaN and infinities, which JSON cannot spell, are the
strings ``NaN``, ``Infinity`` and ``-Infinity``. Characters that steer a terminal are escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite, isnan
from typing import TypeVar

from healthlint import report as judged
from healthlint.logs import Problem
from healthlint.outcome import exit_code, log_code
from healthlint.reporters import _wire2 as wire
from healthlint.reporters._json import dumps, spellable
from healthlint.reporters._paths import relative
from healthlint.reporters._style import Style

Source = TypeVar("Source")
Target = TypeVar("Target")

# Computed numbers are kept to a millionth of a millionth: what differs below that is the machine.
_DIGITS = 12


def render(report: judged.Report, style: Style) -> str:
    """Return the report as indented JSON."""
    return dumps(to_wire(spellable(report), style.root), is_indented=True)


def to_wire(report: judged.Report, root: str = "") -> wire.Report:
    """Return the report in the types of the wire format.

    Args:
        report: The report.
        root: Folder that absolute paths are written relative to.
    """
    return wire.Report(
        schema_version=wire.SCHEMA_VERSION,
        version=report.version,
        fail_on=report.fail_on,
        exit_code=exit_code(report),
        logs=_each(lambda log: _log(log, report.fail_on, root), report.logs),
        config=relative(report.config, root) or None,
        settings=_each(lambda one: _setting(one, root), report.settings),
        suppressions=_each(lambda one: _suppression(one, root), report.suppressions),
        baseline=relative(report.baseline, root) or None,
        gone=_each(_gone, report.gone),
    )


def _setting(setting: judged.Setting, root: str) -> wire.Setting:
    value = setting.value
    if setting.key == "rules" and isinstance(value, list | tuple):
        value = [relative(path, root) for path in value]
    return wire.Setting(setting.key, _fact(value), relative(setting.origin, root))


def _suppression(use: judged.SuppressionUse, root: str) -> wire.Suppression:
    return wire.Suppression(
        rule=use.rule,
        reason=use.reason,
        log=use.log or None,
        metric=use.metric or None,
        until=use.until or None,
        origin=relative(use.origin, root),
        state=use.state,
        findings=use.findings,
    )


def _gone(entry: judged.Gone) -> wire.Gone:
    return wire.Gone(
        fingerprint=entry.fingerprint,
        rule=entry.rule,
        severity=entry.severity,
        split=entry.split or None,
        metrics=tuple(entry.metrics),
        state=entry.state,
    )


def _log(log: judged.LogReport, fail_on: judged.Severity, root: str) -> wire.Log:
    return wire.Log(
        path=relative(log.path, root),
        format=log.format,
        exit_code=log_code(log, fail_on),
        no_verdict=log.no_verdict or None,
        required=tuple(wire.Required(*pair) for pair in sorted((log.required or {}).items())),
        run=_run(log.run) if log.run else None,
        other_runs=_each(_run, log.other_runs),
        standing=_each(_standing, log.standing),
        findings=_each(_finding, log.findings),
        verdicts=_each(_verdict, log.verdicts),
        problems=_each(_problem, log.problems),
        answer=_answer(log.answer),
        unseen=tuple(wire.Unseen(*pair) for pair in sorted(log.unseen.items())),
        against=_comparison(log.against, root) if log.against else None,
    )


def _comparison(against: judged.Comparison, root: str) -> wire.Comparison:
    is_told = against.at is not None
    now, then, change = (
        finite(_computed(value)) if is_told else None
        for value in (against.now, against.then, against.change)
    )
    return wire.Comparison(
        name=relative(against.name, root),
        label=against.label,
        side=against.side,
        now=now,
        then=then,
        change=change,
        at=_place(against.at) if against.at else None,
        reason=against.reason or None,
    )


def _answer(answer: judged.Answer) -> wire.Answer:
    return wire.Answer(
        state=answer.state,
        reason=answer.reason,
        since=_place(answer.since) if answer.since else None,
        next=answer.next or None,
        is_green=answer.is_green,
    )


def _run(run: judged.RunSummary) -> wire.Run:
    return wire.Run(
        number=run.number,
        id=run.id,
        records=run.records,
        attempts=run.attempts,
        resumed=_each(_place, run.resumed),
        first=_place(run.first),
        last=_place(run.last),
        epoch=_number(run.epoch),
        planned_epochs=_number(run.planned_epochs),
        status=run.status,
        facts={str(name): _fact(run.facts[name]) for name in sorted(run.facts, key=str)},
        notes=tuple(run.notes),
    )


def _standing(head: judged.Standing) -> wire.Standing:
    return wire.Standing(
        label=head.label,
        metric=head.metric,
        series=head.series,
        value=finite(_computed(head.value)),
        best=finite(head.best),
        best_place=_place(head.best_place),
        phase=head.phase or None,
        sounds=head.sounds or None,
        trend=_number(_computed(head.trend)),
        trend_text=head.trend_text or None,
        notes=tuple(head.notes),
        curve=_each(lambda value: finite(_computed(value)), head.curve),
        projection=_projection(head.projection) if head.projection else None,
    )


def _projection(ahead: judged.Projection) -> wire.Projection:
    return wire.Projection(
        phase=ahead.phase,
        bound=finite(ahead.bound),
        middle=_number(_computed(ahead.middle)),
        low=finite(_computed(ahead.low)),
        high=_number(_computed(ahead.high)),
        coverage=ahead.coverage,
    )


def _finding(found: judged.Finding) -> wire.Finding:
    return wire.Finding(
        rule=found.rule,
        severity=found.severity,
        confidence=found.confidence,
        summary=found.summary,
        message=found.message,
        help=found.help or None,
        url=found.url or None,
        split=found.split or None,
        first=_place(found.first),
        last=_place(found.last),
        count=found.count,
        active=found.active,
        superseded=found.superseded,
        margin=_number(_computed(found.margin)),
        fingerprint=found.fingerprint,
        occurrence=found.occurrence,
        evidence=_each(_evidence, found.evidence),
        folded=_each(_finding, found.folded),
        suppressed=found.suppressed or None,
        baseline=found.baseline or None,
        latest=found.latest or None,
        ended=_place(found.ended) if found.ended else None,
    )


def _evidence(evidence: judged.Evidence) -> wire.Evidence:
    places = _each(_place, evidence.places)
    return wire.Evidence(
        metric=evidence.metric,
        series=evidence.series,
        change=_number(_computed(evidence.change)),
        needs=evidence.needs or None,
        points=tuple(
            wire.Point(place.line, place.step, place.epoch, finite(_computed(value)))
            for place, value in zip(places, evidence.values, strict=True)
        ),
    )


def _verdict(verdict: judged.Verdict) -> wire.Verdict:
    return wire.Verdict(
        rule=verdict.rule,
        severity=verdict.severity,
        state=verdict.state,
        reason=verdict.reason or None,
        split=verdict.split or None,
        evaluated=verdict.evaluated,
        decided=verdict.decided,
        findings=verdict.findings,
        summary=verdict.summary,
    )


def _problem(problem: Problem) -> wire.Problem:
    return wire.Problem(
        kind=problem.kind,
        message=problem.message,
        line=problem.line,
        column=problem.column,
        count=problem.count,
        hint=problem.hint,
    )


def _place(place: judged.Place) -> wire.Place:
    return wire.Place(place.line, _number(place.step), _number(place.epoch))


def _each(convert: Callable[[Source], Target], items: Iterable[Source]) -> tuple[Target, ...]:
    return tuple(map(convert, items))


def _computed(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _number(value: float | None) -> wire.Number | None:
    """Return a number that JSON can spell; a whole one without decimals."""
    return None if value is None else finite(value)


def finite(value: float | None) -> wire.Number:
    """Return a number as JSON spells it: whole without decimals, NaN and infinities as strings."""
    if value is None or isnan(value):
        return "NaN"
    if not isfinite(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 2**53 else float(value)


def _fact(value: object) -> object:
    """Return the value of a fact as JSON data: mappings sorted, the unknown as its text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return finite(value)
    if isinstance(value, Mapping):
        return {str(name): _fact(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_fact(item) for item in value]
    return str(value)
