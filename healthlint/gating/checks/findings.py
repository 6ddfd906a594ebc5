"""No finding of the usual packs was active when it was saved."""

from __future__ import annotations

from collections.abc import Sequence

from healthlint.gating.model import Check, few, seen
from healthlint.gating.scene import UNLOGGED, Scene
from healthlint.report import LogReport
from healthlint.report.outcome import fails

ORDER, NAME = 5, "findings"


def look(scene: Scene) -> Check:
    """Return what the rules say of the run as it was then."""
    return _summed(scene.judged) if scene.judged else seen("not_judged", UNLOGGED)


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
        told = few([f"{error.rule}: {error.latest or error.message}" for error in errors])
        return seen("fail", told, errors[0].help, notes=notes, numbers=numbers)
    if not judged:
        return seen("not_judged", "no rule came to a verdict", notes=notes, numbers=numbers)
    left = len(states) - judged
    said = f"{judged} rules passed or only warn, {left} not judged or pending"
    return seen("pass", said, notes=notes, numbers=numbers)
