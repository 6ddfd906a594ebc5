"""No finding of the usual packs was active when it was saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthlint.gating.model import Check
from healthlint.gating.scene import Scene
from healthlint.report import Finding, LogReport
from healthlint.report.outcome import fails

ORDER, NAME = 5, "findings"
_SHOWN = 3


def look(scene: Scene) -> Iterator[Check]:
    """Yield what the rules say of the run as it was then."""
    if not scene.judged:
        yield Check(
            name=NAME, state="not_judged", message="no log that says what was when it was saved"
        )
        return
    yield _summed(scene.judged)


def _summed(reports: Sequence[LogReport]) -> Check:
    states = [verdict.state for report in reports for verdict in report.verdicts]
    judged = sum(state in ("pass", "fail") for state in states)
    active = [
        finding
        for report in reports
        for finding in report.findings
        if finding.active and not finding.superseded
    ]
    errors = [finding for finding in active if fails(finding, "error")]
    notes = [
        f"{finding.severity}: {finding.rule}: {finding.latest or finding.message}; still so"
        for finding in active
        if finding not in errors
    ]
    numbers = {"rules": len(states), "judged": judged, "active": len(active)}
    if errors:
        told = _told(errors)
        return Check(
            name=NAME, state="fail", message=told, help=errors[0].help, notes=notes, numbers=numbers
        )
    if not judged:
        return Check(
            name=NAME,
            state="not_judged",
            message="no rule came to a verdict",
            help="",
            notes=notes,
            numbers=numbers,
        )
    left = len(states) - judged
    said = f"{judged} rules passed or only warn, {left} not judged or pending"
    return Check(name=NAME, state="pass", message=said, help="", notes=notes, numbers=numbers)


def _told(errors: Sequence[Finding]) -> str:
    told = "; ".join(f"{error.rule}: {error.latest or error.message}" for error in errors[:_SHOWN])
    more = len(errors) - _SHOWN
    return told + (f"; and {more} more" if more > 0 else "")
