"""What `rules check` says of a rule, on both sides of what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.authoring import lint as registry
from healthlint.authoring.lint import Notice, lint, names, seen
from healthlint.authoring.lint._ranges import maximum
from healthlint.logs.scales.declaration import Scale
from healthlint.readers import read
from healthlint.rulebook.loading import load_with_places

ROOT = Path(__file__).resolve().parents[2]
LOG = str(ROOT / "fixtures/runs/over-smoothed/logs.jsonl")
PACK = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss, energy: energy_loss, score: alignment_score, sharp: sharpness, lr: lr}
let: {high: 2 * 5, by_corpus: run.utterances / 1000}
rules:
"""
RULE = """\
  - id: team/one
    severity: warning
    summary: one
    when: {WHEN}
    message: m
    help: Look.
    why: It is trouble.
"""
FAR = {"metric": "mel", "over": "5 epochs"}
QUIET: list[tuple[str, str]] = [
    ("value: {metric: mel, above: 1, below: 1.5}", ""),
    ("value: {metric: epoch, at_least: 1}", ""),
    ("all: [value: {metric: mel, at_least: 1}, value: {metric: mel, at_most: 1}]", ""),
    ("all: [value: {metric: mel, above: 1}, value: {metric: mel, below: 1, smooth: 3}]", ""),
    ("all: [value: {metric: mel, above: 1}, value: {metric: mel, below: by_corpus}]", ""),
    ("any: [value: {metric: mel, below: 1}, value: {metric: mel, above: 1}]", ""),
    (
        "all: [trend: {metric: mel, over: 5 epochs, down_by: 2%}, "
        "trend: {metric: mel, over: 5 epochs, not_down_by: 3%}]",
        "",
    ),
    (
        "all: [trend: {metric: mel, over: 5 epochs, down_by: 2%}, "
        "trend: {metric: mel, over: 9 epochs, not_down_by: 1%}]",
        "",
    ),
    ("{value: {metric: epoch, at_least: 5}, until: 5 epochs}", ""),
    ("value: {metric: energy, above: 0.0487}", "guide"),
    ("value: {metric: energy, above: 10}", ""),
    ("value: {metric: score, below: 0.5}", ""),
    ("not: {all: [value: {metric: mel, above: 1}, value: {metric: mel, below: 0}]}", "x"),
]
FOUND: list[tuple[str, str, str, str]] = [
    (
        "all: [value: {metric: mel, above: 1}, value: {metric: mel, below: 1}]",
        "",
        "never-fires",
        "mel cannot be above 1 and below 1",
    ),
    ("value: {metric: mel, above: high, below: 9}", "", "never-fires", "above 10 and below 9"),
    (
        "any: [all: [value: {metric: mel, above: 2}, not: {value: {metric: mel, above: 1}}]]",
        "",
        "never-fires",
        "mel cannot be above 2 and at most 1",
    ),
    (
        "all: [trend: {metric: mel, over: 5 epochs, down_by: 2%}, "
        "trend: {metric: mel, over: 5 epochs, not_down_by: 2%}]",
        "",
        "never-fires",
        "mel cannot fall by 2% and be shown not to fall by 2%",
    ),
    (
        "all: [trend: {metric: mel, over: 5 epochs, down_by: 2%}, "
        "trend: {metric: mel, over: 5 epochs, up_by: 1%}]",
        "",
        "never-fires",
        "mel cannot fall and rise",
    ),
    ("{value: {metric: epoch, above: 5}, until: 5 epochs}", "", "never-fires", "epoch cannot be"),
    ("{nonfinite: {metric: mel}, after: 9 epochs, until: 9 epochs}", "", "never-fires", "above 9"),
    ("value: {metric: epoch, at_least: 0}", "", "always-fires", "epoch cannot be below 0"),
    (
        "any: [value: {metric: mel, below: 1}, value: {metric: mel, at_least: 1}]",
        "",
        "always-fires",
        "mel cannot be",
    ),
    ("value: {metric: energy, above: 0.0488}", "guide", "unreachable-bound", "at most 0.0488"),
    ("value: {metric: energy, below: 0.05}", "guide", "unreachable-bound", "is always below"),
    ("value: {metric: score, above: 1}", "", "unreachable-bound", "score is never above 1"),
    ("value: {metric: lr, below: 0}", "", "unreachable-bound", "lr is never negative"),
    (
        "milestones: {metric: energy, reach: [{phase: A, below: 1, by: 2 epochs}]}",
        "guide",
        "unreachable-bound",
        "energy is always below 1 (A)",
    ),
]


def notices(
    tmp_path: Path, when: str, scale: str = "", *, log: str = "", extra: str = "", head: str = PACK
) -> list[Notice]:
    text = head + RULE.replace("{WHEN}", when if when.startswith("{") else f"{{{when}}}") + extra
    if scale == "guide":
        text = text.replace("    message", "    scale: guide\n    message", 1)
    path = tmp_path / "team.yaml"
    path.write_text(text)
    book, places = load_with_places([str(path)])
    logs = [seen(read(log))] if log else []
    return lint(book, places, [name for name, one in places.items() if one.is_given], logs)


def brief(found: list[Notice]) -> list[str]:
    return [one.check for one in found]


@pytest.mark.parametrize(("when", "scale"), QUIET)
def test_a_rule_that_can_work_is_let_alone(tmp_path: Path, when: str, scale: str) -> None:
    found = brief(notices(tmp_path, when, scale))
    assert found == (["always-fires"] if scale == "x" else [])


@pytest.mark.parametrize(("when", "scale", "check", "words"), FOUND)
def test_a_rule_that_cannot_work(
    tmp_path: Path, when: str, scale: str, check: str, words: str
) -> None:
    found = notices(tmp_path, when, scale)
    assert check in brief(found)
    said = next(one for one in found if one.check == check)
    assert words in said.problem.message


def test_a_remark_points_at_the_bound(tmp_path: Path) -> None:
    (found,) = notices(tmp_path, "value: {metric: energy, above: 10}", "guide")
    problem = found.problem
    assert problem.excerpt[(problem.column or 0) - 1 :][: problem.length] == "10"
    assert (found.severity, problem.line) == ("error", 9)
    assert ": error[unreachable-bound]: energy is never above 10: " in str(found)


class TestAgainstALog:
    def test_a_metric_that_is_not_there(self, tmp_path: Path) -> None:
        (found,) = notices(tmp_path, "value: {metric: sharp, below: 1}", log=LOG)
        assert (found.check, found.severity) == ("missing-metric", "warning")
        assert "has no sharpness" in found.problem.message

    @pytest.mark.parametrize(("required", "count"), [("sharp", 0), ("mel", 1), ("run.device", 1)])
    def test_a_pack_that_requires_what_no_log_has(
        self, tmp_path: Path, required: str, count: int
    ) -> None:
        head = PACK.replace("pack: team", f"pack: team\nrequires: [{required}]")
        found = notices(tmp_path, "value: {metric: sharp, below: 1}", log=LOG, head=head)
        assert brief(found) == ["missing-metric"] * count

    def test_a_metric_of_a_split_that_is_not_there(self, tmp_path: Path) -> None:
        (found,) = notices(tmp_path, "value: {metric: val/lr, above: 1}", log=LOG)
        assert (found.check, found.problem.hint) == ("missing-metric", "did you mean `lr`?")

    @pytest.mark.parametrize(("over", "count"), [("2 epochs", 1), ("3 epochs", 0)])
    def test_a_window_of_too_few_values(self, tmp_path: Path, over: str, count: int) -> None:
        """Validation is logged once an epoch, and a trend needs four values."""
        when = f"trend: {{metric: mel, over: {over}, down_by: 2%}}"
        found = notices(tmp_path, when, log=LOG)
        assert brief(found) == ["short-window"] * count
        assert all("`over: 2 epochs` holds 3 values of val/mel_loss" in str(one) for one in found)

    @pytest.mark.parametrize(("held", "count"), [("4 steps", 1), ("5 steps", 0)])
    def test_a_for_shorter_than_the_logging_interval(
        self, tmp_path: Path, held: str, count: int
    ) -> None:
        """Training rows come every fifth step."""
        when = f"{{rise: {{metric: train/mel, by: 2%}}, for: {held}}}"
        assert brief(notices(tmp_path, when, log=LOG)) == ["short-window"] * count

    def test_the_scale_that_a_log_declares(self, tmp_path: Path) -> None:
        """Its header says Huber(0.05) on [0, 1], so the rule need not name a scale."""
        when = "value: {metric: energy, above: 0.05}"
        assert brief(notices(tmp_path, when, log=LOG)) == ["unreachable-bound"]
        assert brief(notices(tmp_path, when.replace("0.05", "0.04"), log=LOG)) == []


class TestTexts:
    def test_no_why(self, tmp_path: Path) -> None:
        extra = RULE.replace("one", "two").replace("    why: It is trouble.\n", "")
        extra = extra.replace("{WHEN}", "{nonfinite: {metric: lr}}").replace("Look.", "' '")
        found = notices(tmp_path, "nonfinite: {metric: mel}", extra=extra)
        assert [(one.check, one.rule) for one in found] == [("no-reason", "team/two")] * 2

    def test_what_is_still_to_be_written(self, tmp_path: Path) -> None:
        extra = RULE.replace("one", "two").replace("Look.", '"TODO: look"')
        found = notices(
            tmp_path,
            "nonfinite: {metric: mel}",
            extra=extra.replace("{WHEN}", "{nonfinite: {metric: lr}}"),
        )
        assert [one.problem.message for one in found] == ["it does not say what to do yet"]

    def test_an_unknown_fact(self, tmp_path: Path) -> None:
        extra = RULE.replace("one", "two").replace("message: m", "message: '{run.utterences}'")
        found = notices(
            tmp_path,
            "nonfinite: {metric: mel}",
            extra=extra.replace("{WHEN}", "{nonfinite: {metric: lr}}"),
        )
        assert [one.problem.hint for one in found] == ["did you mean `run.utterances`?"]


class TestEqualRules:
    SAME = "all: [rise: {metric: mel, by: 30%}, value: {metric: mel, above: high}]"

    @pytest.mark.parametrize(
        ("other", "is_equal"),
        [
            (SAME, True),
            (
                "all: [value: {metric: mel, above: 10}, rise: {metric: mel, by: '{3 * high}%'}]",
                True,
            ),
            ("all: [value: {metric: mel, above: 10}, rise: {metric: mel, by: 31%}]", False),
            ("all: [value: {metric: val/mel, above: 10}, rise: {metric: mel, by: 30%}]", False),
            (SAME.replace("all", "any"), False),
            (f"{{{SAME}, for: 2 epochs}}", False),
        ],
    )
    def test_another_spelling(self, tmp_path: Path, other: str, is_equal: bool) -> None:
        when = other if other.startswith("{") else f"{{{other}}}"
        extra = RULE.replace("one", "two").replace("{WHEN}", when)
        found = notices(tmp_path, self.SAME, extra=extra)
        assert [(one.check, one.rule) for one in found] == [("equal-rules", "team/two")] * is_equal

    def test_a_shipped_rule(self, tmp_path: Path) -> None:
        (found,) = notices(tmp_path, "jump: {metric: lr, factor: 4}")
        assert found.problem.message == "this is the condition of core/lr-jump too"


def test_the_shipped_packs_are_free_of_it() -> None:
    """No log has everything that the packs look at; what this one lacks is told, and no more.

    Its pitch and energy losses are bounded, so that the rules on raw ones cannot fire on it.
    """
    book, places = load_with_places()
    assert [str(one) for one in lint(book, places, places, [])] == []
    found = lint(book, places, places, [seen(read(LOG))])
    assert {one.rule for one in found if one.check != "missing-metric"} == {
        "tts/pitch-in-hertz",
        "tts/pitch-unnormalised",
        "tts/energy-unnormalised",
        "tts/pitch-stays",  # what keeps its level there keeps less than a half
    }
    missing = {one.rule for one in found if one.check == "missing-metric"}
    assert not missing & {"core/overfit", "tts/over-smoothing", "tts/duration-stuck"}


def test_each_module_is_a_check() -> None:
    listed = {path.stem for path in Path(registry.__file__).parent.glob("[a-z]*.py")}
    assert {name.replace("-", "_") for name in names()} == listed


@pytest.mark.parametrize(
    ("scale", "highest"),
    [
        (Scale(kind="l1", space="db01-mel"), 1.0),
        (Scale(kind="mse", space="db-mel"), 64.0),
        (Scale(kind="huber", space="unit-pitch", delta=0.05, logged_factor=2.0), 0.0975),
        (Scale(kind="huber", space="unit-pitch", delta=9.0), 0.5),
        (Scale(kind="l1", space="ln-amp-mel"), float("inf")),
        (Scale(kind="l1", space="nowhere"), float("inf")),
    ],
)
def test_the_largest_value_of_a_loss(scale: Scale, highest: float) -> None:
    assert maximum(scale) == pytest.approx(highest)
