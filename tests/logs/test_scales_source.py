"""Where the scale of a series comes from, and what its values say against it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from healthlint.logs import Series
from healthlint.logs.scales import (
    SPACES,
    Scale,
    check_guide,
    find_preset,
    presets,
    resolve,
    standing,
)


def series(
    values: list[float],
    metric: str = "mel_loss",
    split: str = "val",
    name: str = "",
    steps: list[float] | None = None,
    epochs: list[float] | None = None,
) -> Series:
    n = len(values)
    at = np.arange(n, dtype=np.int64)
    unknown = np.full(n, np.nan)
    return Series(
        metric=metric,
        split=split,  # type: ignore[arg-type]
        name=name or (f"{split}/{metric}" if split else metric),
        records=at,
        steps=unknown if steps is None else np.array(steps, float),
        epochs=np.arange(1.0, n + 1) if epochs is None else np.array(epochs, float),
        times=unknown,
        values=np.array(values, float),
    )


class TestPresets:
    @pytest.mark.parametrize(
        ("trainer", "name"),
        [
            ("kokoro-ruslan", "kokoro-ruslan"),
            ("guide", "kokoro-ruslan"),
            ("Igorshmukler/Kokoro_Ruslan", "kokoro-ruslan"),
            ("healthlint", "healthlint"),
            ("FastSpeech2 (ming024)", "fastspeech2-ming024"),
            ("VITS", "vits"),
            ("HiFiGAN", "hifi-gan"),
            ("StyleTTS 2", "styletts2"),
            ("Matcha-TTS", "matcha"),
            ("Tacotron2 NVIDIA", "tacotron2-nvidia"),
            ("coqui/vits", "coqui-vits"),
            ("Coqui TTS", "coqui"),
        ],
    )
    def test_names_are_forgiving(self, trainer: str, name: str) -> None:
        found = find_preset(trainer)
        assert found is not None
        assert found.name == name

    @pytest.mark.parametrize("trainer", ["fastspeech2", "tacotron2", "kokoro", "", 3, None])
    def test_what_may_mean_several_means_none(self, trainer: object) -> None:
        assert find_preset(trainer) is None

    def test_every_space_and_kind_of_a_preset_is_spelt_as_declared(self) -> None:
        for preset in presets().values():
            for scale in preset.metrics.values():
                said = {k: v for k, v in scale._asdict().items() if v is not None}
                assert Scale.parse(said) == scale
                assert scale.space is None or scale.space in SPACES


class TestSource:
    def test_the_command_line_outranks_the_trainer_the_name_and_the_guide(self) -> None:
        named = series([20.0], name="loss/g/mel")
        declared = {"metrics": {"mel_loss": {"kind": "l1", "space": "db-mel"}}}
        vits = {"trainer": "hifi-gan"}
        chain = [
            (resolve(named, declared | vits), ("declared", "l1", "db-mel")),
            (resolve(named, vits), ("trainer", "l1", "ln-amp-mel")),
            (resolve(named, {}), ("name", "l1", "ln-amp-mel")),
            (resolve(series([1.0]), {}), ("assumed", "l1", "ln-power-mel")),
        ]
        for found, expected in chain:
            assert (found.source, found.scale.kind, found.scale.space) == expected

    def test_a_field_that_is_left_out_comes_from_the_next_source(self) -> None:
        facts = {"trainer": "vits", "metrics": {"mel_loss": {"logged_factor": 1}}}
        assert resolve(series([1.0]), facts).scale == Scale(
            kind="l1", space="ln-amp-mel", logged_factor=1.0
        )

    def test_a_split_of_its_own_outranks_the_metric(self) -> None:
        metrics = {"mel_loss": {"kind": "l1", "std": 2}, "val/mel_loss": {"kind": "mse"}}
        assert resolve(series([1.0]), {"metrics": metrics}).scale.kind == "mse"
        train = resolve(series([1.0], split="train"), {"metrics": metrics})
        assert train.scale.kind == "l1"

    def test_a_name_that_tells_another_kind_leaves_the_preset_aside(self) -> None:
        found = resolve(series([1.0], name="val/mel_mse"), {"trainer": "kokoro-ruslan"})
        assert (found.scale.kind, found.scale.space) == ("mse", None)

    def test_what_a_known_trainer_leaves_open_is_not_the_guides(self) -> None:
        found = resolve(series([1.0]), {"trainer": "matcha"})
        assert (found.scale, found.assumed) == (Scale(), ())
        assert not check_guide(series([1.0]), {"trainer": "matcha"}).holds

    def test_an_unknown_trainer_is_taken_for_the_guides_and_said_so(self) -> None:
        check = check_guide(series([5.0, 4.0]), {"trainer": "fastspeech2"})
        assert (check.holds, check.assumed) == (True, "guide scale")
        assert "did you mean `fastspeech2-ming024`?" in check.hint

    @pytest.mark.parametrize(
        ("declared", "assumed"),
        [
            ({"kind": "l1"}, "ln-power-mel"),
            ({"space": "ln-amp-mel"}, "L1"),
            ({"logged_factor": 1}, "guide scale"),
            ({"kind": "l1", "space": "ln-power-mel"}, ""),
        ],
    )
    def test_what_is_assumed_is_named(self, declared: dict[str, object], assumed: str) -> None:
        facts = {"metrics": {"mel_loss": declared}}
        assert check_guide(series([5.0, 4.0]), facts).assumed == assumed

    def test_a_mistaken_declaration_is_not_replaced_by_an_assumption(self) -> None:
        facts = {"metrics": {"mel_loss": {"kind": "l1", "spcae": "ln-amp-mel"}}}
        check = check_guide(series([5.0, 4.0]), facts)
        assert (check.holds, check.conversion) == (False, None)
        assert "did you mean `space`?" in check.reason

    def test_another_spelling_of_the_duration_space(self) -> None:
        declared = {"kind": "huber", "space": "ln(1+frames)", "delta": 1.0, "logged_factor": 1.0}
        check = check_guide(
            series([1.5], "duration_loss"), {"metrics": {"duration_loss": declared}}
        )
        assert (check.holds, check.assumed) == (True, "")

    def test_the_same_numbers_by_another_name_hold(self) -> None:
        declared = {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 2}
        check = check_guide(series([5.0]), {"metrics": {"mel_loss": declared}})
        assert check.holds

    def test_a_metric_without_a_scale_of_the_guide_is_left_alone(self) -> None:
        assert check_guide(series([400.0], "grad_norm"), {}).holds


class TestStanding:
    @pytest.mark.parametrize(
        ("facts", "start", "worth"),
        [
            ({}, 4.0, "guide"),
            ({}, 34.0, "none"),
            ({"trainer": "my own"}, 4.0, "guide"),
            ({"trainer": "vits"}, 4.0, "none"),
            ({"trainer": "healthlint"}, 34.0, "guide"),
            ({"metrics": {"mel_loss": {"kind": "l1", "space": "ln-amp-mel"}}}, 4.0, "converted"),
            ({"metrics": {"mel_loss": {"kind": "mse"}}}, 4.0, "none"),
        ],
    )
    def test_of_a_run(self, facts: dict[str, object], start: float, worth: str) -> None:
        assert standing(facts, {"val/mel_loss": series([start])}) == worth

    def test_without_a_mel_loss_the_trainer_tells(self) -> None:
        assert standing({"trainer": "kokoro-ruslan"}, {}) == "guide"
        assert (standing({"trainer": "keras"}, {}), standing({}, {})) == ("none", "none")


def reason(values: list[float], facts: dict[str, object] | None = None, **more: object) -> str:
    return check_guide(series(values, **more), facts or {}).reason  # type: ignore[arg-type]


class TestContradiction:
    def test_a_start_of_34_is_not_the_guides(self) -> None:
        said = reason([34.0, 30.0, 28.0])
        assert "val/mel_loss starts at 30 (median of its first 3 values)" in said
        assert "declare its scale (`--fact metrics.mel_loss.space=...`)" in said

    @pytest.mark.parametrize(("start", "is_told"), [(15.1, True), (14.9, False)])
    def test_the_highest_start_that_is_assumed(self, start: float, is_told: bool) -> None:
        assert bool(reason([start])) is is_told

    @pytest.mark.parametrize(("start", "is_told"), [(25.1, True), (24.9, False)])
    def test_a_declared_scale_is_refuted_by_what_is_impossible_alone(
        self, start: float, is_told: bool
    ) -> None:
        facts: dict[str, object] = {"trainer": "kokoro-ruslan"}
        assert ("its scale cannot be that" in reason([start], facts)) is is_told

    def test_the_bound_moves_with_the_scale(self) -> None:
        scale = {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45}
        vits: dict[str, object] = {"metrics": {"mel_loss": scale}}
        assert "starts at 80" not in reason([80.0], vits)
        assert "starts at 600" in reason([600.0], vits)

    def test_one_wild_value_does_not_decide(self) -> None:
        assert reason([400.0, 5.0, 4.5, 4.0, 3.8]) == ""

    def test_zeros_and_values_that_are_not_finite_say_nothing(self) -> None:
        assert reason([0.0] * 9 + [math.nan, math.inf, 5.0]) == ""
        assert reason([0.0, 0.0]) == ""
        assert "starts at 34 (its only value)" in reason([0.0, math.nan, 34.0])

    def test_values_far_into_a_long_series_are_found(self) -> None:
        assert "starts at 34" in reason([math.nan] * 10_000 + [34.0] * 5)

    @pytest.mark.parametrize(("start", "is_told"), [(0.049, True), (0.051, False)])
    def test_no_model_starts_below_what_any_reaches(self, start: float, is_told: bool) -> None:
        assert bool(reason([start] * 5)) is is_told

    def test_an_untrained_model_below_its_least(self) -> None:
        fresh = {"steps": [1, 2, 3, 4, 5], "epochs": [1] * 5}
        assert "below the least (1.5)" in reason([0.9] * 5, split="train", **fresh)
        assert reason([1.6] * 5, split="train", **fresh) == ""

    @pytest.mark.parametrize(
        ("steps", "epochs"),
        [
            ([100, 200, 300, 400, 500], [1] * 5),
            ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
            ([1, 2, 3, 4, 5], [math.nan] * 5),
        ],
    )
    def test_a_low_start_may_be_a_resumed_run_or_one_value_an_epoch(
        self, steps: list[float], epochs: list[float]
    ) -> None:
        assert reason([0.9] * 5, steps=steps, epochs=epochs) == ""

    def test_a_declared_fine_tuning_may_start_low(self) -> None:
        facts: dict[str, object] = {"trainer": "kokoro-ruslan"}
        fresh = {"steps": [1, 2, 3, 4, 5], "epochs": [1] * 5}
        assert reason([0.4] * 5, facts, **fresh) == ""

    def test_what_training_says_counts_for_validation(self) -> None:
        validation = series([0.3, 0.2])
        training = series([34.0] * 5, split="train")
        check = check_guide(validation, {}, [training])
        assert "train/mel_loss starts at 34" in check.reason

    def test_another_scale_in_training_says_nothing_of_validation(self) -> None:
        validation = series([4.0, 3.0])
        training = series([80.0] * 5, split="train", name="loss/g/mel")
        assert check_guide(validation, {}, [training]).holds

    def test_a_huber_loss_on_0_to_1_that_is_too_high(self) -> None:
        assert reason([0.148], metric="energy_loss") == ""
        assert "starts at 0.15" in reason([0.15], metric="energy_loss")

    @pytest.mark.parametrize(("start", "is_told"), [(6.1, True), (5.9, False)])
    def test_durations(self, start: float, is_told: bool) -> None:
        assert bool(reason([start], metric="duration_loss")) is is_told
