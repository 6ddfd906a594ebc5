"""Absolute bounds hold on their scale alone; what is relative holds on every scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from healthlint.engine import judge
from healthlint.report import LogReport, Standing, Verdict
from healthlint.rulebook import Rulebook, load
from healthlint.ruletests.model import Case
from healthlint.ruletests.running import synthetic_log

RULES = load()
ABSOLUTE_MEL = {
    "gate/not-speaking",
    "tts/mel-phase-late",
    "tts/no-learning",
    "tts/mel-rests-high",
    "gate/mel-unfinished",
}
SCHEDULE = {"tts/epoch-budget"}  # bounds on epochs, which are those of the guide's own trainer
ABSOLUTE_DURATION = {"tts/energy-lags-duration", "tts/duration-stuck"}

# What the same losses are multiplied by on other scales, and how these are declared.
SCALES: Mapping[str, tuple[float, dict[str, object]]] = {
    "guide": (1.0, {"kind": "l1", "space": "ln-power-mel"}),
    "vits": (22.5, {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45}),
    "decibels": (10 / math.log(10), {"kind": "l1", "space": "raw-db-mel"}),
    "z-scored": (0.25, {"kind": "l1", "space": "z-ln-mel", "mean": -5.5, "std": 2.0}),
    "log10": (0.5 / math.log(10), {"kind": "l1", "space": "log10-mel"}),
    "weighted": (45.0, {"kind": "l1", "space": "ln-power-mel", "logged_factor": 45}),
}


def case(series: Mapping[str, np.ndarray], facts: Mapping[str, object]) -> Case:
    text = {key: ", ".join(f"{value:.12g}" for value in values) for key, values in series.items()}
    return Case(name="scales", series=text, expect=(), facts=dict(facts))  # type: ignore[arg-type]


def judged(
    series: Mapping[str, np.ndarray], facts: Mapping[str, object], rules: Rulebook = RULES
) -> LogReport:
    return judge(synthetic_log(case(series, facts)), rules)


def course(
    epochs: int = 30, mel_end: float = 0.35, sc_end: float = 0.2, noise: float = 0.0
) -> dict[str, np.ndarray]:
    """Return losses of a run on the guide's scales: mel from 4.5 down, all else beside it."""
    at = np.linspace(0.0, 1.0, epochs)
    wobble = 1 + noise * np.random.default_rng(1).normal(size=(4, epochs))
    mel = 4.5 * (mel_end / 4.5) ** at
    return {
        "val/mel_loss": mel * wobble[0],
        "train/mel_loss": 0.95 * mel * wobble[1],
        "train/total_loss": 2.5 * mel,
        "val/spectral_convergence": 0.9 * (sc_end / 0.9) ** at * wobble[2],
        "val/duration_loss": 1.5 * (0.08 / 1.5) ** at,
        "val/energy_loss": 0.04 * (0.01 / 0.04) ** at * wobble[3],
    }


def on_scale(series: Mapping[str, np.ndarray], factor: float) -> dict[str, np.ndarray]:
    return {k: v * factor if k.endswith("/mel_loss") else v for k, v in series.items()}


def told(report: LogReport) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    """Return state of each rule, and where its findings begin and end."""
    findings: dict[str, list[tuple[object, ...]]] = {}
    for found in report.findings:
        entry = (found.first, found.last, found.count, found.active, found.message)
        findings.setdefault(found.rule, []).append(entry)
    return {v.rule: (v.state, findings.get(v.rule, [])) for v in report.verdicts}


def verdict(report: LogReport, rule: str) -> Verdict:
    return next(one for one in report.verdicts if one.rule == rule)


def standing(report: LogReport, metric: str = "mel_loss") -> Standing:
    return next(one for one in report.standing if one.metric == metric)


def declared(scale: Mapping[str, object]) -> dict[str, object]:
    return {"utterances": 2200, "metrics": {"mel_loss": dict(scale)}}


COURSES = {
    "healthy": course(),
    "late": course(epochs=60, mel_end=0.7),
    "over-smoothed": course() | {"val/spectral_convergence": np.linspace(0.4, 0.6, 30)},
    "past its budget": course(epochs=90)
    | {"val/mel_loss": np.concatenate([np.linspace(4.5, 0.5, 60), np.full(30, 0.5)])},
}


class TestTheSameLossesOnAnotherScale:
    @pytest.mark.parametrize("name", [name for name in SCALES if name != "guide"])
    @pytest.mark.parametrize("run", COURSES)
    def test_relative_verdicts_and_phase_are_the_same(self, run: str, name: str) -> None:
        factor, scale = SCALES[name]
        guide = judged(COURSES[run], declared(SCALES["guide"][1]))
        other = judged(on_scale(COURSES[run], factor), declared(scale))
        want, got = told(guide), told(other)
        for rule in want.keys() - ABSOLUTE_MEL - SCHEDULE:
            assert (rule, got[rule]) == (rule, _without_values(want[rule], got[rule]))
        assert all(got[rule] == ("not_judged", []) for rule in ABSOLUTE_MEL | SCHEDULE)
        assert standing(other).phase == standing(guide).phase

    def test_the_courses_are_told_apart_at_all(self) -> None:
        states = {run: told(judged(c, declared(SCALES["guide"][1]))) for run, c in COURSES.items()}
        assert states["over-smoothed"]["tts/over-smoothing"][0] == "fail"
        assert states["healthy"]["tts/over-smoothing"][0] == "pass"
        assert states["late"]["tts/mel-phase-late"][0] == "fail"
        assert states["past its budget"]["tts/epoch-budget"][0] == "fail"

    @examples(25, suppress=[HealthCheck.too_slow])
    @given(
        st.sampled_from([name for name in SCALES if name != "guide"]),
        st.integers(6, 40),
        st.floats(0.05, 2.0),
        st.floats(0.05, 1.2),
        st.sampled_from([0.0, 0.01, 0.05]),
    )
    def test_for_any_course(
        self, name: str, epochs: int, mel_end: float, sc_end: float, noise: float
    ) -> None:
        series = course(epochs, mel_end, sc_end, noise)
        factor, scale = SCALES[name]
        guide = judged(series, declared(SCALES["guide"][1]))
        other = judged(on_scale(series, factor), declared(scale))
        want, got = told(guide), told(other)
        assert {r: got[r][0] for r in got.keys() - ABSOLUTE_MEL - SCHEDULE} == {
            r: want[r][0] for r in want.keys() - ABSOLUTE_MEL - SCHEDULE
        }
        value = standing(guide).value
        edges = (0.3, 0.4, 0.6, 0.8, 1.0)
        if min(abs(value / edge - 1) for edge in edges) > 1e-6:
            assert standing(other).phase == standing(guide).phase


def _without_values(
    want: tuple[str, list[tuple[object, ...]]], got: tuple[str, list[tuple[object, ...]]]
) -> tuple[str, list[tuple[object, ...]]]:
    """Return what is wanted, with the messages that name a mel value taken from what came."""
    if len(want[1]) != len(got[1]):
        return want
    return want[0], [(*a[:-1], b[-1]) for a, b in zip(want[1], got[1], strict=True)]


class TestAbsoluteRules:
    def test_they_are_judged_on_the_guides_scale(self) -> None:
        report = judged(COURSES["late"], declared(SCALES["guide"][1]))
        assert verdict(report, "tts/mel-phase-late").state == "fail"

    def test_on_a_scale_of_the_same_kind_they_raise_nothing(self) -> None:
        factor, scale = SCALES["vits"]
        report = judged(on_scale(COURSES["late"], factor), declared(scale))
        found = verdict(report, "tts/mel-phase-late")
        assert found.state == "not_judged"
        assert found.reason == (
            "its bounds are the guide's, for L1 of ln-power-mel; mel_loss is 45 x L1 of "
            "ln-amp-mel (as declared): shown as standing with converted bounds"
        )

    def test_on_another_kind_the_reason_is_given(self) -> None:
        scale = {"kind": "mse", "space": "ln-power-mel"}
        report = judged(COURSES["late"], declared(scale))
        found = verdict(report, "tts/mel-phase-late")
        assert (found.state, standing(report).phase) == ("not_judged", "")
        assert "an L1 bound says nothing about MSE" in found.reason
        assert any("says nothing about MSE" in note for note in standing(report).notes)

    def test_when_the_values_contradict_the_reason_is_given_and_the_rest_goes_on(self) -> None:
        plain, raised = COURSES["over-smoothed"], on_scale(COURSES["over-smoothed"], 22.5)
        guide, other = judged(plain, {}), judged(raised, {})
        late = verdict(other, "tts/mel-phase-late")
        assert late.state == "not_judged"
        assert "starts at" in late.reason
        assert "declare its scale" in late.reason
        want, got = told(guide), told(other)
        assert {r: got[r][0] for r in got.keys() - ABSOLUTE_MEL - SCHEDULE} == {
            r: want[r][0] for r in want.keys() - ABSOLUTE_MEL - SCHEDULE
        }
        assert verdict(other, "tts/over-smoothing").state == "fail"

    def test_a_mistaken_declaration_stops_them(self) -> None:
        report = judged(COURSES["late"], declared({"spcae": "ln-amp-mel"}))
        assert "did you mean `space`?" in verdict(report, "tts/mel-phase-late").reason


class TestOnlyWhatIsHeldAgainstBoundsCounts:
    def test_a_trend_on_another_scale_does_not_stop_a_rule(self) -> None:
        factor, scale = SCALES["vits"]
        report = judged(on_scale(COURSES["healthy"], factor), declared(scale))
        for rule in ABSOLUTE_DURATION:
            assert verdict(report, rule).state == "pass"

    def test_the_metric_of_the_bound_does(self) -> None:
        facts = {"metrics": {"duration_loss": {"kind": "mse", "space": "ln1p-frames"}}}
        report = judged(COURSES["healthy"], facts)
        for rule in ABSOLUTE_DURATION:
            assert verdict(report, rule).state == "not_judged"
            assert "duration_loss is MSE of ln1p-frames" in verdict(report, rule).reason
        assert verdict(report, "tts/over-smoothing").state == "pass"

    def test_every_kind_with_a_bound_in_units_of_its_metric_is_marked(self) -> None:
        from healthlint import conditions

        marked = {n for n in conditions.names() if conditions.kind(n).has_scale}
        assert marked >= {"value", "milestones"}
        assert not marked & {"trend", "rise", "spike", "nonfinite", "follow", "all", "any", "not"}

    def test_a_pack_of_ones_own(self, tmp_path: Path) -> None:
        pack = tmp_path / "mine.yaml"
        pack.write_text(
            "schema: healthlint.rules/1\n"
            "pack: mine\n"
            "metrics: {mel: mel_loss, dur: duration_loss}\n"
            "rules:\n"
            "  - id: mine/both\n"
            "    severity: error\n"
            "    summary: both\n"
            "    scale: guide\n"
            "    when:\n"
            "      all:\n"
            "        - value: {metric: mel, below: 9}\n"
            "        - trend: {metric: dur, over: 5 epochs, down_by: 1%}\n"
            "    message: both\n"
            "    help: none\n",
            encoding="utf-8",
        )
        rules = load([str(pack)], shipped=False)
        mse = {"kind": "mse", "space": "ln1p-frames"}
        bound = judged(COURSES["healthy"], {"metrics": {"mel_loss": mse}}, rules)
        free = judged(COURSES["healthy"], {"metrics": {"duration_loss": mse}}, rules)
        assert verdict(bound, "mine/both").state == "not_judged"
        assert verdict(free, "mine/both").state == "fail"


class TestStanding:
    def test_converted_bounds_are_shown(self) -> None:
        series = on_scale(course(mel_end=0.5), 0.5)
        report = judged(series, declared({"kind": "l1", "space": "ln-amp-mel"}))
        mel = standing(report)
        assert (mel.phase, mel.sounds) == ("Static", "")
        assert "about 0.2-0.3 as L1 of ln-amp-mel, the guide's 0.4-0.6" in mel.notes

    def test_the_open_ends_are_shown(self) -> None:
        scale = declared({"kind": "l1", "space": "ln-amp-mel"})
        low = judged(on_scale(course(mel_end=0.1), 0.5), scale)
        high = judged(on_scale(course(mel_end=1.5), 0.5), scale)
        assert "below about 0.15 as L1 of ln-amp-mel, the guide's below 0.3" in standing(low).notes
        assert "from about 0.5 as L1 of ln-amp-mel, the guide's from 1" in standing(high).notes

    @pytest.mark.parametrize("trainer", ["ming024", "vits", "rvc", "styletts2", "hifi-gan"])
    def test_a_foreign_trainer_has_no_phase_no_budget_and_no_sounds(self, trainer: str) -> None:
        series = on_scale(COURSES["past its budget"], 0.5)
        report = judged(series, {"trainer": trainer, "utterances": 2200})
        assert not any(head.phase or head.sounds for head in report.standing)
        assert not any("past the budget" in note for head in report.standing for note in head.notes)
        assert verdict(report, "tts/epoch-budget").state == "not_judged"
        assert "and this is a log of" in verdict(report, "tts/epoch-budget").reason

    def test_what_the_user_declares_of_a_foreign_trainer_is_converted(self) -> None:
        facts = {"trainer": "vits", **declared(SCALES["vits"][1])}
        report = judged(on_scale(course(mel_end=0.5), 22.5), facts)
        assert standing(report).phase == "Static"
        assert (
            "about 9-13.5 as 45 x L1 of ln-amp-mel, the guide's 0.4-0.6" in standing(report).notes
        )

    def test_an_assumed_scale_says_so_and_a_declared_one_is_silent(self) -> None:
        assumed = judged(COURSES["healthy"], {})
        known = judged(COURSES["healthy"], {"trainer": "kokoro-ruslan"})
        assert "assumed: guide scale" in standing(assumed).notes
        assert "assumed: guide scale" in standing(assumed, "duration_loss").notes
        assert not any("assumed" in note for head in known.standing for note in head.notes)

    def test_heads_without_phases_say_nothing_of_scales(self) -> None:
        report = judged(COURSES["healthy"], {})
        for metric in ("spectral_convergence", "energy_loss"):
            assert not any("assumed" in note for note in standing(report, metric).notes)

    def test_a_remark_that_needs_the_guides_duration_is_left_out(self) -> None:
        slow = COURSES["healthy"] | {"val/duration_loss": np.full(30, 1.1)}
        mse = {"metrics": {"duration_loss": {"kind": "mse", "space": "ln1p-frames"}}}
        with_it = standing(judged(slow, {}), "energy_loss").notes
        without = standing(judged(slow, mse), "energy_loss").notes
        assert with_it == ["slow until duration is below 0.3: boundaries are still blurry"]
        assert without == []
