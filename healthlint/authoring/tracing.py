"""A rule on a log: each part of its condition with its state and numbers, and when it fired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite

import numpy as np

from healthlint.authoring.words import inside, said
from healthlint.engine.binding import Scene
from healthlint.engine.findings import intervals
from healthlint.engine.judging import evaluate_rule
from healthlint.engine.places import place_at
from healthlint.engine.scaling import broken_scales
from healthlint.logs import Log, Run
from healthlint.report import Place
from healthlint.rulebook.model import Pack, Rule
from healthlint.timeline.evaluation import Condition, Context, Outcome, Shown
from healthlint.timeline.reference import Reference
from healthlint.timeline.truth import TRUE, UNKNOWN

_STATES = {1: "true", 0: "false", -1: "unknown"}
_LOOKS = 400
"""Most records at which the margin is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One part of a condition at one record.

    Attributes:
        text: The part in words.
        state: ``true``, ``false`` or ``unknown``.
        shown: Points that decided it.
        why: Why it is unknown, or what it lacks to be true; empty where nothing is to be said.
        parts: The parts inside it.
    """

    text: str
    state: str
    shown: Sequence[Shown] = ()
    why: str = ""
    parts: Sequence[Node] = ()

    def flat(self, depth: int = 0) -> Iterator[tuple[int, Node]]:
        """Yield it and its parts with their depth."""
        yield depth, self
        for part in self.parts:
            yield from part.flat(depth + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A rule on a run.

    Attributes:
        split: The split it is judged on.
        reason: Why it is not judged on this log, empty where it is.
        place: The record that the tree speaks of.
        tree: Its condition there, whatever its innocent cause says.
        excuse: Its innocent cause there, None where it has none.
        first: Record at which it first fired, None where it never did.
        last: Last record of its last finding, None where it never fired.
        is_active: Whether it still fires at the end.
        held_since: Record since which it is true but has not been for long enough, else None.
        nearest: Record and margin at which it came nearest to firing, where it never did.
    """

    split: str
    reason: str
    place: Place
    tree: Node
    excuse: Node | None = None
    first: Place | None = None
    last: Place | None = None
    is_active: bool = False
    held_since: Place | None = None
    nearest: tuple[Place, float] | None = None


def trace(
    log: Log,
    run: Run,
    pack: Pack,
    rule: Rule,
    epoch: float | None = None,
    reference: Reference | None = None,
) -> Trace:
    """Return how a rule came to its state on a run.

    Args:
        log: The log.
        run: One of its runs.
        pack: The pack of the rule.
        rule: The rule.
        epoch: Epoch at whose end to look; the last record where None.
        reference: Good runs to compare with.

    Raises:
        ValueError: The run has no record up to that epoch.
        MissingFact: A fact that the rule needs is not known.
        ExpressionError: A number of the rule has no value on this run.
    """
    scene = Scene.of(run.current, run.facts, reference)
    context, split = scene.context(pack, [rule.when])
    broken = broken_scales([rule.when], context, scene) if rule.scale else []
    outcome = evaluate_rule(pack, rule, context, scene)
    bare = evaluate_rule(pack, replace(rule, except_=None), context, scene)
    record = _record(scene, epoch)
    place = partial(place_at, log, scene.clock)
    reason = (
        scene.unmet(pack, (*pack.requires, *rule.requires))
        or next(iter(broken), "")
        or "; ".join(dict.fromkeys(outcome.missing))
    )
    stretches = intervals(outcome.truth, run.current.last_record)
    last = stretches[-1] if stretches else None
    held_since = _held_since(rule, context, outcome)
    nearest = None if stretches else _nearest(outcome)
    return Trace(
        split=split,
        reason=reason,
        place=place(record),
        tree=_node(rule.when, bare, record),
        excuse=_excuse(pack, rule, scene, record),
        first=place(stretches[0].first) if stretches else None,
        last=place(last.last) if last else None,
        is_active=last is not None and last.is_active,
        held_since=None if held_since is None else place(held_since),
        nearest=nearest and (place(nearest[0]), nearest[1]),
    )


def _record(scene: Scene, epoch: float | None) -> int:
    records, epochs = scene.clock.records, scene.clock.epochs
    if epoch is None:
        return int(records[-1])
    with np.errstate(invalid="ignore"):
        until = np.flatnonzero(epochs <= epoch)
    if not len(until):
        raise ValueError(f"no record up to epoch {epoch:g} in this run")
    return int(records[until[-1]])


def _held_since(rule: Rule, context: Context, outcome: Outcome) -> int | None:
    """Return the record since which it is true without having been so for long enough."""
    if rule.when.held is None or not len(outcome.truth):
        return None
    bare = context.evaluate(replace(rule.when, held=None)).truth
    if not len(bare) or bare.states[-1] != TRUE or outcome.truth.states[-1] != UNKNOWN:
        return None
    other = np.flatnonzero(bare.states != TRUE)
    return int(bare.records[other[-1] + 1 if len(other) else 0])


def _nearest(outcome: Outcome) -> tuple[int, float] | None:
    """Return the record with the largest margin, of at most some hundred, and that."""
    records = outcome.truth.records
    if not len(records):
        return None
    keep = np.unique(np.linspace(0, len(records) - 1, _LOOKS).round().astype(int))
    margins = [(record, outcome.explain(record).margin) for record in records[keep].tolist()]
    known = [(record, each) for record, each in margins if each is not None and isfinite(each)]
    return max(known, key=lambda pair: (pair[1], -pair[0]), default=None)


def _excuse(pack: Pack, rule: Rule, scene: Scene, record: int) -> Node | None:
    if rule.except_ is None:
        return None
    context, _ = scene.context(pack, [rule.except_])
    return _node(rule.except_, context.evaluate(rule.except_), record)


def _node(condition: Condition, outcome: Outcome, record: int, role: str = "") -> Node:
    text = said(condition, role)
    state = _STATES[int(outcome.truth.at(np.array([record]))[0])]
    inner = list(inside(condition))
    if len(outcome.parts) == len(inner) and inner:
        parts = [
            _node(part, one, record, its)
            for (its, part), one in zip(inner, outcome.parts, strict=True)
        ]
        return Node(text=text, state=state, parts=parts)
    explanation = outcome.explain(record)
    shown = [one.thinned() for one in explanation.shown if len(one.index)]
    why = {"true": "", "false": explanation.lacks}.get(state, explanation.lacks or _why(outcome))
    return Node(text=text, state=state, shown=shown, why=why)


def _why(outcome: Outcome) -> str:
    if outcome.missing:
        return "; ".join(dict.fromkeys(outcome.missing))
    return outcome.waiting or "the evidence shows neither"
