"""Each mistake in a config is named at its place, in YAML and in TOML, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.config import ConfigError, named
from healthlint.config.loading import load
from healthlint.config.model import Config
from healthlint.rulebook import PackProblem


def problems(path: Path, text: str) -> tuple[PackProblem, ...]:
    """Return the mistakes of a config, none where it is right."""
    path.write_text(text)
    try:
        load(named(str(path)))
    except ConfigError as error:
        return error.problems
    return ()


# text, the word that the caret lies under, what the message and its hint say
SLIPS: dict[str, tuple[str, str, str]] = {
    "key": ("selct: [tts]", "selct", "did you mean `select`?"),
    "underscore": ("fail_on: error", "fail_on", "did you mean `fail-on`?"),
    "no such key": ("zzz: 1", "zzz", "known here: logs, kinds, rules"),
    "severity": ("fail-on: warn", "warn", "did you mean `warning`?"),
    "profile": ("profile: most", "most", "default, all"),
    "no list": ("select: tts/*", "tts/*", "expected a list"),
    "number": ("select: [1]", "1", "expected a text"),
    "empty text": ("ignore: ['']", "''", "must not be empty"),
    "no value": ("select:", "select", "`select` has no value"),
    "format": ("output: [jsn]", "jsn", "did you mean `json`?"),
    "format without path": ("output: ['json:']", "'json:'", "lacks its path"),
    "fact": ("facts: {utterances: many}", "many", "not a positive number"),
    "scale": (
        "facts: {metrics: {mel_loss: {spce: x}}}",
        "spce",
        "did you mean `space`?",
    ),
    "param": ("params: {tts: {patience: long}}", "long", "expected a number"),
    "no reason": ("suppress: [{rule: tts/a}]", "{", "`reason` missing here"),
    "empty reason": ("suppress: [{rule: tts/a, reason: ' '}]", "' '", "must not be empty"),
    "misspelt reason": ("suppress: [{rule: a, resaon: b}]", "resaon", "did you mean `reason`?"),
    "no day": ("suppress: [{rule: a, reason: b, until: soon}]", "soon", "write it as 2026-01-31"),
    "no such day": (
        "suppress: [{rule: a, reason: b, until: 2026-02-30}]",
        "2026-02-30",
        "there is no day",
    ),
    "twice": ("profile: all\nprofile: all", "profile", "the first one is at line 1"),
    "not YAML": ("select: [", "", "not valid YAML"),
    "no mapping": ("- select", "-", "expected keys"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_pointed_at_and_explained(tmp_path: Path, slip: str) -> None:
    text, word, meant = SLIPS[slip]
    (problem,) = problems(tmp_path / "healthlint.yaml", text)
    assert problem.line is not None
    assert problem.column is not None
    line = text.splitlines()[min(problem.line, len(text.splitlines())) - 1]
    start = problem.column - 1
    assert line[start : start + max(problem.length, len(word))].startswith(word)
    assert meant in f"{problem.message} {problem.hint}"


def test_all_mistakes_are_told_in_order(tmp_path: Path) -> None:
    text = "fail-on: warn\nselct: []\noutput: [jsn]\n"
    found = problems(tmp_path / "healthlint.yaml", text)
    assert [problem.line for problem in found] == [1, 2, 3]


def test_toml_is_told_like_yaml(tmp_path: Path) -> None:
    text = '[tool.healthlint]\nfail-on = "warn"\n\n[[tool.healthlint.suppress]]\nrule = "a"\n'
    found = problems(tmp_path / "pyproject.toml", text)
    assert [(problem.line, problem.column) for problem in found] == [(2, 11), (4, 1)]
    assert str(found[0]).splitlines()[2].index("^") == str(found[0]).splitlines()[1].index('"warn"')


WHOLE = """\
logs: ["runs/*/logs.jsonl"]
kinds: [healthlint-tones]
reference: [good.json]
rules: [packs]
profile: all
select: [tts/*]
ignore: [core]
require: [tts/over-smoothing]
fail-on: info
facts: {utterances: 2200, metrics: {mel_loss: {kind: l1}}}
names: {duration_loss: [dur], "runs/vits/*": {mel_loss: m}}
params: {tts: {patience: 12}}
suppress: [{rule: tts/a, reason: b, log: "runs/x/*", metric: mel, until: 2026-01-31}]
baseline: baseline.json
output: [full, "json:report.json"]
probe: {command: "say {model} {text} {output}", texts: [a], device: cpu, timeout: 3, out: kept}
gate: {allow: [my_trainer.Settings]}
watch: {every: 5s, duty: 2%, keep_firing_for: 1 epoch, stop: {on: [core/non-finite], after: 3}}
notify: [{url: "ntfy://x", min: error, resolved: true}]
heartbeat: ${HEALTHCHECKS_URL}
"""


def test_every_key_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "healthlint.yaml"
    path.write_text(WHOLE)
    config = load(named(str(path))).config
    assert [name for name in Config.__dataclass_fields__ if getattr(config, name) is None] == []


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}"])
def test_an_empty_config_is_right(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path / "healthlint.yaml", text) == ()
