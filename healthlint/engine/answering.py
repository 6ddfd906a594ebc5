"""The answer: go on, retune or stop, with its reason since when, and the next thing to do.

It is a function of what was found, what could be looked at, and where the run stands; exit codes do
not depend on it. The states, worst first: ``stop`` (an error holds), ``attention`` (a warning
holds, or an error has passed), ``cannot tell``, ``too early``, ``finished``, ``go on``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from healthlint.engine.binding import Scene
from healthlint.logs.choosing import FEWEST
from healthlint.report import Answer, AnswerState, Finding, LogReport, RunSummary, Standing, Verdict
from healthlint.rulebook.model import Rulebook

NON_FINITE = "core/non-finite"
"""A rule that always can look: alone it says nothing of health."""
GONE = 1e-3
"""Share of its highest value below which a learning rate is at its end."""
_FEWEST_RATES = 24
"""Values of a learning rate by which its end is told from a warm-up."""
_LATER = "Look again when more has been logged."
_INSPECT = (
    "See what was read of it: `healthlint inspect LOG`; `--name METRIC=NAME` says what is what."
)


def answered(log: LogReport) -> LogReport:
    """Return a report with the answer that its findings ask for, its course where none counts.

    It is asked again where findings have become known or suppressed.
    """
    standing = [finding for finding in log.findings if finding.is_standing]
    return replace(log, answer=_of_findings(standing) or log.course)


def course(log: LogReport, rulebook: Rulebook, scene: Scene, *, is_short: bool) -> Answer:
    """Return what to do with a run in which no finding counts.

    Args:
        log: Its report, but for the answer.
        rulebook: The rules.
        scene: Its timeline.
        is_short: Whether it has fewer values than the rules that matter most need.
    """
    blind = unseen(log.verdicts, rulebook)
    if log.no_verdict or _sees_nothing(log.verdicts, rulebook):
        return _untold(log, blind)
    if why := _finished(log, scene):
        answer = _rested(log, why)
    elif is_short:
        reason = f"{_course(log)}; judging takes {FEWEST} values of a loss"
        answer = Answer(state="too early", reason=reason, next=_LATER)
    else:
        answer = Answer(state="go on", reason=_course(log), is_green=True)
    # nothing is green that was not looked at
    return replace(answer, is_green=answer.is_green and not blind and not is_short)


def _of_findings(findings: Sequence[Finding]) -> Answer | None:
    """Return what findings ask for, None where none is a warning or worse."""
    errors = [finding for finding in findings if finding.severity == "error"]
    warnings = [finding for finding in findings if finding.severity == "warning"]
    state: AnswerState = "stop"
    chosen = [error for error in errors if error.active]
    if not chosen:
        state = "attention"
        chosen = [warning for warning in warnings if warning.active] or errors or warnings
    if not chosen:
        return None
    # what began first is likelier the cause: a rate that jumped before the loss climbed
    causes = errors if state == "stop" else chosen
    first = min(causes, key=lambda cause: (cause.first.line or 0, cause.first.step or 0.0))
    more = len(causes) - 1
    also = f" (and {more} more)" if more else ""
    # what became no number did so once, everything else has its numbers of now
    said = first.message if first.rule == NON_FINITE else first.latest or first.message
    words = f"{_named(first.rule)}{_since(first)}: {said}{also}"
    return Answer(state=state, reason=words, since=first.first, next=_first_sentence(first.help))


def _since(finding: Finding) -> str:
    """Return since when a finding holds, or when it did, in words."""
    place = finding.first
    if place.epoch is None and place.step is None:
        return ""
    where = f"epoch {place.epoch:.0f}" if place.epoch is not None else f"step {place.step:.0f}"
    return f" since {where}" if finding.active and finding.first != finding.last else f" at {where}"


def _named(rule: str) -> str:
    """Return a rule by its name in words.

    >>> _named("tts/over-smoothing")
    'over-smoothing'
    """
    name = rule.rpartition("/")[2]
    return name if name.startswith(("over-", "non-")) else name.replace("-", " ")


def _first_sentence(text: str) -> str:
    """Return the first sentence of a help.

    >>> _first_sentence("Stop. Go back to the best checkpoint, lower the rate. Then go on.")
    'Stop. Go back to the best checkpoint, lower the rate.'
    """
    sentences = text.split(". ")
    if len(sentences[0]) < 12 and len(sentences) > 1:
        sentences = [f"{sentences[0]}. {sentences[1]}", *sentences[2:]]
    return sentences[0].rstrip(".") + "." if text else ""


def unseen(verdicts: Sequence[Verdict], rulebook: Rulebook) -> list[Verdict]:
    """Return the vital rules that are for this run and came to no verdict."""
    vital = _vital(verdicts, rulebook)
    return [verdict for verdict in vital if verdict.state in ("pending", "not_judged")]


def _sees_nothing(verdicts: Sequence[Verdict], rulebook: Rulebook) -> bool:
    """Return whether no vital rule but the one on non-finite values could look."""
    others = [verdict for verdict in _vital(verdicts, rulebook) if verdict.rule != NON_FINITE]
    states = {verdict.state for verdict in others} - {"not_applicable"}
    return bool(states) and states.isdisjoint(("pass", "fail"))


def _vital(verdicts: Sequence[Verdict], rulebook: Rulebook) -> list[Verdict]:
    vital = {rule.id for rule in rulebook.rules if rule.vital}
    return [verdict for verdict in verdicts if verdict.rule in vital]


def _untold(log: LogReport, blind: Sequence[Verdict]) -> Answer:
    reasons = list(dict.fromkeys(verdict.reason for verdict in blind))
    if blind and all(verdict.state == "pending" for verdict in blind):
        records = f"{_run(log).records} records so far"
        return Answer(state="too early", reason=f"{records}: {reasons[-1]}", next=_LATER)
    if reasons and all(reason.startswith("nothing of") for reason in reasons):
        reasons = ["nothing that it logs is known as a loss"]
    reason = log.no_verdict or "; ".join(reasons) or "nothing vital could be looked at"
    return Answer(state="cannot tell", reason=reason, next=_INSPECT)


def _run(log: LogReport) -> RunSummary:
    assert log.run is not None
    return log.run


def _finished(log: LogReport, scene: Scene) -> str:
    """Return why a run is at its end, empty where it is not."""
    run = _run(log)
    if run.planned_epochs and run.epoch is not None and run.epoch >= run.planned_epochs:
        return f"{run.epoch:.0f} of {run.planned_epochs:.0f} epochs"
    if run.status == "ok":
        return "it ended as planned"
    rate = scene.timeline.series.get("lr") or scene.timeline.series.get("train/lr")
    if rate is not None and len(rate) >= _FEWEST_RATES:
        known = rate.values[np.isfinite(rate.values)]
        if len(known) and known.max() > 0 and known[-1] <= GONE * known.max():
            return f"the learning rate is gone ({known[-1]:.1g})"
    return ""


def _rested(log: LogReport, why: str) -> Answer:
    """Return the answer of a run at its end: in which phase it rests, and what to do then."""
    head = log.standing[0] if log.standing else None
    if head is None:
        return Answer(state="finished", reason=why, is_green=True)
    phase = f" ({head.phase})" if head.phase else ""
    reason = f"{why}, {head.label} {head.value:.3g}{phase}"
    if not head.phase or head.is_wanted:
        return Answer(state="finished", reason=reason, next=_checkpoint(head), is_green=True)
    more = "Retrain with a longer schedule, or more data; first listen to the best checkpoint."
    return Answer(state="finished", reason=reason, next=more)


def _checkpoint(head: Standing) -> str:
    place = head.best_place
    if place.epoch is not None:
        return f"Keep the checkpoint of epoch {place.epoch:.0f} ({head.label} {head.best:.3g})."
    return ""


def _course(log: LogReport) -> str:
    """Return where a run that is well stands, in words."""
    run = _run(log)
    said = []
    if run.epoch is not None:
        planned = f" of {run.planned_epochs:.0f}" if run.planned_epochs else ""
        said.append(f"epoch {run.epoch:.0f}{planned}")
    elif run.last.step is not None:
        said.append(f"step {run.last.step:.0f}")
    if log.standing:
        head = log.standing[0]
        words = [head.label, f"{head.value:.3g}", head.phase and f"({head.phase})"]
        gap = " " if head.trend_text.startswith(("falling", "rising")) else ", "
        said.append(gap.join(filter(None, [" ".join(filter(None, words)), head.trend_text])))
        ahead = [note for note in head.notes if head.projection and note.startswith("below")]
        return "; ".join([", ".join(said), *ahead[:1]])
    return ", ".join(said) or "nothing is wrong with what was looked at"
