"""A loss that rests at exactly 0 is no value; when it wakes up, nothing is blamed on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.engine.binding import Scene
from healthlint.logs import Timeline
from healthlint.rulebook.loading import build_pack
from healthlint.rulebook.yaml12 import parse
from healthlint.ruletests.model import Case, SeriesText
from healthlint.ruletests.running import synthetic_log
from healthlint.timeline.evaluation import Context, Outcome
from healthlint.timeline.quantities import Span
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, States

PACK = """
schema: healthlint.rules/1
pack: test
metrics:
  {gen: gen_loss, total: total_loss, mel: mel_loss, sc: spectral_convergence, lr: lr,
   losses: "*_loss"}
rules:
  - id: test/rule
    severity: info
    summary: a rule
    when: {%s}
    message: fired
    help: none
"""
RISE = "rise: {metric: train/total, by: 20%}"
BELOW = "value: {metric: train/gen, below: 1.0}"


def timeline(series: Mapping[str, str], *, every: str = "1 epochs") -> Timeline:
    """Return the timeline of series in the notation of rule tests."""
    texts = {key: SeriesText(text) for key, text in series.items()}
    log = synthetic_log(Case(name="test", series=texts, expect=(), every=Span.parse(every)))
    return log.runs[0].current


def judged(when: str, seen: Timeline) -> tuple[Outcome, Context]:
    """Return what a condition comes to, and what it looked at."""
    pack = build_pack(parse(PACK % when, "test"))
    assert pack is not None
    condition = pack.rules[0].when
    context, _ = Scene.of(seen, {}).context(pack, [condition])
    return context.evaluate(condition), context


def states(when: str, seen: Timeline) -> States:
    """Return the states at every record of the timeline."""
    outcome, _ = judged(when, seen)
    return outcome.truth.at(np.arange(seen.last_record + 1))


def test_zeros_before_a_stage_are_no_values() -> None:
    """Ten zeros are not below 1; after five more of its intervals the loss is judged."""
    seen = timeline({"train/gen_loss": "0 x10, 2 x4, 0.5 x6"})
    expected = [UNKNOWN] * 16 + [TRUE] * 4
    assert states(BELOW, seen).tolist() == expected


def test_a_loss_that_never_wakes_up_is_pending() -> None:
    seen = timeline({"train/gen_loss": "0 x40", "train/mel_loss": "1..0.5 x40"})
    outcome, _ = judged("trend: {metric: train/gen, over: 5 epochs, down_by: 1%}", seen)
    assert (outcome.truth.states == UNKNOWN).all()
    assert outcome.waiting == "train/gen_loss is judged once it is above 0 for a while"
    assert not outcome.missing


def test_grace_is_a_twentieth_of_the_run_where_that_is_longer() -> None:
    """It wakes up at step 1,001 of a loss that is logged every step: 50 steps of grace."""
    seen = timeline({"train/gen_loss": "0 x1000, 2 x100"}, every="1 steps")
    found = states("value: {metric: train/gen, above: 1.0}", seen)
    assert found[:1051].tolist() == [UNKNOWN] * 1051
    assert found[1051:].tolist() == [TRUE] * 49


def test_a_loss_that_begins_above_zero_has_no_grace() -> None:
    seen = timeline({"train/gen_loss": "2, 0 x3, 0.5"})
    assert states(BELOW, seen).tolist() == [FALSE, UNKNOWN, UNKNOWN, UNKNOWN, TRUE]


def test_an_epoch_that_reads_zero_is_neither_low_nor_the_best() -> None:
    """Its trainer had nothing left to average: unknown there, and the best so far stays."""
    seen = timeline({"train/gen_loss": "2..1.5 x8, 0 x3, 1.5 x3, 2.5 x8"})
    assert states(BELOW, seen)[:14].tolist() == [FALSE] * 8 + [UNKNOWN] * 3 + [FALSE] * 3
    outcome, _ = judged("rise: {metric: train/gen, by: 20%}", seen)
    last = int(outcome.truth.records[-1])
    assert outcome.truth.states[-1] == TRUE
    assert outcome.explain(last).facts["best"]["value"] == 1.5


def test_a_learning_rate_may_begin_at_zero() -> None:
    """A warm-up starts at exactly 0: a value like any other."""
    seen = timeline({"lr": "0, 0.1, 0.2"})
    assert states("value: {metric: lr, below: 0.15}", seen).tolist() == [TRUE, TRUE, FALSE]


@pytest.mark.parametrize("gen", ["0 x20, 2.5 x20", "_ x20, 2.5 x20"], ids=["zeros", "absent"])
def test_a_total_is_not_blamed_for_what_wakes_up_in_it(gen: str) -> None:
    """The total jumps from 0.6 to 3.1 when the adversarial stage begins, and stays there."""
    total = "1.5..0.6 x20, 3.1 x20"
    seen = timeline({"train/total_loss": total, "train/gen_loss": gen})
    found = states(RISE, seen)
    assert TRUE not in found
    # zeros: five of its intervals; absent: no interval is known, a twentieth of 20 epochs
    assert found[20:].tolist().count(FALSE) >= 5
    assert found[20] == UNKNOWN


def test_a_total_that_jumps_by_itself_is_blamed() -> None:
    """The same total fires when its part had been there all the time."""
    total = "1.5..0.6 x20, 3.1 x20"
    seen = timeline({"train/total_loss": total, "train/gen_loss": "2.5 x40"})
    assert TRUE in states(RISE, seen)[20:]


def test_a_total_that_goes_on_rising_after_the_grace_is_blamed() -> None:
    """Only what lies before and within the grace is forgotten."""
    total = "1.5..0.6 x20, 3.1 x8, 3.3..6 x12"
    seen = timeline({"train/total_loss": total, "train/gen_loss": "0 x20, 2.5 x20"})
    assert TRUE in states(RISE, seen)[28:]


@pytest.mark.parametrize("metric", ["mel_loss", "spectral_convergence"])
def test_mel_may_jump_when_an_adversarial_loss_begins(metric: str) -> None:
    """The generator trades some reconstruction for realism, by either measure."""
    seen = timeline({f"val/{metric}": "0.5 x20, 0.7 x20", "train/gen_loss": "0 x20, 2.5 x20"})
    name = {"mel_loss": "val/mel", "spectral_convergence": "val/sc"}[metric]
    assert TRUE not in states(f"rise: {{metric: {name}, by: 20%}}", seen)


def test_other_metrics_go_on_when_a_loss_wakes_up() -> None:
    """Mel is no sum, and stop no rival: its history is not cut."""
    seen = timeline({"train/mel_loss": "0.5 x20, 0.7 x20", "train/stop_loss": "0 x20, 2.5 x20"})
    assert TRUE in states("rise: {metric: train/mel, by: 20%}", seen)[20:26]


def test_a_part_of_another_split_that_appears_late_changes_nothing() -> None:
    """The first validation is no new part of the training total."""
    total = "1.5..0.6 x20, 3.1 x20"
    seen = timeline({"train/total_loss": total, "val/mel_loss": "_ x20, 2.5 x20"})
    assert TRUE in states(RISE, seen)[20:26]


def test_nan_in_the_grace_is_reported() -> None:
    seen = timeline({"train/gen_loss": "0 x10, 2, nan, 2 x3"})
    found = states("nonfinite: {metric: train/gen}", seen)
    assert np.flatnonzero(found == TRUE).tolist() == [11]


def test_two_wakings_close_together_are_one_grace() -> None:
    """The second begins within the grace of the first and prolongs it."""
    seen = timeline(
        {
            "train/total_loss": "1 x40",
            "train/gen_loss": "0 x10, 2 x30",
            "train/mel_loss": "0 x13, 2 x27",
        }
    )
    found = states("value: {metric: train/total, above: 0.5}", seen)
    assert found.tolist() == [TRUE] * 10 + [UNKNOWN] * 9 + [TRUE] * 21


def test_the_explanation_looks_at_one_side_only() -> None:
    """Evidence of a finding after a waking starts after its grace."""
    seen = timeline(
        {"train/total_loss": "1.5..0.6 x20, 3.1 x8, 3.3..6 x12", "train/gen_loss": "0 x20, 2.5 x20"}
    )
    outcome, _ = judged(RISE, seen)
    first = int(outcome.truth.records[np.flatnonzero(outcome.truth.states == TRUE)[0]])
    shown = outcome.explain(first).shown[0]
    assert shown.series.records[shown.index].min() >= 26


RESTS = st.integers(0, 12)


@given(
    rests=st.tuples(RESTS, RESTS),
    seed=st.integers(0, 2**16),
    cut=st.integers(0, 39),
    when=st.sampled_from(
        [
            RISE,
            BELOW,
            "trend: {metric: train/total, over: 4 epochs, up_by: 1%}",
            "trend: {metric: train/gen, over: 6 points, not_down_by: 5%}, for: 2 epochs",
            "plateau: {metric: train/total, over: 5 epochs, gain: 2%}",
            "spike: {metric: train/total, factor: 1.2, deviations: 3, points: 20}",
        ]
    ),
)
def test_judging_a_prefix_equals_judging_live(
    rests: tuple[int, int], seed: int, cut: int, when: str
) -> None:
    """What is said at a record does not depend on what is logged after it."""
    rng = np.random.default_rng(seed)
    gen, mel = (np.where(np.arange(40) < rest, 0.0, 1 + rng.random(40)) for rest in rests)
    parts = {"train/gen_loss": gen, "train/mel_loss": mel, "train/total_loss": 0.3 + gen + mel}
    whole = timeline({key: ", ".join(map(repr, v.tolist())) for key, v in parts.items()})
    series = {key: one.upto(cut) for key, one in whole.series.items()}
    live = replace(whole, series=series, last_record=cut, has_ended=False)
    assert states(when, whole)[: cut + 1].tolist() == states(when, live).tolist()
