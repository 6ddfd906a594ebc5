"""Timelines to judge conditions on, without any reader: cut at a record, or drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st

from healthlint.engine.binding import Scene
from healthlint.logs import Series, Timeline
from healthlint.logs.model import Event
from healthlint.rulebook.building import Broken, build
from healthlint.rulebook.model import Pack
from healthlint.rulebook.yaml12 import Document
from healthlint.timeline.evaluation import Condition, Context, Outcome
from healthlint.timeline.expression import Expression
from healthlint.timeline.formula import Formula
from healthlint.timeline.quantities import Unit
from healthlint.timeline.reference import Curve, Reference

METRICS = {
    "losses": "*_loss | loss",
    "loss": "loss",
    "other": "other",
    "mel": "mel_loss",
    "wer": "wer",
}


def condition(data: object) -> Condition:
    """Return the condition that a pack would build from plain data."""
    document = Document("test", lines=[""])
    try:
        built = build(Condition, data, document, ())
    except Broken:
        raise AssertionError([problem.message for problem in document.problems]) from None
    assert isinstance(built, Condition)
    return built


DERIVED = {
    "ratio": Formula.parse("loss / other"),
    "gap": Formula.parse("(val.loss - train.loss) / train.loss"),
    "both": Formula.parse("max(loss, 0.5) - abs(mel)"),
}


def _good(unit: Unit, level: float) -> Curve:
    axis = np.arange(1.0, 40.0, 2.0)
    return Curve(unit, axis if unit == "epochs" else axis * 10, level + np.exp(-0.1 * axis))


GOOD = Reference(
    tuple(
        {key: _good(unit, level) for key, unit in (("loss", "steps"), ("val/loss", "epochs"))}
        | {"train/loss": _good("epochs", level), "other": _good("epochs", level)}
        for level in (0.1, 0.2, 0.3)
    ),
    "good",
)


@dataclass(frozen=True)
class World:
    """A timeline, the facts of its run, and what its pack says."""

    timeline: Timeline
    metrics: Mapping[str, str]
    facts: Mapping[str, object]
    let: Mapping[str, Expression]
    derived: Mapping[str, Formula] = field(default_factory=dict)
    reference: Reference | None = None

    def context(self, when: Condition) -> Context:
        """Return what the condition may look at."""
        pack = Pack(
            schema="healthlint.rules/1",
            pack="test",
            metrics=self.metrics,
            let=self.let,
            derived=self.derived,
        )
        return Scene.of(self.timeline, self.facts, self.reference).context(pack, [when])[0]

    def judge(self, when: Condition) -> Outcome:
        """Return what the condition comes to."""
        return self.context(when).evaluate(when)

    def upto(self, record: int) -> World:
        """Return the world as a live observer held it at a record; series not begun are absent."""
        cut = {key: series.upto(record) for key, series in self.timeline.series.items()}
        kept = {key: series for key, series in cut.items() if len(series)}
        # what comes after the last value counts with it, in whatever records nothing is logged
        logged = [one.records[-1] for one in self.timeline.series.values() if len(one)]
        is_last = record >= max(logged, default=0)
        heard = [one for one in self.timeline.events if is_last or one.record < record]
        timeline = Timeline(
            attempt=0, series=kept, first_record=0, last_record=record, events=tuple(heard)
        )
        return replace(self, timeline=timeline)


def world(
    series: Mapping[str, Series],
    last: int,
    *,
    has_ended: bool = False,
    metrics: Mapping[str, str] = METRICS,
    facts: Mapping[str, object] | None = None,
) -> World:
    """Return the world of the given series."""
    timeline = Timeline(
        attempt=0, series=series, first_record=0, last_record=last, has_ended=has_ended
    )
    return World(timeline, metrics, facts or {}, {}, DERIVED, GOOD)


SPECIAL = (float("nan"), float("inf"), float("-inf"), 0.0, -1.0, 1e300, -1e300, 1e-300)


@st.composite
def values(draw: st.DrawFn, n: int) -> np.ndarray:
    """Draw n values: a noisy learning curve or a plain list, spoilt here and there."""
    shape = draw(st.sampled_from(["curve", "flat", "any"]))
    if shape == "any":
        drawn = draw(st.lists(st.floats(-2, 5), min_size=n, max_size=n))
        result = np.array(drawn, float)
    else:
        seed = draw(st.integers(0, 2**16))
        rng = np.random.default_rng(seed)
        x = np.arange(n)
        noise = draw(st.sampled_from([0.0, 0.01, 0.1])) * rng.standard_normal(n)
        slope = draw(st.sampled_from([-0.2, -0.05, 0.05])) if shape == "curve" else 0.0
        result = (0.2 + np.exp(slope * x)) * (1 + noise)
        if draw(st.booleans()):
            result = np.round(result, 2)
    for at in draw(st.lists(st.integers(0, max(0, n - 1)), max_size=3)):
        if at < n:
            result[at] = draw(st.sampled_from(SPECIAL))
    return result


@st.composite
def axes(draw: st.DrawFn, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw steps, epochs and times of n records: dense or sparse, with jumps, partly logged."""
    per_epoch = draw(st.sampled_from([1, 2, 7, 30]))
    counts = np.arange(n)
    lines = draw(st.sampled_from([1, 1, 2]))  # records of one step
    steps = counts // lines * float(draw(st.sampled_from([1, 10])))
    epochs = np.floor(counts / per_epoch) + 1
    if n and draw(st.booleans()):  # a hole in the log
        jump = draw(st.integers(0, n - 1))
        steps[jump:] += 500
        epochs[jump:] += draw(st.sampled_from([1, 9]))
    if draw(st.booleans()):
        epochs = epochs + (counts % per_epoch) / per_epoch - 0.5
    times = 1.6e9 + counts * 40.0
    for column in (steps, epochs, times):
        kept = draw(st.sampled_from(["all", "all", "all", "none", "late", "some"]))
        if kept == "none":
            column[:] = np.nan
        elif kept == "late":
            column[: draw(st.integers(0, n))] = np.nan
        elif kept == "some":
            column[counts % 3 == 1] = np.nan
    return steps, epochs, times


@st.composite
def worlds(draw: st.DrawFn, most: int = 60) -> World:
    """Draw a world of train and validation series that are logged at different records."""
    n = draw(st.integers(1, most))
    steps, epochs, times = draw(axes(n))
    series = {}
    for split, metric in draw(st.sampled_from(_LOGGED)):
        every = draw(st.sampled_from([1, 1, 2, 7]))
        begin = draw(st.sampled_from([0, 0, 0, n // 2]))
        end = draw(st.sampled_from([n, n, n, n // 2]))
        records = np.arange(begin, end, every)
        if every == 2 and draw(st.booleans()):
            records = np.delete(records, slice(3, 9))
        key = f"{split}/{metric}" if split else metric
        drawn = draw(values(len(records)))
        series[key] = Series(
            metric=metric,
            split=split,
            name=key,
            records=records,
            steps=steps[records],
            epochs=epochs[records],
            times=times[records],
            values=drawn,
        )
    made = world(series, n - 1)
    return replace(made, timeline=replace(made.timeline, events=draw(announcements(n))))


@st.composite
def announcements(draw: st.DrawFn, n: int) -> tuple[Event, ...]:
    """Draw what a trainer announced beside n records, some of it before or after all of them."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(_KINDS), st.integers(-1, n - 1)), max_size=12))
    many = draw(st.sampled_from([1, 1, 8]))
    events = [
        Event(kind=kind, record=record, line=record + 2, step=None, epoch=None, fields={})
        for kind, record in drawn * many
    ]
    return tuple(sorted(events, key=lambda event: event.record))


_KINDS = ("failed_batch", "skipped_step", "exception")
_LOGGED = (
    (("", "loss"), ("", "other"), ("", "mel_loss"), ("", "wer")),
    (("val", "loss"), ("train", "loss"), ("val", "other"), ("train", "mel_loss")),
    (("train", "loss"), ("val", "other"), ("val", "mel_loss"), ("train", "other")),
)
