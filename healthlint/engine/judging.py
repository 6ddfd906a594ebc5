"""Rules on a run: verdicts, findings and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

import numpy as np

from healthlint.engine.answering import answered, course, unseen
from healthlint.engine.binding import Scene
from healthlint.engine.blindness import blind
from healthlint.engine.comparing import compare
from healthlint.engine.findings import Interval, Scribe, intervals
from healthlint.engine.folding import RuleFinding, fold
from healthlint.engine.scaling import broken_scales
from healthlint.engine.standing import standings
from healthlint.engine.summary import summarise
from healthlint.logs import Log, Run, Timeline
from healthlint.logs.choosing import can_be_judged, choose, why_chosen
from healthlint.report import LogReport, Severity, State, Verdict
from healthlint.rulebook.model import Pack, Rule, Rulebook
from healthlint.timeline.evaluation import Condition, Context, Outcome
from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN

_Judged = tuple[Verdict, Sequence[Sequence[RuleFinding]]]


def judge(
    log: Log,
    rulebook: Rulebook,
    *,
    run: str = "last",
    require: Sequence[str] = (),
    columns: int = 0,
    against: tuple[str, Run] | None = None,
    heads: int | None = None,
) -> LogReport:
    """Return the judgement of one run of a log.

    Args:
        log: The log.
        rulebook: The selected rules.
        run: ``last``, ``longest`` or the number of a run.
        require: Ids of rules that must come to a verdict.
        columns: Width in pixels for which curves are drawn, 0 for none.
        against: A run to compare with and its name; where left out, the run before it in the log.
        heads: How many heads the report tells the standing of, the first ones; all where left out.

    Raises:
        ValueError: There is no such run.
    """
    fatal = [problem for problem in log.problems if problem.is_fatal]
    if fatal or not log.runs:
        reason = fatal[0].message if fatal else "nothing to judge"
        return LogReport(path=log.path, format=log.format, problems=log.problems, no_verdict=reason)
    chosen = choose(log, run)
    report = judge_run(log, chosen, rulebook, heads)
    if report.run is not None and run == "last" and (why := why_chosen(log, chosen)):
        report = replace(report, run=replace(report.run, notes=(why, *report.run.notes)))
    if columns:
        from healthlint.engine.drawing import draw

        report = replace(report, drawing=draw(log, chosen, rulebook, report, columns))
    if pair := against or _before(log, chosen):
        compared = compare(chosen, pair[1], pair[0], report.standing)
        if against or (compared and compared.side != "unclear"):
            report = replace(report, against=compared)
    return replace(report, required=_required(report.verdicts, require))


def _before(log: Log, run: Run) -> tuple[str, Run] | None:
    """Return the last run of a log before one that could be judged, with its name."""
    earlier = [one for one in log.runs[: run.number - 1] if can_be_judged(one)]
    return (f"run {earlier[-1].number}", earlier[-1]) if earlier else None


def judge_run(log: Log, run: Run, rulebook: Rulebook, heads: int | None = None) -> LogReport:
    """Return the judgement of one run, as `judge`."""
    scenes = [Scene.of(timeline, run.facts, rulebook.reference) for timeline in run.timelines]
    judged = [_judge_rule(log, run, scenes, pack, rule) for pack, rule in rulebook.entries]
    attempts = zip_longest(*(found for _, found in judged), fillvalue=())
    findings = [
        finding for attempt in attempts for finding in fold(list(chain.from_iterable(attempt)))
    ]
    verdicts = [verdict for verdict, _ in judged]
    packs = [pack for pack in rulebook.packs if not scenes[-1].unmet(pack, pack.requires)]
    report = LogReport(
        path=log.path,
        format=log.format,
        run=summarise(log, run),
        other_runs=[summarise(log, other) for other in log.runs if other is not run],
        standing=standings(log, run, scenes[-1], packs, heads),
        findings=sorted(findings, key=lambda finding: finding.order),
        verdicts=verdicts,
        problems=log.problems,
        no_verdict=_no_verdict(log, run, verdicts),
        unseen={verdict.rule: verdict.reason for verdict in unseen(verdicts, rulebook)},
    )
    onward = course(report, rulebook, scenes[-1], is_short=not can_be_judged(run))
    return answered(replace(report, course=onward))


def _judge_rule(log: Log, run: Run, scenes: Sequence[Scene], pack: Pack, rule: Rule) -> _Judged:
    """Return the verdict of a rule, and its findings on each timeline of the run."""
    current = scenes[-1]
    try:
        if unmet := current.unmet(pack, (*pack.requires, *rule.requires)):
            return _verdict(rule, "not_applicable", unmet), ()
        context, split = current.context(pack, [rule.when])
        if rule.scale and (broken := broken_scales([rule.when], context, current)):
            return _verdict(rule, "not_judged", broken[0], split), ()
        outcome = evaluate_rule(pack, rule, context, current)
        before = [_superseded(log, run, scene, pack, rule) for scene in scenes[:-1]]
        found = [*before, _found(log, run, current, pack, rule, outcome, split)]
    except MissingFact as missing:
        reason = f"needs the fact `{missing.fact}`; pass --fact {missing.fact}=N"
        return _verdict(rule, "not_judged", reason), ()
    except ExpressionError as error:
        return _verdict(rule, "error", str(error)), ()
    count, states = sum(map(len, found)), outcome.truth.states
    verdict = _verdict(rule, *_state(outcome, count), split)
    decided = int(np.count_nonzero(states != UNKNOWN))
    return replace(verdict, evaluated=len(states), decided=decided, findings=count), found


def _verdict(rule: Rule, state: State, reason: str, split: str = "") -> Verdict:
    return Verdict(
        rule=rule.id,
        severity=rule.severity,
        state=state,
        reason=reason,
        split=split,
        summary=rule.summary,
        url=rule.docs,
    )


def evaluate_rule(pack: Pack, rule: Rule, context: Context, scene: Scene) -> Outcome:
    """Return what the condition of a rule came to, where no innocent cause explains it.

    Args:
        pack: The pack of the rule.
        rule: The rule.
        context: What its condition may look at.
        scene: The timeline.
    """
    limited = rule.when
    if rule.after or rule.until:
        after, until = rule.after or limited.after, rule.until or limited.until
        limited = replace(limited, after=after, until=until)
    outcome = context.evaluate(limited)
    if rule.except_ is None or not (outcome.truth.states == TRUE).any():  # nothing to excuse
        return outcome
    excused = excuse(pack, rule, rule.except_, scene)
    if excused is None:
        return outcome
    is_excused = excused.truth.at(outcome.truth.records) == TRUE
    states = np.where(is_excused, FALSE, outcome.truth.states).astype(np.int8)
    return replace(outcome, truth=outcome.truth.with_states(states))


def excuse(pack: Pack, rule: Rule, innocent: Condition, scene: Scene) -> Outcome | None:
    """Return what the innocent cause of a rule came to, None where it cannot be looked at.

    It has a split of its own, so that it never decides which split the rule is judged on.
    """
    context, _ = scene.context(pack, [innocent])
    if rule.scale and broken_scales([innocent], context, scene):
        return None
    try:
        outcome = context.evaluate(innocent)
    except (MissingFact, ExpressionError):
        return None
    return outcome if len(outcome.truth) else None


def _found(
    log: Log, run: Run, scene: Scene, pack: Pack, rule: Rule, outcome: Outcome, split: str
) -> list[RuleFinding]:
    """Return the findings on a timeline: of one that was abandoned, those on what was given up."""
    scribe = Scribe(log=log, run=run, rule=rule, split=split, clock=scene.clock)
    start = scene.timeline.abandoned_from
    spans = intervals(outcome.truth, scene.timeline.last_record)
    spans = [span for span in spans if start is None or span.first >= start]
    if not spans:
        return []
    facts = scene.facts_for_messages(pack)
    softer = excuse(pack, rule, rule.softens, scene) if start is None and rule.softens else None
    found = []
    for span in spans:
        finding = scribe.finding(outcome, span, facts, superseded=start is not None)
        if start is None:
            finding = replace(finding, severity=_severity(rule, span, softer))
        found.append(RuleFinding(rule, span, finding))
    return found


def _severity(rule: Rule, interval: Interval, softer: Outcome | None) -> Severity:
    """Return how bad a finding is: less where it has passed, or is small, as its rule says."""
    if rule.once_over and not interval.is_active:
        return rule.once_over
    if softer is not None and softer.truth.at(np.array([interval.last]))[0] == TRUE:
        return "info"
    return rule.severity


def _superseded(log: Log, run: Run, scene: Scene, pack: Pack, rule: Rule) -> list[RuleFinding]:
    """Return the findings on records that a later attempt abandoned."""
    if scene.timeline.abandoned_from is None:
        return []
    context, split = scene.context(pack, [rule.when])
    outcome = evaluate_rule(pack, rule, context, scene)
    return _found(log, run, scene, pack, rule, outcome, split)


def _state(outcome: Outcome, findings: int) -> tuple[State, str]:
    if findings:
        return "fail", ""
    if not outcome.is_applicable:
        return "not_applicable", "; ".join(dict.fromkeys(outcome.missing))
    if outcome.missing:
        return "not_judged", "; ".join(dict.fromkeys(outcome.missing))
    if (outcome.truth.states == FALSE).any():
        return "pass", ""
    return "pending", outcome.waiting or "too few values yet"


def _no_verdict(log: Log, run: Run, verdicts: Sequence[Verdict]) -> str:
    if unseen := blind(log, run):
        return unseen
    if any(verdict.state in ("fail", "pass") for verdict in verdicts):
        return ""
    if not verdicts:
        return "no rule is selected"
    text = "no selected rule could be judged"
    longest = max(log.runs, key=lambda one: _records(one.current))
    if longest is not run and _records(longest.current) > _records(run.current):
        return (
            f"{text} on run {run.number}; run {longest.number} is longer (--run {longest.number})"
        )
    return text


def _records(timeline: Timeline) -> int:
    return timeline.last_record - timeline.first_record + 1


def _required(verdicts: Sequence[Verdict], require: Sequence[str]) -> dict[str, str]:
    """Return the required rules that came to no verdict, with the reason."""
    by_rule = {verdict.rule: verdict for verdict in verdicts}
    lacking: dict[str, str] = {}
    for rule in require:
        verdict = by_rule.get(rule)
        if verdict is None:
            lacking[rule] = "not selected"
        elif verdict.state not in ("fail", "pass"):
            lacking[rule] = verdict.reason or verdict.state
    return lacking
