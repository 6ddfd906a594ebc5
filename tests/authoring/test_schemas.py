"""The JSON Schemas take what ships and what is right, and refuse every slip that they can see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from config.test_mistakes import SLIPS as CONFIG_SLIPS

from healthlint import conditions
from healthlint.authoring import schemas
from healthlint.config.model import keys
from healthlint.rulebook.yaml12 import parse

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {*(ROOT / "rules").glob("*.yaml")} - {ROOT / "rules" / "known-faults.yaml"}
PACKS = [*sorted(SHIPPED), *sorted((ROOT / "fixtures/packs").glob("good*"))]
TESTS = sorted((ROOT / "rules" / "tests").glob("*.yaml"))
TYPOS = sorted((ROOT / "fixtures" / "packs").glob("typo-*.yaml"))
CONFIGS = sorted((ROOT / "fixtures" / "configs").glob("*.yaml"))
UNSEEN = {
    "derived-function": "formulas are a language of their own",
    "derived-group": "formulas are a language of their own",
    "derived-name": "names of metrics are the pack's own",
    "derived-operand": "formulas are a language of their own",
    "derived-placeholder": "what a condition offers stands elsewhere",
    "derived-slash": "formulas are a language of their own",
    "derived-split": "formulas are a language of their own",
    "except-metric": "names of metrics are the pack's own",
    "extends": "files are not looked for",
    "fact": "expressions are a language of their own",
    "format": "placeholders are a language of their own",
    "inherited-let": "names of values are the pack's own",
    "inherited-metric": "names of metrics are the pack's own",
    "let-name": "names of values are the pack's own",
    "metric": "names of metrics are the pack's own",
    "other-pack": "the pack's name stands elsewhere",
    "override-rule": "ids of rules stand elsewhere",
    "param": "names of params stand elsewhere",
    "param-name": "names of params stand elsewhere",
    "placeholder": "what a condition offers stands elsewhere",
    "requires": "names of metrics are the pack's own",
}
"""Slips that no schema of one value can see, each with the reason."""


UNSEEN_IN_CONFIGS = {
    "no mapping": "YAML readers take a text",
    "no such day": "a pattern knows no calendar",
    "not YAML": "not for a schema to say",
    "scale": "names of losses may nest",
    "twice": "not for a schema to say",
}
"""Slips of configs that no schema can see, each with the reason."""


def validator(name: str) -> Any:
    schema = json.loads(schemas.text(name))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def mistakes(name: str, path: Path) -> list[str]:
    document = parse(path.read_text(), path.name)
    return [error.message for error in validator(name).iter_errors(document.data)]


def test_every_format_is_there_and_committed() -> None:
    assert {"config", "pack", "report", "tests"} <= set(schemas.names())
    for name in schemas.names():
        file = ROOT / "docs" / "schemas" / schemas.file_name(name)
        assert file.read_text() == schemas.text(name), "run scripts/update-docs"


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.name)
def test_packs_are_taken(path: Path) -> None:
    assert mistakes("pack", path) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_tests_are_taken(path: Path) -> None:
    assert mistakes("tests", path) == []


@pytest.mark.parametrize("path", TYPOS, ids=lambda path: path.stem)
def test_a_slip_is_refused_where_a_schema_can_see_it(path: Path) -> None:
    is_seen = path.stem.removeprefix("typo-") not in UNSEEN
    assert bool(mistakes("pack", path)) == is_seen


def test_what_is_unseen_is_there() -> None:
    assert UNSEEN.keys() <= {path.stem.removeprefix("typo-") for path in TYPOS}
    assert UNSEEN_IN_CONFIGS.keys() <= CONFIG_SLIPS.keys()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_configs_are_taken(path: Path) -> None:
    assert mistakes("config", path) == []


def test_a_config_with_every_key_is_taken() -> None:
    whole = {
        "logs": ["runs/*/logs.jsonl"],
        "kinds": ["healthlint-tones"],
        "rules": ["rules"],
        "profile": "all",
        "select": ["tts"],
        "ignore": ["core/plateau"],
        "require": ["tts/over-smoothing"],
        "fail-on": "info",
        "facts": {"utterances": 9, "language": "en", "own": 1, "metrics": {"mel_loss.std": 2}},
        "params": {"tts": {"patience": 3}},
        "reference": ["good/*/logs.jsonl", "good.json"],
        "suppress": [{"rule": "tts/*", "reason": "why", "until": "2026-01-31"}],
        "baseline": "known.json",
        "output": ["full", "json:report.json"],
    }
    assert list(validator("config").iter_errors(whole)) == []
    assert whole.keys() <= keys().keys()


@pytest.mark.parametrize("slip", CONFIG_SLIPS)
def test_a_slip_of_a_config_is_refused_where_a_schema_can_see_it(slip: str) -> None:
    document = parse(CONFIG_SLIPS[slip][0], "healthlint.yaml")
    if slip in UNSEEN_IN_CONFIGS:
        return
    assert list(validator("config").iter_errors(document.data)) != []


CASE: dict[str, Any] = {"name": "n", "series": {"val/mel_loss": "1 x3"}, "expect": ["tts/a-b"]}


@pytest.mark.parametrize(
    "change",
    [
        {"expct": []},
        {"series": {"vla/mel": "1"}},
        {"expect": ["a-b"]},
        {"expect": "tts/a-b"},
        {"every": "10"},
        {"ended": "yes"},
        {"at": {"tts/a-b": "3"}},
    ],
)
def test_slips_of_tests_are_refused(change: dict[str, Any]) -> None:
    check = validator("tests")
    whole = {"schema": "healthlint.tests/1", "tests": [CASE]}
    assert list(check.iter_errors(whole)) == []
    assert list(check.iter_errors({**whole, "tests": [{**CASE, **change}]})) != []


def test_each_kind_and_each_of_its_parameters_is_described() -> None:
    condition = json.loads(schemas.text("pack"))["definitions"]["condition"]["properties"]
    assert set(condition) == {*conditions.names(), "for", "after", "until"}
    for name, shape in condition.items():
        assert shape["description"].strip(), name
        for field, inner in shape.get("properties", {}).items():
            assert inner["description"].strip(), (name, field)


@pytest.mark.parametrize(
    "when",
    [
        {"value": {"metric": "mel", "above": 1}, "trend": {"metric": "mel"}},
        {},
        {"for": "2 epochs"},
        {"all": []},
        {"all": [{"vlaue": {}}]},
        {"not": {"value": {"metric": "mel", "abov": 1}}},
        {"follow": {"once": {"nonfinite": {"metric": "a"}}, "within": "8 epochs"}},
    ],
)
def test_conditions_are_closed_all_the_way_down(when: dict[str, Any]) -> None:
    rule = {"id": "a/b", "severity": "info", "summary": "s", "message": "m", "help": "h"}
    pack = {"schema": "healthlint.rules/1", "pack": "a", "metrics": {"mel": "mel_loss"}}
    right = {"value": {"metric": "mel", "above": "2 * 3"}, "for": "2 epochs"}
    check = validator("pack")
    assert list(check.iter_errors({**pack, "rules": [{**rule, "when": right}]})) == []
    assert list(check.iter_errors({**pack, "rules": [{**rule, "when": when}]})) != []
