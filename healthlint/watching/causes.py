"""From the report of a run to what alerts are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from healthlint.report import SEVERITIES, Finding, LogReport, Place, RunSummary
from healthlint.watching.alerts import Cause


def causes(report: LogReport) -> list[Cause]:
    """Return what a report says, one cause a rule and attempt, in the order of the report."""
    if report.run is None:
        return []
    found: dict[tuple[str, int], Cause] = {}
    for finding in report.findings:
        for cause in _flat(finding, report.run, ""):
            key = cause.rule, cause.attempt
            found[key] = _joined(found[key], cause) if key in found else cause
    return list(found.values())


def _flat(finding: Finding, run: RunSummary, root: str) -> Iterator[Cause]:
    """Yield a finding and what is folded under it; those of its own rule do not follow from it."""
    yield Cause(
        rule=finding.rule,
        attempt=attempt_of(finding, run),
        severity=finding.severity,
        confidence=finding.confidence,
        message=finding.message,
        help=finding.help,
        fingerprint=finding.fingerprint,
        first=finding.first,
        last=finding.last,
        is_active=finding.active,
        is_superseded=finding.superseded,
        root=root,
        silence=finding.suppressed,
    )
    for follower in finding.folded:
        yield from _flat(follower, run, root if follower.rule == finding.rule else finding.rule)


def attempt_of(finding: Finding, run: RunSummary) -> int:
    """Return in which attempt of its run a finding began, from 0.

    Where the format has no lines it is told by steps, which a resume repeats: there what was
    superseded belongs to the attempt before.
    """
    unit = "line" if finding.first.line is not None else "step"
    began: float | None = getattr(finding.first, unit)
    starts: list[float | None] = [getattr(place, unit) for place in run.resumed]
    count = sum(began is not None and start is not None and start <= began for start in starts)
    is_repeated = unit == "step" and finding.superseded and count > 0
    return count - 1 if is_repeated else count


def _joined(one: Cause, other: Cause) -> Cause:
    """Return two causes of one rule and attempt as one: the worst, from the first to the last."""
    worst = min(one, other, key=lambda cause: SEVERITIES.index(cause.severity))
    first = min(one, other, key=lambda cause: _order(cause.first))
    is_apart = not (one.root and other.root)
    return replace(
        worst,
        first=first.first,
        message=first.message,
        last=max(one.last, other.last, key=_order),
        is_active=one.is_active or other.is_active,
        is_superseded=one.is_superseded and other.is_superseded,
        root="" if is_apart else worst.root,
        silence=one.silence if other.silence else "",
    )


def _order(place: Place) -> tuple[float, float]:
    return place.line or 0, place.step or place.epoch or 0.0
