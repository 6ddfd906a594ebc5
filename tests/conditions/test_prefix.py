"""Judging a prefix of a log says what a live observer would have said: nothing looks ahead.

For every kind, alone and inside others, on series of every shape: no exception, the same answer
twice, and cut at the end of any moment the same states, findings and explanations as on the whole
log. A kind that is added is tried by its own examples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import yaml
from conditions.worlds import World, condition, world, worlds
from examples import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from healthlint import conditions
from healthlint.engine.findings import intervals
from healthlint.logs import Series
from healthlint.timeline.clock import Clock
from healthlint.timeline.evaluation import Condition, Context, Metric, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.truth import TRUE, Truth

LOW = {"value": {"metric": "loss", "below": 0.8}}
KINDS = {name: conditions.kind(name) for name in conditions.names()}
CONDITIONS = {
    **{name: [yaml.safe_load(one) for one in kind.examples] for name, kind in KINDS.items()},
    "derived": [
        {"value": {"metric": "ratio", "above": 1.1}},
        {"value": {"metric": "gap", "above": 0.1, "smooth": 3}, "for": "2 epochs"},
        {"trend": {"metric": "ratio", "over": "5 points", "up_by": "2%"}},
        {"rise": {"metric": "both", "by": "5%"}},
        {"all": [{"value": {"metric": "train/ratio", "below": 2}}, LOW]},
        {"stays_above": {"metric": "ratio", "by": "5%"}},
        {"since_best": {"metric": "both", "above": "2%"}},
    ],
}
"""Conditions of each kind, as the kinds themselves bring them."""
MOST = dict.fromkeys(("since_best", "stays_above", "falls_behind", "improves_since"), 200)
"""Most records of a world for kinds that count looks: more than one octave of them."""
MODIFIERS: list[dict[str, object]] = [
    {},
    {},
    {"after": "3 points"},
    {"after": "3 epochs", "until": "20 epochs"},
    {"for": "15 steps"},
]


@st.composite
def drawn(draw: st.DrawFn, kind: str) -> Condition:
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


@st.composite
def moments(draw: st.DrawFn, world: World) -> int:
    """Draw a record at which a moment ends: until then a live observer has not seen it all."""
    clock = Clock.of(world.timeline.series.values())
    drawn = draw(st.integers(0, world.timeline.last_record))
    at = int(np.searchsorted(clock.records, drawn))
    known = clock.moments(clock.records[at : at + 1])
    return int(known[0]) if len(known) else drawn


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
@examples(40, suppress=list(HealthCheck))
def test_a_prefix_is_judged_as_it_was_live(kind: str, data: st.DataObject) -> None:
    seen, when = data.draw(worlds(MOST.get(kind, 60))), data.draw(drawn(kind))
    last = seen.timeline.last_record
    record = data.draw(moments(seen))
    whole, live = seen.judge(when), judge_live(seen, when, record)
    expected, actual = states(whole, last)[: record + 1], states(live, record)
    assert expected.tolist() == actual.tolist()
    for at in np.flatnonzero(actual == TRUE).tolist():
        assert said(whole, at) == said(live, at)


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
@given(data=st.data())
@examples(15, suppress=list(HealthCheck))
def test_findings_of_a_prefix_are_those_of_the_whole_up_to_there(
    kind: str, data: st.DataObject
) -> None:
    seen, when = data.draw(worlds(MOST.get(kind, 60))), data.draw(drawn(kind))
    last = seen.timeline.last_record
    record = data.draw(moments(seen))
    truth = seen.judge(when).truth
    kept = truth.records <= record
    cut = Truth(truth.records[kept], truth.states[kept], lambda which: truth.validity(which))
    expected = intervals(cut, record)
    actual = intervals(judge_live(seen, when, record).truth, record)
    assert actual == expected
    begun = [one.first for one in intervals(truth, last) if one.first <= record]
    assert [one.first for one in actual] == begun


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
@given(data=st.data())
@examples(10, suppress=list(HealthCheck))
def test_the_same_answer_twice_and_whatever_comes_is_explained(
    kind: str, data: st.DataObject
) -> None:
    seen, when = data.draw(worlds(MOST.get(kind, 60))), data.draw(drawn(kind))
    seen = replace(seen, timeline=replace(seen.timeline, has_ended=data.draw(st.booleans())))
    last = seen.timeline.last_record
    first, second = seen.judge(when), seen.judge(when)
    assert states(first, last).tolist() == states(second, last).tolist()
    assert [said(first, at) for at in range(last + 1)] == [
        said(second, at) for at in range(last + 1)
    ]


@pytest.mark.parametrize(("loss_begins", "partner"), [(0, "loss"), (5, "loss"), (6, "other")])
def test_the_partner_is_the_first_of_those_that_had_begun(loss_begins: int, partner: str) -> None:
    """The same quantity of the other split, unless it begins after the one it stands beside."""
    n, steps = 12, np.arange(12.0)
    begins = {"val/loss": 5, "train/loss": loss_begins, "train/other_loss": 2}
    series = {}
    for key, first in begins.items():
        split, metric = key.split("/")
        own = steps[first:]
        ones = np.linspace(2, 1, n - first)
        series[key] = Series(
            metric=metric,
            split=split,
            name=key,
            records=np.arange(first, n),
            steps=own,
            epochs=own,
            times=own,
            values=ones,
        )
    when = condition({"since_best": {"metric": "loss", "above": "1%"}})
    made = world(series, n - 1)
    chosen = made.context(when).beside(series["val/loss"], "partner")
    assert chosen.name == {"loss": "train/loss", "other": "train/other_loss"}[partner]


def _tomorrow(_: _Params, context: Context) -> Outcome:
    """A made-up kind that looks ahead: its last value decides everywhere."""
    series = context.series("loss")
    is_low = np.full(len(series), series.values[-1] < series.values[0])
    return Outcome(truth=context.truth(series.records, is_low.astype(np.int8)))


@dataclass(frozen=True)
class _Params:
    metric: Metric


def test_a_kind_that_looks_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind is added: its own examples are drawn, and they tell."""
    example = "{tomorrow: {metric: loss}}"
    kind = Kind(
        doc="It looks ahead.",
        params=_Params,
        evaluate=_tomorrow,
        words=lambda _: "ahead",
        examples=(example,),
    )
    monkeypatch.setattr(conditions, "names", lambda: ("tomorrow",))
    monkeypatch.setattr(conditions, "kind", lambda _: kind)
    monkeypatch.setitem(CONDITIONS, "tomorrow", [yaml.safe_load(one) for one in kind.examples])
    n = 6
    steps = np.arange(n) * 10.0
    for values, is_caught in (([1, 2, 3, 4, 5, 0.5], True), ([1, 2, 3, 4, 5, 6], False)):
        one = Series(
            metric="loss",
            split="",
            name="loss",
            records=np.arange(n),
            steps=steps,
            epochs=steps,
            times=steps,
            values=np.array(values, float),
        )
        made = world({"loss": one}, n - 1)
        when = condition(CONDITIONS["tomorrow"][0])
        whole, live = states(made.judge(when), n - 1)[:4], states(judge_live(made, when, 3), 3)
        assert (whole.tolist() != live.tolist()) == is_caught
