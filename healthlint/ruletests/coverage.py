"""What the tests of a pack leave untried.

Each rule must fire in a test and stay quiet in another, and each branch of its ``all``, ``any``,
``not`` and ``follow`` must have come to true and to false somewhere: a branch that was never false
could be left out of the rule without any test noticing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from healthlint.engine import evaluate_rule
from healthlint.engine.binding import Scene
from healthlint.engine.scaling import broken_scales
from healthlint.rulebook import PackProblem
from healthlint.rulebook.model import Pack, Rule
from healthlint.rulebook.yaml12 import Path
from healthlint.ruletests.gathering import Bench, PackFile
from healthlint.ruletests.model import Case
from healthlint.ruletests.synthetic import synthetic_log, synthetic_reference
from healthlint.ruletests.walking import parts
from healthlint.timeline.evaluation import Condition, Context, Outcome
from healthlint.timeline.expression import ExpressionError, MissingFact
from healthlint.timeline.truth import FALSE, TRUE

_COMBINE = {"all", "any", "not", "follow"}
"""Kinds whose parts are branches."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Watching(Context):
    """A context that notes the states of every condition evaluated in it, by identity."""

    seen: dict[int, set[int]] = field(default_factory=dict)

    def evaluate(self, condition: Condition) -> Outcome:
        """Return the outcome, noting its states."""
        outcome = Context.evaluate(self, condition)
        states = outcome.truth.states
        noted = self.seen.setdefault(id(condition), set())
        noted |= {int(state) for state in (TRUE, FALSE) if (states == state).any()}
        return outcome


def gaps(bench: Bench) -> Iterator[PackProblem]:
    """Yield what no test of the bench tries, each with its place in the pack."""
    cases = [case for suite in bench.suites for case in suite.suite.tests]
    for file in bench.packs:
        for i, rule in enumerate(file.pack.rules):
            own = [case for case in cases if not case.only or rule.id in case.only]
            yield from _rule_gaps(file, ("rules", i), rule, own)


def _rule_gaps(
    file: PackFile, at: Path, rule: Rule, cases: Sequence[Case]
) -> Iterator[PackProblem]:
    locate = file.document.locate
    if not any(rule.id in case.expect for case in cases):
        yield locate((*at, "id"), f"{rule.id} fires in no test")
    seen, is_quiet = _watch(file.pack, rule, cases)
    if not is_quiet:
        yield locate((*at, "id"), f"{rule.id} is judged and quiet in no test")
    for path, branch in parts(rule, at):
        if not isinstance(branch, Condition) or _COMBINE.isdisjoint(path[len(at) + 1 :]):
            continue
        noted = seen.get(id(branch), set())
        lacking = [word for word, state in (("true", 1), ("false", 0)) if state not in noted]
        if lacking:
            label = ".".join(map(str, path[len(at) :]))
            text = f"{rule.id} has a branch that is never {' or '.join(lacking)}: {label}"
            yield locate((*path, branch.name), text, at_key=True)


def _watch(pack: Pack, rule: Rule, cases: Sequence[Case]) -> tuple[Mapping[int, set[int]], bool]:
    """Return the states each condition of a rule came to over tests, and whether it was quiet."""
    seen: dict[int, set[int]] = {}
    is_quiet = False
    for case in cases:
        run = synthetic_log(case).runs[-1]
        scene = Scene.of(run.current, run.facts, synthetic_reference(case))
        context, _ = scene.context(pack, [rule.when])
        if rule.scale and broken_scales([rule.when], context, scene):
            continue
        known = {field.name: getattr(context, field.name) for field in fields(Context)}
        watching = _Watching(**known, seen=seen)
        try:
            outcome = evaluate_rule(pack, rule, watching, scene)
        except (MissingFact, ExpressionError):
            continue
        states = outcome.truth.states
        is_quiet |= bool((states == FALSE).any() and not (states == TRUE).any())
    return seen, is_quiet
