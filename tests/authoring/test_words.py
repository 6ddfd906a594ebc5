"""Conditions in words: every kind, its numbers and its metrics."""

from __future__ import annotations

import re

import pytest

from healthlint import conditions
from healthlint.authoring.words import lines
from healthlint.rulebook import Rule, load
from healthlint.rulebook.building import build
from healthlint.rulebook.checking import expressions_of, metrics_of
from healthlint.rulebook.yaml12 import parse
from healthlint.timeline.evaluation import Condition

RULES = [pytest.param(rule, id=rule.id) for pack in load().packs for rule in pack.rules]

KINDS = {
    "value: {metric: mel, above: 2, at_most: 3}": ["mel is above 2 and at most 3"],
    "value: {metric: mel, below: budget, smooth: 3}": [
        "the median of the last 3 values of mel is below budget"
    ],
    "trend: {metric: mel, over: 5 epochs, down_by: 2%}": ["mel falls by 2% or more over 5 epochs"],
    "trend: {metric: mel, since: start, not_up_by: '{a}%'}": [
        "mel is shown not to rise by (a)% since its first value"
    ],
    "rise: {metric: mel, by: 3%, above: highest}": [
        "mel lies 3% or more above its highest value so far"
    ],
    "plateau: {metric: mel, over: '{2 * a} epochs', gain: 1%}": [
        "mel gains less than 1% on its best over 2 * a epochs"
    ],
    "spike: {metric: mel, factor: 2, deviations: 9}": [
        "mel is above 2 times its usual value and more than 9 deviations away from it"
    ],
    "oscillation: {metric: mel, over: 9 epochs, by: 50%}": [
        "mel turns 6 times or more within 9 epochs, each time by 50% or more"
    ],
    "compare: {metric: mel, above_by: 5%, deviations: '2 * a'}": [
        "mel lies 5% and 2 * a deviations or more above the median of the good runs at the same "
        "epoch"
    ],
    "nonfinite: {metric: mel}": ["any of mel is NaN or infinite"],
    "frozen: {metric: mel}": ["any of mel repeats exactly the same value 10 times or more"],
    "masked_zero: {metric: mel}": ["any of mel reads exactly 0 after 5 values above 0"],
    "clamped: {metric: mel, share: 20%, at: [75]}": [
        "20% or more of the last 100 values of any of mel equal their maximum "
        "(it is known to be clamped at 75)"
    ],
    "silent: {metric: mel}": ["any of mel is not logged for 10 of its usual intervals"],
    "announced: {event: [failed_batch, skipped_step], share: 5%}": [
        "more than 5% of the batches of an epoch announce failed batch or skipped step"
    ],
    "announced: {event: [trainer_alarm], count: 3}": [
        "3 or more of trainer alarm are announced within an epoch"
    ],
    "announced: {event: [exception], at_end: true}": [
        "the last word of the trainer is of exception"
    ],
    "milestones: {metric: mel, reach: [{phase: A, below: 1, by: 2 epochs}]}": [
        "mel has not reached in time: A, below 1, by 2 epochs"
    ],
    "since_best: {metric: mel, above: 2%}": [
        "each of the last 3 looks at mel lies 2% or more above its best"
    ],
    "since_best: {metric: mel, above: 2%, looks: 4, while: {metric: partner, down_by: 1%}}": [
        "each of the last 4 looks at mel lies 2% or more above its best, "
        "while partner has fallen by 1% since"
    ],
    "stays_above: {metric: mel, by: 50%, while: {metric: partner, off_best: 10%}}": [
        "the level of mel over 3 looks or more lies 50% or more above its best, "
        "while partner lies 10% or more above its own lowest"
    ],
    "falls_behind: {metric: sc, of: mel, down_by: 15%, pace: 0.03}": [
        "mel has fallen by 15% since any earlier look, and sc keeps more than what mel keeps to "
        "the power 0.03"
    ],
    "falls_behind: {metric: sc, of: mel, down_by: 15%, pace: 2 * a, since: start}": [
        "mel has fallen by 15% since its start, and sc keeps more than what mel keeps to "
        "the power 2 * a"
    ],
    "improves_since: {metric: wer, best_of: mel}": [
        "wer is at least as good as at the best look of mel"
    ],
    "jump: {metric: lr, factor: 4}": [
        "a value of lr is at least 4 times all of the 4 or more values before it"
    ],
    "vanish: {metric: lr, below: 1%, share: 20%}": [
        "lr has been below 1% of its highest value, and not 0, for 20% of the run so far"
    ],
    "starts_over: {metric: mel, lost: 40%}": [
        "after a restart mel has lost 40% or more of what it had gained"
    ],
    "zero_from_start: {metric: mel}": ["any of mel reads exactly 0 at all its values, 20 or more"],
    "either: [nonfinite: {metric: a}]": [
        "any of those that can be looked at",
        "  any of a is NaN or infinite",
    ],
    "{all: [nonfinite: {metric: a}, not: {nonfinite: {metric: b}}], for: 2 epochs}": [
        "all of, for 2 epochs",
        "  any of a is NaN or infinite",
        "  not",
        "    any of b is NaN or infinite",
    ],
    "{any: [nonfinite: {metric: a}], after: 3 epochs, until: 9 epochs}": [
        "any of, after 3 epochs, until 9 epochs",
        "  any of a is NaN or infinite",
    ],
    "follow: {once: {silent: {metric: a}}, expect: {nonfinite: {metric: b}}, within: 8 epochs}": [
        "`expect` has not come 8 epochs after `once`",
        "  once: any of a is not logged for 10 of its usual intervals",
        "  expect: any of b is NaN or infinite",
    ],
}


def condition(text: str) -> Condition:
    document = parse(text, "test")
    built = build(Condition, document.data, document, ())
    assert isinstance(built, Condition)
    return built


def test_every_kind_is_shown() -> None:
    shown = {part for text in KINDS for part in re.findall(r"\w+", text)}
    assert set(conditions.names()) <= shown


@pytest.mark.parametrize("text", KINDS)
def test_words(text: str) -> None:
    assert list(lines(condition(text))) == KINDS[text]


@pytest.mark.parametrize("rule", RULES)
def test_no_metric_and_no_number_of_a_rule_is_left_out(rule: Rule) -> None:
    words = "\n".join(lines(rule.when))
    assert [metric for metric in metrics_of(rule.when) if metric not in words] == []
    assert [e.text for e in expressions_of(rule.when) if e.text.strip("{}") not in words] == []
