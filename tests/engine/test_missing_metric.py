"""A rule on a metric that the log lacks is never counted clean, whatever its kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.harness import rows, write_rows

import healthlint
from healthlint.authoring.scaffold import draft, kinds
from healthlint.report.outcome import NO_VERDICT


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log of mel loss and others, and without the metrics of the rules."""
    records = [{name: value for name, value in row.items() if "/" not in name} for row in rows()]
    records = [{**row, "val/mel_loss": 1.0 + 1 / (i + 1)} for i, row in enumerate(records)]
    return write_rows(tmp_path / "log.jsonl", records)


@pytest.mark.parametrize("kind", kinds())
def test_a_kind(tmp_path: Path, log: Path, kind: str) -> None:
    pack = tmp_path / "team.yaml"
    made = draft("team/some-rule", kind, str(pack), "alignment_score")
    pack.write_text(made.texts[str(pack)].replace("mel_loss", "pitch_loss"))
    report = healthlint.check(log, rules=[str(pack)], select=["team"], reference=[str(log)] * 3)
    (judged,) = report.logs
    (verdict,) = judged.verdicts
    state = "not_applicable" if kind == "announced" else "not_judged"  # nothing is announced
    assert (verdict.state, judged.findings) == (state, [])
    assert "no " in verdict.reason or kind == "announced"
    assert healthlint.exit_code(report) == NO_VERDICT
    required = healthlint.check(
        log, rules=[str(pack)], select=["team", "tts"], require=["team/some-rule"], profile="all"
    )
    assert healthlint.exit_code(required) == NO_VERDICT


DERIVED = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss, pitch: pitch_loss, losses: "*_loss", total: total_loss}
derived: {made: FORMULA}
rules:
  - id: team/made
    severity: warning
    summary: s
    when: {value: {metric: made, above: 0}}
    message: m
    help: h
"""


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("mel / pitch", "no pitch_loss in this log; `made` is made of it"),
        (
            "val.mel / train.mel",
            "no train/mel_loss in this log (it has val/mel_loss); `made` is made of it",
        ),
        ("mel / run.weight", "needs the fact `weight`; pass --fact weight=VALUE"),
        ("weighted(losses) / mel", "the weight of mel_loss in the total is not declared"),
        ("total / mel", "no total_loss in this log; `made` is made of it"),
    ],
)
def test_a_derived_metric(tmp_path: Path, log: Path, formula: str, reason: str) -> None:
    pack = tmp_path / "team.yaml"
    pack.write_text(DERIVED.replace("FORMULA", formula))
    report = healthlint.check(log, rules=[str(pack)], select=["team"])
    (verdict,) = report.logs[0].verdicts
    assert verdict.state == "not_judged"
    assert reason in verdict.reason
    assert healthlint.exit_code(report) == NO_VERDICT
