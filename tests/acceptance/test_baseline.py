"""A baseline knows findings by fingerprint, notices what is worse, and says what is fixed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from reporters.canonical import AFTER_NAN, ENERGY_LAGS, HEALTHY, NONFINITE, OVER_SMOOTHING, verdict

from healthlint.acceptance.baseline import BaselineError, compare, load, recorded, text
from healthlint.report import Finding, Report, Verdict
from healthlint.report.outcome import exit_code


def report(*findings: Finding, verdicts: list[Verdict] | None = None) -> Report:
    log = replace(HEALTHY, findings=list(findings), verdicts=verdicts or [])
    return Report(version="0", fail_on="warning", logs=[log])


def marks(found: Report) -> list[str]:
    return [each.baseline for each in found.logs[0].findings]


@pytest.mark.parametrize(
    ("before", "now", "mark", "code"),
    [
        ("warning", "warning", "known", 0),
        ("error", "warning", "known", 0),
        ("warning", "error", "worse", 1),
        ("info", "warning", "worse", 1),
    ],
)
def test_a_worse_severity_is_new(before: str, now: str, mark: str, code: int) -> None:
    known = recorded(report(replace(ENERGY_LAGS, severity=before)), {})
    found = compare(report(replace(ENERGY_LAGS, severity=now)), known, "b.json")
    assert (marks(found), exit_code(found)) == ([mark], code)


def test_another_finding_is_new_and_both_are_kept() -> None:
    known = recorded(report(ENERGY_LAGS), {})
    found = compare(report(OVER_SMOOTHING, ENERGY_LAGS), known, "b.json")
    assert (marks(found), exit_code(found)) == (["new", "known"], 1)


def test_a_new_follower_of_a_known_finding_fails() -> None:
    known = recorded(report(replace(NONFINITE, folded=[])), {})
    codes = [
        exit_code(compare(report(replace(NONFINITE, folded=more)), known, "b.json"))
        for more in ([], [AFTER_NAN])
    ]
    assert codes == [0, 1]


def test_of_two_findings_alike_the_worse_is_recorded() -> None:
    alike = [replace(ENERGY_LAGS, severity=severity) for severity in ("warning", "error", "info")]
    (entry,) = recorded(report(*alike), {}).values()  # type: ignore[arg-type]
    assert entry.severity == "error"


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([verdict(ENERGY_LAGS.rule, "pass")], "fixed"),
        ([verdict(ENERGY_LAGS.rule, "fail")], "fixed"),
        ([verdict(ENERGY_LAGS.rule, "pass", split="train")], "not_judged"),
        ([verdict(ENERGY_LAGS.rule, "pending")], "not_judged"),
        ([verdict(ENERGY_LAGS.rule, "not_judged")], "not_judged"),
        ([], "not_judged"),
    ],
)
def test_only_what_was_looked_for_is_fixed(verdicts: list[Verdict], state: str) -> None:
    known = recorded(report(ENERGY_LAGS), {})
    found = compare(report(verdicts=verdicts), known, "b.json")
    assert [(entry.rule, entry.state) for entry in found.gone] == [(ENERGY_LAGS.rule, state)]


def test_what_one_of_two_logs_could_not_look_for_is_not_fixed() -> None:
    known = recorded(report(ENERGY_LAGS), {})
    logs = [replace(HEALTHY, verdicts=[verdict(ENERGY_LAGS.rule, s)]) for s in ("pass", "pending")]
    assert (
        compare(Report(version="0", fail_on="error", logs=logs), known, "b").gone[0].state
        == "not_judged"
    )


def test_a_superseded_finding_is_not_recorded_and_not_present() -> None:
    past = replace(ENERGY_LAGS, superseded=True)
    assert recorded(report(past), {}) == {}
    passed = [verdict(ENERGY_LAGS.rule, "pass")]
    found = compare(report(past, verdicts=passed), recorded(report(ENERGY_LAGS), {}), "b")
    assert [entry.state for entry in found.gone] == ["fixed"]


def test_a_suppressed_finding_is_not_recorded() -> None:
    assert recorded(report(replace(ENERGY_LAGS, suppressed="because")), {}) == {}


@pytest.mark.parametrize(("state", "kept"), [("pass", 1), ("pending", 2)])
def test_writing_anew_drops_only_what_is_fixed(state: str, kept: int) -> None:
    before = recorded(report(ENERGY_LAGS), {})
    now = report(OVER_SMOOTHING, verdicts=[verdict(ENERGY_LAGS.rule, state)])
    assert len(recorded(now, before)) == kept


def test_a_file_is_what_was_recorded_and_the_same_in_any_order(tmp_path: Path) -> None:
    known = recorded(report(OVER_SMOOTHING, ENERGY_LAGS), {})
    assert text(known) == text(recorded(report(ENERGY_LAGS, OVER_SMOOTHING), {}))
    path = tmp_path / "b.json"
    path.write_text(text(known))
    assert load(str(path)) == known


GOOD = {
    "fingerprint": "f",
    "rule": "a/b",
    "severity": "error",
    "split": "",
    "metrics": [],
    "summary": "s",
}
HEAD = '{"schema": "healthlint.baseline/1", "findings": '
BAD: dict[str, tuple[str, str]] = {
    "no JSON": ('{"schema":\n<<<<<<< ours', "b.json:2:1: not valid JSON"),
    "another file": ("[]", "not a baseline"),
    "another version": ('{"schema": "healthlint.baseline/2"}', "not a baseline"),
    "no list": (HEAD + "{}}", "`findings` is not a list"),
    "no object": (HEAD + "[1]}", "finding 1 is not an object"),
    "severity": (
        HEAD + json.dumps([{**GOOD, "severity": "fatal"}]) + "}",
        "finding 1: `fatal` is not one of error, warning, info",
    ),
    "field": (HEAD + json.dumps([GOOD, {**GOOD, "rul": 1}]) + "}", "did you mean `rule`?"),
    "metrics": (HEAD + json.dumps([{**GOOD, "metrics": "mel"}]) + "}", "no list of texts"),
    "missing": (HEAD + "[{}]}", "`fingerprint` is missing"),
    "binary": ("\x00\udcff", "cannot be read"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_baseline_is_refused_with_its_place(tmp_path: Path, kind: str) -> None:
    content, words = BAD[kind]
    path = tmp_path / "b.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BaselineError) as error:
        load(str(path))
    assert str(path) in str(error.value)
    assert words in str(error.value)
