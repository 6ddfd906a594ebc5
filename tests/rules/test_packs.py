"""The packs that ship: their own tests pass, and every rule can speak for itself."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from healthlint.engine import judge
from healthlint.looking import look
from healthlint.rulebook import Rule, Rulebook, load
from healthlint.rulebook.loading import shipped_folder
from healthlint.ruletests.model import Case, SeriesText
from healthlint.ruletests.running import CaseFile, run_case, synthetic_log

ROOT = Path(__file__).resolve().parents[2]
SUITES = sorted((ROOT / "rules" / "tests").glob("*.yaml"))
LOADED = [(path.stem, CaseFile.read(str(path))) for path in SUITES]
CASES = [
    pytest.param(case, id=f"{pack}:{file.document.values['tests', i].line}")
    for pack, file in LOADED
    for i, case in enumerate(file.suite.tests)
]


@cache
def book() -> Rulebook:
    return load()


RULES = [pytest.param(rule, id=rule.id) for pack in book().packs for rule in pack.rules]


def cases() -> list[Case]:
    return [case for _, file in LOADED for case in file.suite.tests]


MEL = {"mel_loss": SeriesText("0.9 x3")}
NAN_MEL = {"mel_loss": SeriesText("0.9, nan")}


class TestRuleTests:
    def test_every_pack_has_tests(self) -> None:
        assert {path.stem for path in SUITES} == {pack.pack for pack in book().packs}

    @pytest.mark.parametrize("case", CASES)
    def test_case(self, case: Case) -> None:
        assert run_case(case, book()) == []

    @pytest.mark.parametrize("place", ["expect", "only", "pending", "not_judged", "softened"])
    def test_an_unknown_rule_fails(self, place: str) -> None:
        named: dict[str, Any] = {place: ("tts/over-smothing",)}
        case = replace(Case(name="misspelt", series=MEL, expect=()), **named)
        wanted = "unknown rule `tts/over-smothing`; did you mean `tts/over-smoothing`?"
        assert wanted in run_case(case, book())

    def test_a_rule_that_fires_unasked_fails(self) -> None:
        case = Case(name="silent?", series=NAN_MEL, expect=())
        assert run_case(case, book()) == ["core/non-finite: expected pass, came to fail"]

    def test_a_rule_that_was_not_judged_does_not_pass(self) -> None:
        """Nor does one that does not apply."""
        for rule, state in (
            ("tts/duration-stuck", "not_judged"),
            ("tts/over-smoothing", "not_applicable"),
        ):
            (difference,) = run_case(
                Case(name="judged?", series=MEL, expect=(), only=(rule,)), book()
            )
            assert difference.startswith(f"{rule}: expected pass, came to {state}")
            assert difference.endswith(": not looked at is not quiet")

    def test_a_remark_in_place_of_a_warning_is_asked_for(self) -> None:
        """Two epochs far above the best that are over are told as a remark."""
        rule = ("core/divergence",)
        series = {"train/mel_loss": SeriesText("1.2..0.52 x10, 0.5 x3, 0.9 x2, 0.5 x8")}
        assert (
            run_case(
                Case(name="softened", series=series, expect=rule, only=rule, softened=rule), book()
            )
            == []
        )
        (difference,) = run_case(
            Case(name="softened?", series=series, expect=rule, only=rule), book()
        )
        assert difference == ("core/divergence: told as info; a test that means it says `softened`")
        still = {"train/mel_loss": SeriesText("1.2..0.52 x10, 0.5 x3, 0.9 x8")}
        (difference,) = run_case(
            Case(name="softened?", series=still, expect=rule, only=rule, softened=rule), book()
        )
        assert difference == "core/divergence: told as error, not less"

    def test_a_series_that_no_pack_looks_at_fails(self) -> None:
        series = {"mel_los": SeriesText("0.9 x3"), "vla/mel_loss": SeriesText("0.9 x3")}
        assert run_case(Case(name="misspelt", series=series, expect=()), book()) == [
            "no pack looks at `mel_los`; did you mean `mel_loss`?",
            "unknown split `vla` of `vla/mel_loss`; write `train/` or `val/`",
        ]

    def test_the_first_of_several_findings_counts(self) -> None:
        """The second one is still true at the end, so the first is folded under it."""
        only = ("core/non-finite",)
        series = {"mel_loss": SeriesText("0.9, nan, 0.8 x5, nan")}
        assert (
            run_case(
                Case(name="twice", series=series, expect=only, only=only, at={only[0]: 2}), book()
            )
            == []
        )
        (difference,) = run_case(
            Case(name="twice", series=series, expect=only, only=only, at={only[0]: 8}), book()
        )
        assert difference == "core/non-finite: expected first at epoch 8, fired at 2"

    def test_an_epoch_of_a_rule_that_never_fires_fails(self) -> None:
        only = ("core/non-finite",)
        case = Case(name="never", series=MEL, expect=(), only=only, at={"core/non-finite": 3})
        (difference,) = run_case(case, book())
        assert difference == "core/non-finite: expected first at epoch 3, never fired"

    def test_a_wrong_epoch_fails(self) -> None:
        only = ("core/non-finite",)
        case = Case(name="when?", series=NAN_MEL, expect=only, only=only, at={"core/non-finite": 3})
        (difference,) = run_case(case, book())
        assert difference == "core/non-finite: expected first at epoch 3, fired at 2"

    @pytest.mark.parametrize("rule", RULES)
    def test_each_rule_is_shown_firing_quiet_and_not_judged(self, rule: Rule) -> None:
        alone = [case for case in cases() if case.only == (rule.id,)]
        assert any(case.expect == (rule.id,) for case in alone)
        assert any(case.is_quiet for case in alone)
        assert any((*case.not_judged, *case.not_applicable) == (rule.id,) for case in alone)


class TestMessages:
    @pytest.mark.parametrize("rule", RULES)
    def test_nothing_is_left_open(self, rule: Rule) -> None:
        chosen = book().select([rule.id])
        firing = [case for case in cases() if rule.id in case.expect]
        findings = [one for case in firing for one in judge(synthetic_log(case), chosen).findings]
        assert findings
        unknown = [one.message for one in findings if "?" in one.message or "nan" in one.message]
        assert unknown == [one for one in unknown if rule.id == "core/non-finite"]


class TestPacks:
    def test_ids_are_unique(self) -> None:
        ids = [rule.id for pack in book().packs for rule in pack.rules]
        assert ids
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("rule", RULES)
    def test_each_rule_says_why_and_what_to_do(self, rule: Rule) -> None:
        assert rule.why.strip().endswith(".")
        assert rule.help.strip().endswith(".")
        assert rule.summary == rule.summary.rstrip(".")

    @pytest.mark.parametrize("rule", RULES)
    def test_what_it_folds_exists(self, rule: Rule) -> None:
        for pattern in rule.folds:
            assert book().select([pattern]).rules

    def test_the_folder_of_the_checkout_is_the_one_the_wheel_takes(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        mapping = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
        assert mapping == {"rules": "healthlint/_rules"}
        assert shipped_folder() == ROOT / "rules"
        shipped = {path.stem for path in shipped_folder().glob("*.yaml")}
        assert shipped == {pack.pack for pack in book().packs} | {"known-faults"}


class TestRateRestarts:
    @pytest.mark.parametrize("jump", [0.1, 0.15])
    @pytest.mark.parametrize("rounds", [3, 5])
    def test_a_jump_of_every_loss_is_no_over_smoothing(self, jump: float, rounds: int) -> None:
        """Mel stands where it stood beside spectral convergence, though it falls from the jump."""
        at = np.arange(120)
        late = at / 120 * rounds
        jumped = 1 + np.where(late < 1, 0, jump / 2 * (1 + np.cos(np.pi * (late % 1))))
        mel = (0.7 + 1.8 * np.exp(-at / 140)) * jumped
        convergence = (0.16 + 0.5 * np.exp(-at / 210)) * jumped
        assert self.over_smoothed(mel, convergence) == "pass"
        # the same, but spectral convergence is a third worse from the middle on
        worse = np.where(at < 60, convergence, 1.35 * convergence[59])
        assert self.over_smoothed(mel, worse) == "fail"

    @staticmethod
    def over_smoothed(mel: np.ndarray, convergence: np.ndarray) -> str:
        """Return the state of the rule over values of validation, one an epoch."""
        columns = {"val/mel_loss": mel, "val/spectral_convergence": convergence}
        texts = {
            name: SeriesText(", ".join(map(str, values.round(5))))
            for name, values in columns.items()
        }
        chosen = book().select(["tts/over-smoothing"])
        (verdict,) = judge(
            synthetic_log(Case(name="restarts", series=texts, expect=())), chosen
        ).verdicts
        return verdict.state


@pytest.mark.parametrize(("noise", "state"), [(0.004, "fail"), (0.08, "pass")])
def test_overfit_asks_that_training_gains_beyond_its_noise(noise: float, state: str) -> None:
    """Validation lies 30 % above its best; training has fallen by 4 %, or has it?"""
    at = np.arange(24)
    validation = np.where(at < 8, 1.0 - 0.05 * at, 0.65 + 0.02 * (at - 7))
    training = (1.0 - 0.0025 * at) * (1 + noise * np.array([1, -1, 0.5, -0.7, 0.8, -0.4])[at % 6])
    columns = {"val/mel_loss": validation, "train/mel_loss": training}
    texts = {
        name: SeriesText(", ".join(map(str, values.round(5)))) for name, values in columns.items()
    }
    (verdict,) = judge(
        synthetic_log(Case(name="?", series=texts, expect=())), book().select(["core/overfit"])
    ).verdicts
    assert verdict.state == state


@pytest.mark.parametrize(
    ("rates", "state"),
    [
        ([1e-6, 1.1e-5, 2.1e-5, 3.1e-5], "pass"),
        ([3e-4, 3e-4, 1e-2, 1e-2], "fail"),
        ([1e-6, 1.1e-5, 9e-4, 9e-4], "fail"),
    ],
    ids=["a rung an epoch", "from the second epoch", "the second rung"],
)
def test_a_warm_up_that_climbs_once_an_epoch_is_no_jump(
    rates: list[float], state: str, tmp_path: Path
) -> None:
    path = tmp_path / "logs.jsonl"
    records = [
        {"epoch": epoch, "step": 5 * epoch + batch, "lr": rate, "loss": 7 - 0.1 * epoch}
        for epoch, rate in enumerate(rates, 1)
        for batch in range(5)
    ]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    (verdict,) = judge(look(str(path)), book().select(["core/lr-jump"])).verdicts
    assert verdict.state == state
