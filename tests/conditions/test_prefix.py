"""Judging a prefix of a log says what a live observer would have said: nothing looks ahead.

For every kind, alone and inside others, on series of every shape: no exception, the same answer
twice, and cut at any record the same states, findings and explanations as on the whole log.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conditions.worlds import World, condition, worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthlint.engine.findings import intervals
from healthlint.timeline.evaluation import Condition, Outcome
from healthlint.timeline.truth import TRUE, Truth

LOW = {"value": {"metric": "loss", "below": 0.8}}
CONDITIONS: dict[str, list[dict[str, object]]] = {
    "value": [
        LOW,
        {"value": {"metric": "epoch", "above": 5}},
        {"value": {"metric": "loss", "above": 0.5, "smooth": 3}, "for": "2 epochs"},
        {"value": {"metric": "loss", "above": 0.5, "smooth": 4}, "for": "2 points"},
        {"value": {"metric": "loss", "at_most": 0.9}, "for": "2 minutes"},
    ],
    "trend": [
        {"trend": {"metric": "loss", "over": "5 epochs", "down_by": "2%"}},
        {"trend": {"metric": "loss", "over": "5 points", "not_down_by": "2%"}},
        {"trend": {"metric": "loss", "over": "30 steps", "up_by": "2%"}},
        {"trend": {"metric": "loss", "over": "10 minutes", "not_up_by": "2%"}},
        {"trend": {"metric": "loss", "since": "start", "down_by": "2%"}},
    ],
    "milestones": [
        {
            "milestones": {
                "metric": "loss",
                "reach": [
                    {"phase": "A", "below": 0.8, "by": "5 epochs"},
                    {"phase": "B", "below": 0.3, "by": "10 epochs"},
                ],
            }
        },
        {
            "milestones": {
                "metric": "loss",
                "smooth": 3,
                "reach": [{"phase": "A", "below": 0.8, "by": "50 steps"}],
            }
        },
    ],
    "nonfinite": [{"nonfinite": {"metric": "losses"}}, {"nonfinite": {"metric": "loss"}}],
    "spike": [
        {"spike": {"metric": "loss", "factor": 1.5, "deviations": 5, "points": 20}},
        {"spike": {"metric": "loss", "factor": 1.1, "deviations": 1, "points": 30}},
    ],
    "rise": [
        {"rise": {"metric": "loss", "by": "5%"}},
        {"rise": {"metric": "loss", "by": "1%", "smooth": 1}, "for": "1 epochs"},
    ],
    "masked_zero": [
        {"masked_zero": {"metric": "losses", "points": 2}},
        {"masked_zero": {"metric": "other", "points": 1}},
    ],
    "frozen": [
        {"frozen": {"metric": "losses", "points": 3}},
        {"frozen": {"metric": "other", "points": 4}},
    ],
    "clamped": [
        {"clamped": {"metric": "losses", "share": "10%", "at": [0.2, 1], "points": 20}},
        {"clamped": {"metric": "other", "share": "20%"}},
    ],
    "silent": [
        {"silent": {"metric": "losses", "intervals": 3}},
        {"silent": {"metric": "other", "intervals": 5}},
    ],
    "announced": [
        {"announced": {"event": ["failed_batch", "skipped_step"], "share": "5%"}},
        {"announced": {"event": ["failed_batch"], "count": 2}},
        {"announced": {"event": ["exception"], "at_end": True}},
    ],
    "plateau": [
        {"plateau": {"metric": "loss", "over": "5 epochs", "gain": "2%"}},
        {"plateau": {"metric": "loss", "over": "8 points", "gain": "1%"}, "for": "2 points"},
    ],
    "oscillation": [
        {"oscillation": {"metric": "other", "over": "20 points", "by": "5%", "reversals": 2}},
        {"oscillation": {"metric": "loss", "over": "10 epochs", "by": "1%", "reversals": 3}},
    ],
    "follow": [
        {
            "follow": {
                "once": {**LOW, "for": "2 points"},
                "expect": {"trend": {"metric": "other", "since": "once", "down_by": "5%"}},
                "within": "8 epochs",
            }
        },
        {
            "follow": {
                "once": LOW,
                "expect": {"value": {"metric": "other", "below": 0.5}},
                "within": "8 points",
            }
        },
        {
            "follow": {
                "once": LOW,
                "expect": {"trend": {"metric": "other", "over": "5 points", "down_by": "2%"}},
                "within": "20 steps",
            }
        },
    ],
    "compare": [
        {"compare": {"metric": "loss", "above_by": "5%", "deviations": 3}},
        {"compare": {"metric": "loss", "above_by": "1%", "deviations": 1, "smooth": 3}},
        {"compare": {"metric": "other", "above_by": "1%", "deviations": 1}, "for": "2 epochs"},
    ],
    "derived": [
        {"value": {"metric": "ratio", "above": 1.1}},
        {"value": {"metric": "gap", "above": 0.1, "smooth": 3}, "for": "2 epochs"},
        {"trend": {"metric": "ratio", "over": "5 points", "up_by": "2%"}},
        {"rise": {"metric": "both", "by": "5%"}},
        {"all": [{"value": {"metric": "train/ratio", "below": 2}}, LOW]},
    ],
    "all": [
        {
            "all": [LOW, {"trend": {"metric": "other", "over": "5 points", "not_down_by": "2%"}}],
            "for": "2 epochs",
        }
    ],
    "any": [{"any": [LOW, {"trend": {"metric": "mel", "over": "5 points", "down_by": "2%"}}]}],
    "not": [{"not": {"all": [LOW, {"value": {"metric": "other", "below": 0.8}}]}}],
}
MODIFIERS: list[dict[str, object]] = [
    {},
    {},
    {"after": "3 points"},
    {"after": "3 epochs", "until": "20 epochs"},
    {"for": "15 steps"},
]

thorough = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def conditions(draw: st.DrawFn, kind: str) -> Condition:
    """Draw a condition of a kind, with modifiers, alone or beside another one."""
    data = draw(st.sampled_from(CONDITIONS[kind]))
    data = {**data, **draw(st.sampled_from(MODIFIERS))}
    around = draw(st.sampled_from([None, None, None, "all", "any", "not", "follow"]))
    if around == "not":
        data = {"not": data}
    elif around == "follow":
        data = {"follow": {"once": LOW, "expect": data, "within": "3 epochs"}}
    elif around:
        data = {around: [data, draw(st.sampled_from(CONDITIONS["value"]))]}
    return condition(data)


def judge_live(world: World, when: Condition, record: int) -> Outcome:
    """Return what a live observer says at a record, bound as the whole log binds."""
    live, bound = world.upto(record), world.context(when).bound
    seen = {name: [series.upto(record) for series in group] for name, group in bound.items()}
    made = world.context(when).made
    context = live.context(when)
    pseudo = {name: group for name, group in context.bound.items() if name in ("epoch", "step")}
    kept = {
        name: replace(one, sources=[series.upto(record) for series in one.sources])
        for name, one in made.items()
    }
    return replace(context, bound={**seen, **pseudo}, made=kept).evaluate(when)


def states(outcome: Outcome, last: int) -> np.ndarray:
    """Return the state at every record."""
    return outcome.truth.at(np.arange(last + 1))


def said(outcome: Outcome, record: int) -> str:
    """Return everything that is said of a record, for comparison."""
    why = outcome.explain(record)
    shown = [
        (one.metric, one.index.tolist(), one.values, one.change, one.needs) for one in why.shown
    ]
    return repr((sorted(why.facts.items()), shown, why.margin))


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
@given(data=st.data())
@settings(thorough, max_examples=40)
def test_a_prefix_is_judged_as_it_was_live(kind: str, data: st.DataObject) -> None:
    world, when = data.draw(worlds()), data.draw(conditions(kind))
    last = world.timeline.last_record
    record = data.draw(st.integers(0, last))
    whole, live = world.judge(when), judge_live(world, when, record)
    expected, actual = states(whole, last)[: record + 1], states(live, record)
    assert expected.tolist() == actual.tolist()
    for at in np.flatnonzero(actual == TRUE).tolist():
        assert said(whole, at) == said(live, at)


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
@given(data=st.data())
@settings(thorough, max_examples=15)
def test_findings_of_a_prefix_are_those_of_the_whole_up_to_there(
    kind: str, data: st.DataObject
) -> None:
    world, when = data.draw(worlds()), data.draw(conditions(kind))
    last = world.timeline.last_record
    record = data.draw(st.integers(0, last))
    truth = world.judge(when).truth
    kept = truth.records <= record
    cut = Truth(truth.records[kept], truth.states[kept], lambda which: truth.validity(which))
    expected = intervals(cut, record)
    actual = intervals(judge_live(world, when, record).truth, record)
    assert actual == expected
    begun = [one.first for one in intervals(truth, last) if one.first <= record]
    assert [one.first for one in actual] == begun


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
@given(data=st.data())
@settings(thorough, max_examples=10)
def test_the_same_answer_twice_and_whatever_comes_is_explained(
    kind: str, data: st.DataObject
) -> None:
    world, when = data.draw(worlds()), data.draw(conditions(kind))
    world = replace(world, timeline=replace(world.timeline, has_ended=data.draw(st.booleans())))
    last = world.timeline.last_record
    first, second = world.judge(when), world.judge(when)
    assert states(first, last).tolist() == states(second, last).tolist()
    assert [said(first, at) for at in range(last + 1)] == [
        said(second, at) for at in range(last + 1)
    ]
