"""The JSON report keeps its published schema, spells every number, and repeats byte by byte."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from reporters.canonical import HEALTHY, REPORTS, SICK

from healthlint.report import Report, Setting
from healthlint.reporters import Style, render
from healthlint.reporters.json import relative

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "report-2.json"
GOLDEN = sorted(
    path for path in (Path(__file__).parent / "golden").glob("*.json") if "gitlab" not in path.name
)


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def loaded(report: Report, root: str = "") -> Any:
    """Return the JSON report as data, read as strictly as JSON is defined."""
    return json.loads(render(report, "json", Style(root=root)), parse_constant=refuse)


def closed(schema: Any) -> Any:
    """Return a schema that allows no other field than those it names."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = {key: closed(value) for key, value in schema.items()}
    if "properties" in named:
        named["additionalProperties"] = False
    return named


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 4


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_golden_files_keep_the_published_schema(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(closed(schema))
    assert [error.message for error in validator.iter_errors(json.loads(path.read_text()))] == []


def test_the_schema_refuses_a_report_without_its_exit_code() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    report = loaded(REPORTS["sick"])
    del report["exit_code"]
    assert not jsonschema.Draft202012Validator(schema).is_valid(report)


def test_a_report_from_before_a_field_was_added_is_still_valid() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    report = loaded(REPORTS["accepted"])
    for name in ("config", "settings", "suppressions", "baseline", "gone"):
        del report[name]
    for log in report["logs"]:
        for found in log["findings"]:
            del found["suppressed"], found["baseline"]
        for verdict in log["verdicts"]:
            del verdict["summary"]
    assert jsonschema.Draft202012Validator(schema).is_valid(report)


def test_a_config_elsewhere_is_named_without_an_absolute_path() -> None:
    setting = Setting("rules", ["/srv/team/packs/my.yaml"], "/srv/team/healthlint.yaml:3")
    report = replace(REPORTS["accepted"], config="/srv/team/healthlint.yaml", settings=[setting])
    shown = loaded(report, "/data")
    assert "/srv" not in json.dumps(shown["settings"]) + shown["config"]


def test_nonfinite_numbers_are_strings() -> None:
    head = replace(SICK.standing[0], value=nan, best=-inf, trend=inf)
    shown = loaded(Report(version="0", fail_on="error", logs=[replace(SICK, standing=[head])]))[
        "logs"
    ][0]["standing"]
    assert [shown[0][key] for key in ("value", "best", "trend")] == ["NaN", "-Infinity", "Infinity"]


def test_lines_count_from_one_and_whole_numbers_are_whole() -> None:
    found = loaded(REPORTS["sick"])["logs"][0]["findings"][0]
    assert found["first"] == {"line": 26, "step": 1725, "epoch": 25}


def test_facts_are_sorted_at_every_depth() -> None:
    facts = loaded(REPORTS["sick"])["logs"][0]["run"]["facts"]
    assert list(facts) == sorted(facts)
    assert list(facts["metrics"]["mel_loss"]) == ["kind", "space"]


def test_facts_in_another_order_give_the_same_bytes() -> None:
    assert SICK.run is not None
    turned = replace(SICK.run, facts=dict(reversed(SICK.run.facts.items())))
    reports = [
        Report(version="0", fail_on="error", logs=[log])
        for log in (SICK, replace(SICK, run=turned))
    ]
    assert len({render(report, "json", Style()) for report in reports}) == 1


@pytest.mark.parametrize("style", [Style(width=40), Style(color=True), Style(unicode=False)])
def test_style_changes_nothing(style: Style) -> None:
    assert render(REPORTS["sick"], "json", style) == render(REPORTS["sick"], "json", Style())


@pytest.mark.parametrize(
    ("path", "root", "shown"),
    [
        ("runs/a/logs.jsonl", "/data", "runs/a/logs.jsonl"),
        ("-", "/data", "-"),
        ("/data/runs/a/logs.jsonl", "/data", "runs/a/logs.jsonl"),
        ("/database/a/logs.jsonl", "/data", "a/logs.jsonl"),
        ("/logs.jsonl", "/data", "logs.jsonl"),
        ("/logs.jsonl", "", "logs.jsonl"),
    ],
)
def test_no_path_is_absolute(path: str, root: str, shown: str) -> None:
    assert relative(path, root) == shown
    assert loaded(Report(version="0", fail_on="error", logs=[replace(HEALTHY, path=path)]), root)[
        "logs"
    ][0]["path"] == (shown)


def test_a_path_that_is_no_text_is_still_json() -> None:
    report = Report(version="0", fail_on="error", logs=[replace(HEALTHY, path="bad\udcff.jsonl")])
    assert loaded(report)["logs"][0]["path"] == "bad\N{REPLACEMENT CHARACTER}.jsonl"
