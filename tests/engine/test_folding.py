"""What follows from a root cause is shown under it; what came before it stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from healthlint.engine import judge
from healthlint.logs import Log, Run, Timeline
from healthlint.report import Finding, LogReport
from healthlint.report.outcome import log_code
from healthlint.rulebook import Rulebook, load
from healthlint.rulebook.loading import build_pack
from healthlint.rulebook.yaml12 import parse
from healthlint.ruletests.model import Case, SeriesText
from healthlint.ruletests.running import synthetic_log

PACK = """
schema: healthlint.rules/1
pack: test
metrics: {a: a_loss, b: b_loss, c: c_loss}
rules:
  - id: test/high
    severity: error
    summary: b is high
    when: {value: {metric: b, above: 1}}
    message: "b is {value}"
    help: none
    tags: [level]
  - id: test/cause
    severity: warning
    summary: a is not finite
    when: {nonfinite: {metric: a}}
    message: "a is {value}"
    help: none
    folds: [%s]
  - id: test/low
    severity: info
    summary: c is low
    when: {value: {metric: c, below: 1}}
    message: "c is {value}"
    help: none
    folds: [%s]
"""


def log(series: Mapping[str, str]) -> Log:
    texts = {key: SeriesText(text) for key, text in series.items()}
    return synthetic_log(Case(name="test", series=texts, expect=()))


def book(folds: str = '"*"', low: str = "") -> Rulebook:
    pack = build_pack(parse(PACK % (folds, low), "test"))
    assert pack is not None
    return Rulebook((pack,))


def report(series: Mapping[str, str], **packs: str) -> LogReport:
    return judge(log(series), book(**packs))


def shape(findings: tuple[Finding, ...] | list[Finding]) -> list[object]:
    """Return rules and first epochs, with what is folded under each."""
    return [(f.rule.removeprefix("test/"), f.first.epoch, *shape(list(f.folded))) for f in findings]


def test_what_begins_while_it_holds_is_folded() -> None:
    """B begins with the NaN, c after it: both follow, and the cause is never over."""
    seen = report({"a_loss": "1 x4, nan x6", "b_loss": "0.5 x4, 2 x6", "c_loss": "2 x7, 0.5 x3"})
    assert shape(seen.findings) == [("cause", 5, ("high", 5), ("low", 8))]


def test_what_began_before_it_stays() -> None:
    """B was high one epoch before a was NaN."""
    seen = report({"a_loss": "1 x4, nan x6", "b_loss": "0.5 x3, 2 x7", "c_loss": "2 x10"})
    assert shape(seen.findings) == [("high", 4), ("cause", 5)]


def test_what_begins_after_the_recovery_stays() -> None:
    """A is NaN at epochs 3 to 5 and was seen to be over by epoch 7; c is low from 6 on."""
    recovered = {"a_loss": "1 x2, nan x3, 1 x5", "b_loss": "0.5 x10"}
    later = report({**recovered, "c_loss": "2 x5, 0.5 x5"})
    assert shape(later.findings) == [("cause", 3), ("low", 6)]
    inside = report({**recovered, "c_loss": "2 x4, 0.5 x6"})
    assert shape(inside.findings) == [("cause", 3, ("low", 5))]


def test_earlier_and_later_findings_of_one_rule_are_told_apart() -> None:
    """B was high twice before the NaN and twice after it: two stay, two are folded."""
    high = "0.5, 2, 0.5 x3, 2, 0.5 x3, 0.5, 2, 0.5 x3, 2, 0.5 x2"
    seen = report({"a_loss": "1 x9, nan x8", "b_loss": high, "c_loss": "2 x17"})
    cause = ("cause", 10, ("high", 11, ("high", 15)))
    assert shape(seen.findings) == [("high", 2, ("high", 6)), cause]


@pytest.mark.parametrize("folds", ["test/high", "test/h*", "test", "level"])
def test_a_cause_names_rules_by_id_pattern_pack_or_tag(folds: str) -> None:
    series = {"a_loss": "nan x6", "b_loss": "2 x6", "c_loss": "2 x6"}
    assert shape(report(series, folds=folds).findings) == [("cause", 1, ("high", 1))]


def test_a_cause_that_names_nothing_folds_nothing() -> None:
    series = {"a_loss": "nan x6", "b_loss": "2 x6", "c_loss": "2 x6"}
    assert shape(report(series, folds="").findings) == [("high", 1), ("cause", 1)]
    assert shape(report(series, folds="other").findings) == [("high", 1), ("cause", 1)]


def test_a_cause_under_a_cause_brings_its_own_along() -> None:
    """C is low from epoch 4 because of the NaN at 3, b is high because of c: all under the NaN."""
    series = {"a_loss": "1 x2, nan, 1 x9", "b_loss": "0.5 x5, 2 x7", "c_loss": "2 x2, 0.5 x10"}
    seen = report(series, folds="test/low", low="test/high")
    assert shape(seen.findings) == [("cause", 3, ("low", 3), ("high", 6))]


def test_of_two_causes_at_one_record_the_first_rule_counts() -> None:
    series = {"a_loss": "1 x2, nan x6", "b_loss": "0.5 x8", "c_loss": "2 x2, 0.5 x6"}
    seen = report(series, low='"*"')
    assert shape(seen.findings) == [("cause", 3, ("low", 3))]


def test_a_folded_finding_keeps_its_verdict_and_fails_the_check() -> None:
    """A warning folds an error: the check still fails on errors."""
    seen = report({"a_loss": "nan x6", "b_loss": "2 x6", "c_loss": "2 x6"})
    assert {v.rule: v.state for v in seen.verdicts}["test/high"] == "fail"
    assert log_code(seen, "error") == 1


FADED = PACK.replace("folds: [%s]", "once_over: info\n    folds: [test]", 1).replace("[%s]", "[]")


@pytest.mark.parametrize(
    ("cause", "is_folded"), [("1 x4, nan x6", True), ("1 x4, nan x3, 1 x3", False)]
)
def test_a_cause_that_has_faded_hides_nothing_worse(cause: str, is_folded: bool) -> None:
    """B is high, an error, from epoch 6 on: a warning folds it, a remark does not."""
    pack = build_pack(parse(FADED, "test"))
    assert pack is not None
    series = {"a_loss": cause, "b_loss": "0.5 x5, 2 x5", "c_loss": "2 x6, 0.5 x4"}
    seen = judge(log(series), Rulebook((pack,)))
    follows = [("high", 6)] * is_folded
    assert shape(seen.findings) == [("high", 6)] * (not is_folded) + [
        ("cause", 5, *follows, ("low", 7))
    ]
    assert [f.severity for f in seen.findings if f.rule == "test/cause"] == [
        "warning" if is_folded else "info"
    ]


def test_abandoned_findings_are_folded_among_themselves() -> None:
    """The first attempt ended in NaN; what the second finds does not follow from it."""
    whole = log({"a_loss": "1 x3, nan x4", "b_loss": "0.5 x4, 2 x3", "c_loss": "2 x7"})
    before = whole.runs[0].current
    kept = np.array([0, 1, 2])
    again = np.arange(7, 12)
    series = {}
    for key, one in before.series.items():
        value = {"a_loss": 1.0, "b_loss": 2.0, "c_loss": 2.0}[key]
        records, epochs = np.append(kept, again), np.arange(1.0, 9.0)
        values = np.append(one.values[kept], np.full(5, value))
        series[key] = replace(
            one,
            records=records,
            epochs=epochs,
            steps=epochs * 100,
            times=epochs * np.nan,
            values=values,
        )
    first = replace(before, abandoned_from=3, has_ended=False)
    second = Timeline(attempt=1, series=series, first_record=7, last_record=11, resumed_from=300)
    resumed = Log(
        path="log",
        format="test",
        runs=(Run(number=1, id=None, facts={}, timelines=(first, second)),),
        lines=np.arange(1, 13),
    )
    found = judge(resumed, book()).findings
    assert [(f.rule, f.superseded, shape(list(f.folded))) for f in found] == [
        ("test/high", False, []),
        ("test/cause", True, [("high", 5)]),
    ]


def test_the_shipped_rule_folds_what_follows_nan() -> None:
    """The training loss dies at epoch 20 and mel freezes afterwards: one finding at the top."""
    series = {
        "train/total_loss": "1.5..0.5 x19, nan x21",
        "train/mel_loss": "1.4137..0.4137 x19, 0.41287 x21",
        "val/mel_loss": "1.4..0.4 x19, 0.61..0.9 x21",
    }
    seen = judge(log(series), load().select(profile="all"))
    assert [f.rule for f in seen.findings] == ["core/non-finite"]
    assert "core/frozen" in [f.rule for f in seen.findings[0].folded]


def test_the_first_of_a_cause_is_at_the_top_and_the_last_of_what_is_none() -> None:
    """It came and went twice and holds at the end: a root is where it began."""
    again = {"a_loss": "1, nan, 1 x4, nan", "b_loss": "0.5, 2, 0.5 x4, 2"}
    seen = report({**again, "c_loss": "2 x7"}, folds='"nothing/*"')
    tops = {f.rule: (f.first.epoch, f.last.epoch, f.active) for f in seen.findings}
    assert tops == {"test/cause": (2, 7, True), "test/high": (7, 7, True)}


def test_a_cause_that_is_over_is_over() -> None:
    seen = report({"a_loss": "1, nan, 1 x2, nan, 1 x2", "b_loss": "0.5 x7", "c_loss": "2 x7"})
    (cause,) = seen.findings
    assert (cause.first.epoch, cause.last.epoch, cause.active) == (2, 2, False)
    assert [f.first.epoch for f in cause.folded] == [5]
