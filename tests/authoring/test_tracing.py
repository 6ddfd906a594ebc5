"""A trace says what the judgement says: when a rule fired, and what its parts came to."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples import some

from healthlint.authoring.tracetext import text
from healthlint.authoring.tracing import Node, trace
from healthlint.engine import judge
from healthlint.logs import Log
from healthlint.readers import read
from healthlint.report import Finding
from healthlint.rulebook import Pack, Rule, load
from healthlint.ruletests.model import Case, SeriesText
from healthlint.ruletests.running import synthetic_log
from healthlint.terminal.style import Style

ROOT = Path(__file__).resolve().parents[2]
RUNS = sorted((ROOT / "fixtures" / "runs").glob("*/logs.jsonl"))
BOOK = load()
ENTRIES = [(pack, rule) for pack in BOOK.packs for rule in pack.rules]


def entry(name: str) -> tuple[Pack, Rule]:
    return next((pack, rule) for pack, rule in ENTRIES if rule.id == name)


def made(**series: str) -> Log:
    values = {name: SeriesText(value) for name, value in series.items()}
    return synthetic_log(Case(name="made", series=values, expect=()))


def flat(findings: list[Finding]) -> list[Finding]:
    return [one for each in findings for one in (each, *flat(list(each.folded)))]


def test_there_are_runs() -> None:
    assert len(RUNS) >= 10


@pytest.mark.parametrize("path", some(RUNS), ids=lambda path: path.parent.name)
def test_it_agrees_with_the_judgement(path: Path) -> None:
    log = read(str(path))
    report = judge(log, BOOK.select(["*"]))
    found = [one for one in flat(list(report.findings)) if not one.superseded]
    verdicts = {verdict.rule: verdict for verdict in report.verdicts}
    for pack, rule in ENTRIES:
        traced = trace(log, log.runs[-1], pack, rule)
        mine = [one for one in found if one.rule == rule.id]
        state = verdicts[rule.id].state
        is_unseen = state in ("not_judged", "not_applicable")
        assert (traced.first is not None) == bool(mine) or is_unseen, rule.id
        if mine:
            assert traced.first == min((one.first for one in mine), key=lambda p: p.line or 0)
            assert traced.last == max((one.last for one in mine), key=lambda p: p.line or 0)
            assert traced.is_active == any(one.active for one in mine)
        assert bool(traced.reason) == is_unseen or rule.when.name == "either", rule.id


def states(node: Node) -> list[tuple[int, str]]:
    return [(depth, part.state) for depth, part in node.flat()]


def test_the_states_of_the_parts() -> None:
    log = made(mel_loss="1..0.5 x20", spectral_convergence="0.4 x20")
    traced = trace(log, log.runs[0], *entry("tts/over-smoothing"))
    assert states(traced.tree) == [(0, "true"), (1, "false"), (1, "true")]
    assert next(part.text.partition(" lies")[0] for part in traced.tree.parts) == (
        "the level of sc over 3 looks or more"
    )


def test_at_an_earlier_epoch_only_what_was_known_counts() -> None:
    log = made(mel_loss="1..0.5 x20", spectral_convergence="0.4 x20")
    traced = trace(log, log.runs[0], *entry("tts/over-smoothing"), epoch=3)
    assert (traced.place.epoch, traced.tree.state) == (3, "false")
    with pytest.raises(ValueError, match="no record up to epoch 0"):
        trace(log, log.runs[0], *entry("tts/over-smoothing"), epoch=0)


def test_the_parts_of_a_follow_are_seen_from_the_crossing() -> None:
    log = made(
        duration_loss="0.9..0.2 x10, 0.2 x12",
        energy_loss="1.5..0.9 x9, 0.9 x13",
        mel_loss="2..1 x22",
    )
    tree = trace(log, log.runs[0], *entry("tts/energy-lags-duration")).tree.parts[0]
    assert [part.state for _, part in tree.flat()] == ["true", "true", "false"]
    assert [part.text.partition(":")[0] for part in tree.parts] == ["once", "expect"]


def test_before_a_crossing_it_says_what_it_waits_for() -> None:
    log = made(duration_loss="0.9..0.5 x10", energy_loss="1.5..0.9 x10", mel_loss="2..1 x10")
    tree = trace(log, log.runs[0], *entry("tts/energy-lags-duration")).tree.parts[0]
    assert [part.state for _, part in tree.flat()] == ["unknown", "false", "unknown"]


def test_what_is_missing_is_named() -> None:
    log = made(mel_loss="1..0.5 x20")
    traced = trace(log, log.runs[0], *entry("tts/over-smoothing"))
    assert traced.reason == "for runs with sc"
    assert "Not judged on this log: for runs with sc." in text(traced, Style())
    traced = trace(log, log.runs[0], *entry("tts/energy-lags-duration"))
    assert "no duration_loss in this log" in traced.reason


def test_true_but_not_for_long_enough() -> None:
    log = made(step_time="0.5 x10, 0.8 x3")
    traced = trace(log, log.runs[0], *entry("core/slowdown"))
    assert traced.first is None
    assert traced.held_since is not None
    assert traced.held_since.epoch == 12
    assert "True since epoch 12" in text(traced, Style())


def test_how_near_it_came() -> None:
    log = made(**{"train/total_loss": "1..0.5 x12, 0.5..0.7 x4, 0.7..0.4 x6"})
    traced = trace(log, log.runs[0], *entry("core/divergence"))
    assert traced.nearest is not None
    place, margin = traced.nearest
    assert place.epoch == 17
    assert -0.15 < margin < -0.05
    assert "It came nearest at epoch 17" in text(traced, Style())


@pytest.mark.parametrize(
    ("rule", "series", "words"),
    [
        (
            "core/overfit",
            {"val/mel_loss": "1..0.52 x10, 0.5 x3, 0.53 x2", "train/mel_loss": "1..0.5 x15"},
            "2 of 3 looks 2% above its best",
        ),
        (
            "core/overfit",
            {"val/mel_loss": "1..0.52 x10, 0.5 x3, 0.53 x3", "train/mel_loss": "1 x16"},
            "partner not down by 1% since (+0%)",
        ),
        (
            "core/overfit",
            {
                "val/mel_loss": "1..0.52 x10, 0.5 x3, 0.53 x7",
                "train/mel_loss": "1..0.6 x10, 0.5 x3, 0.3 x3, 0.4 x4",
            },
            "partner not within 10% of its lowest",
        ),
        (
            "core/overfit",
            {"val/mel_loss": "0.5..1 x8", "train/mel_loss": "1 x8"},
            "at least 9 looks",
        ),
        (
            "core/setback",
            {"train/mel_loss": "1.5..0.52 x10, 0.5 x6, 0.55 x8"},
            "+10% against its best, not +20%",
        ),
        (
            "core/divergence",
            {
                "train/mel_loss": "1..0.5 x18",
                "val/mel_loss": "1..0.52 x10, 0.5 x3, 0.9 x5",
            },
            "partner within 10% of its lowest",
        ),
        (
            "tts/over-smoothing",
            {"mel_loss": "1..0.9 x20", "spectral_convergence": "0.4 x20"},
            "mel_loss moved -10%, not -15%",
        ),
        (
            "tts/over-smoothing",
            {"mel_loss": "1..0.5 x20", "spectral_convergence": "0.4..0.2 x20"},
            "it moved -50% while mel_loss moved -50%",
        ),
        ("core/lr-jump", {"lr": "1 x6, 3"}, "3 times its highest, not 4"),
        (
            "core/lr-jump",
            {"lr": "1, 3, 9, 27, 81, 405"},
            "5 times its highest, not twice its recent growth",
        ),
        ("core/lr-gone", {"lr": "1 x20, 0.000001 x4"}, "for 17% of the values so far, not 20%"),
        (
            "core/zero-from-start",
            {"train/mel_loss": "0 x22, 0.1"},
            "it has not been 0 all along",
        ),
    ],
)
def test_what_is_missing_is_said_in_the_words_of_the_kind(
    rule: str, series: dict[str, str], words: str
) -> None:
    log = made(**series)
    shown = text(trace(log, log.runs[0], *entry(rule)), Style(width=200))
    assert words in shown
    assert "the evidence shows neither" not in shown


EXCUSED = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss, lr: lr}
rules:
  - id: team/high
    severity: warning
    summary: high
    when: {value: {metric: mel, above: 1}}
    except: {value: {metric: lr, below: 0.1}}
    message: m
    help: h
"""


@pytest.mark.parametrize(
    ("rate", "state", "fires"), [("0.05 x3", "true", False), ("0.2 x3", "false", True)]
)
def test_an_innocent_cause_is_shown_beside_the_condition(
    tmp_path: Path, rate: str, state: str, fires: bool
) -> None:
    (tmp_path / "team.yaml").write_text(EXCUSED)
    (pack,) = load([str(tmp_path / "team.yaml")], shipped=False).packs
    log = made(mel_loss="2 x3", lr=rate)
    traced = trace(log, log.runs[0], pack, pack.rules[0])
    assert traced.excuse is not None
    assert (traced.tree.state, traced.excuse.state) == ("true", state)
    assert (traced.first is not None) == fires
    assert "\n  except where\n" in text(traced, Style())
