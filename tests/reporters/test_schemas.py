"""Reports for other programs keep the schemas of those, and say what the exit code says."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from reporters.canonical import ACCEPTED, OVER_SMOOTHING, REPORTS, SICK

from healthlint.report import Report
from healthlint.report.outcome import OK, exit_code
from healthlint.reporters import Style, render

SCHEMAS = Path(__file__).parent / "schemas"


def rendered(name: str, output: str) -> str:
    return render(REPORTS[name], output, Style())


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", REPORTS)
def test_sarif_keeps_its_schema(name: str) -> None:
    validator = jsonschema.Draft4Validator(schema("sarif-2.1.0.json"))
    errors = validator.iter_errors(json.loads(rendered(name, "sarif")))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", REPORTS)
def test_junit_keeps_its_schema(name: str) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd")).validate(rendered(name, "junit"))


@pytest.mark.parametrize("name", REPORTS)
def test_gitlab_keeps_its_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(schema("gitlab-code-quality.json"))
    errors = validator.iter_errors(json.loads(rendered(name, "gitlab")))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", REPORTS)
def test_rdjsonl_keeps_its_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(schema("rdjson-diagnostic.json"))
    lines = [json.loads(line) for line in rendered(name, "rdjsonl").splitlines()]
    assert [e.message for line in lines for e in validator.iter_errors(line)] == []


@pytest.mark.parametrize("name", ["sick", "several", "accepted", "hostile"])
def test_fingerprints_of_an_artifact_are_all_different(name: str) -> None:
    prints = [issue["fingerprint"] for issue in json.loads(rendered(name, "gitlab"))]
    assert len(prints) == len(set(prints)) > 3


def test_a_fingerprint_survives_a_retraining_and_tells_logs_apart() -> None:
    later = replace(OVER_SMOOTHING, occurrence="ff", message="mel -9%", first=OVER_SMOOTHING.last)
    other = replace(SICK, path="runs/other/logs.jsonl")
    first, second, third = (
        json.loads(render(Report(version="0", fail_on="error", logs=[log]), "gitlab", Style()))[0][
            "fingerprint"
        ]
        for log in (SICK, replace(SICK, findings=[later, *SICK.findings[1:]]), other)
    )
    assert first == second != third


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_red_exactly_where_the_exit_code_is(name: str) -> None:
    tree = ET.fromstring(rendered(name, "junit"))
    bad = len(tree.findall(".//failure")) + len(tree.findall(".//error"))
    is_green = bad == 0 and len(tree) > 0
    assert is_green == (exit_code(REPORTS[name]) == OK)


@pytest.mark.parametrize("name", REPORTS)
def test_junit_counts_its_cases(name: str) -> None:
    tree = ET.fromstring(rendered(name, "junit"))
    for suite in tree:
        counted = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error")}
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == counted["failure"]
        assert int(suite.attrib["errors"]) == counted["error"]
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))


def test_a_rule_that_was_not_judged_is_a_skipped_case_with_the_reason() -> None:
    tree = ET.fromstring(rendered("sick", "junit"))
    case = next(one for one in tree.iter("testcase") if one.get("name") == "stop-early")
    assert case[0].attrib == {"message": "not judged: no stop_loss in this log"}


def test_a_finding_below_the_bar_fails_no_case() -> None:
    report = Report(version="0", fail_on="error", logs=[replace(SICK, required=None)])
    tree = ET.fromstring(render(report, "junit", Style()))
    case = next(one for one in tree.iter("testcase") if one.get("name") == "energy-lags-duration")
    assert [part.tag for part in case] == ["system-out"]
    tree = ET.fromstring(render(replace(report, fail_on="warning"), "junit", Style()))
    case = next(one for one in tree.iter("testcase") if one.get("name") == "energy-lags-duration")
    assert [part.tag for part in case] == ["failure"]


def sarif_results(name: str) -> list[Any]:
    return list(json.loads(rendered(name, "sarif"))["runs"][0]["results"])


def test_sarif_marks_what_is_accepted_and_what_follows() -> None:
    results = {result["ruleId"]: result for result in sarif_results("accepted")}
    reason = ACCEPTED.findings[0].suppressed
    assert results["tts/over-smoothing"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": reason}
    ]
    states = {rule: result.get("baselineState") for rule, result in results.items()}
    assert states["core/nonfinite"] == "unchanged"
    assert states["tts/energy-lags-duration"] == "updated"
    assert states["tts/mel-phase-late"] == "new"
    follows = results["core/frozen"]["relatedLocations"][0]["message"]["text"]
    assert follows.startswith("follows from core/nonfinite")


def test_sarif_says_what_was_not_judged_without_a_result_for_it() -> None:
    run = json.loads(rendered("sick", "sarif"))["runs"][0]
    told = run["invocations"][0]["toolExecutionNotifications"]
    kinds = [one["descriptor"]["id"] for one in told]
    assert kinds.count("healthlint/not-judged") == 1
    assert "tts/stop-early" not in {result["ruleId"] for result in run["results"]}
    assert run["properties"]["logs"][0]["verdicts"]["tts/stop-early"] == "not_judged"


@pytest.mark.parametrize("output", ["github", "gitlab", "rdjsonl"])
def test_what_was_not_judged_is_no_annotation_but_what_matters_most_is(output: str) -> None:
    text = rendered("sick", output)
    assert "no stop_loss in this log" not in text
    assert text.count("not seen: core/overfit (val/lead needs at least 9 looks)") == 1


def test_the_answer_is_a_case_that_passes_where_it_is_as_wanted_alone() -> None:
    for name, parts in (("healthy", ["system-out"]), ("sick", ["skipped"])):
        case = next(ET.fromstring(rendered(name, "junit")).iter("testcase"))
        assert (case.get("name"), [part.tag for part in case]) == ("answer", parts)


def test_sarif_rules_are_named_by_their_place() -> None:
    run = json.loads(rendered("several", "sarif"))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]


def test_jsonl_has_the_parts_of_json() -> None:
    whole = json.loads(rendered("accepted", "json"))
    lines = [json.loads(line) for line in rendered("accepted", "jsonl").splitlines()]
    assert lines[0]["exit_code"] == whole["exit_code"]
    found = [one for one in lines if one["type"] == "finding"]
    where = {"type": "finding", "run": 2}
    assert found == [
        {**one, **where, "log": log["path"]} for log in whole["logs"] for one in log["findings"]
    ]
    verdicts = [one for one in lines if one["type"] == "verdict"]
    assert {one["log"] for one in verdicts} == {log["path"] for log in whole["logs"]}


def test_a_suppressed_finding_is_no_annotation_and_a_known_one_is_a_notice() -> None:
    lines = rendered("accepted", "github").splitlines()
    assert not any("title=tts/over-smoothing:" in line for line in lines)
    assert [line[:8] for line in lines if "title=core/nonfinite:" in line] == ["::notice"]


def test_no_name_in_a_log_makes_a_workflow_command() -> None:
    *lines, one, other, counts = rendered("hostile", "github").splitlines()
    assert [line for line in (one, other, counts) if line.startswith("::")] == []
    assert [
        line for line in lines if not line.startswith(("::error ", "::warning ", "::notice "))
    ] == []
    assert [line for line in lines if line.count("::") < 2] == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_step_summary_has_room_for_it(name: str) -> None:
    assert len(rendered(name, "markdown").encode()) < 1_048_576


def test_a_summary_of_very_many_logs_says_how_many_are_left_out() -> None:
    text = render(Report(version="0", fail_on="error", logs=[SICK] * 600), "markdown", Style())
    assert len(text.encode()) < 1_048_576
    assert "more logs left out" in text


def test_markdown_takes_no_markup_from_a_log() -> None:
    finding = replace(OVER_SMOOTHING, message="<img src=x> [a](http://b) `c` |d|")
    text = render(
        Report(version="0", fail_on="error", logs=[replace(SICK, findings=[finding])]),
        "markdown",
        Style(),
    )
    assert r"\<img src=x\> \[a\](http://b) \`c\` \|d\|" in text
