"""Bounds carried from scale to scale, and refused where they say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from healthlint.logs.scales import (
    GUIDE,
    SPACES,
    NotConvertible,
    Scale,
    conversion,
    convert_bound,
)

GUIDE_MEL = GUIDE["mel_loss"]
SLOPED = [n for n, s in SPACES.items() if s.family == "mel" and s.slope and not s.needs_std]


class TestConversion:
    def test_the_guides_bounds_elsewhere(self) -> None:
        assert convert_bound(0.6, GUIDE_MEL, Scale(kind="l1", space="ln-amp-mel")) == 0.3
        assert (
            convert_bound(0.6, GUIDE_MEL, Scale(kind="l1", space="ln-amp-mel", logged_factor=45))
            == 13.5
        )
        assert convert_bound(0.3, GUIDE_MEL, GUIDE_MEL) == 0.3

    def test_the_logged_factor_of_both_sides_counts(self) -> None:
        start, end = (
            Scale(kind="mse", space="log10-mel", logged_factor=4),
            Scale(kind="mse", space="log10-mel", logged_factor=10),
        )
        assert convert_bound(2.0, start, end) == 5.0
        assert conversion(start, end).is_exact

    def test_the_total_weight_and_the_mean_do_not_count(self) -> None:
        other = Scale(kind="l1", space="ln-power-mel", total_weight=7, mean=-4)
        assert convert_bound(0.3, GUIDE_MEL, other) == 0.3

    def test_a_std_divides_once_for_l1_and_twice_for_mse(self) -> None:
        l1 = convert_bound(
            1.0, Scale(kind="l1", space="ln-amp-mel"), Scale(kind="l1", space="z-ln-mel", std=2)
        )
        mse = convert_bound(
            1.0, Scale(kind="mse", space="ln-amp-mel"), Scale(kind="mse", space="z-ln-mel", std=2)
        )
        assert (l1, mse) == (0.5, 0.25)

    @pytest.mark.parametrize(
        ("start", "end", "reason"),
        [
            (
                GUIDE_MEL,
                Scale(kind="mse", space="ln-power-mel"),
                "an L1 bound says nothing about MSE",
            ),
            (
                Scale(kind="mse", space="ln-amp-mel"),
                GUIDE_MEL,
                "an MSE bound says nothing about L1",
            ),
            (
                GUIDE["duration_loss"],
                Scale(kind="mse", space="ln1p-frames"),
                "at least twice as high",
            ),
            (GUIDE["duration_loss"], Scale(kind="ce", space="ln1p-frames"), "nothing about ce"),
            (GUIDE_MEL, Scale(kind="l1", space="bark"), "the space `bark` is not known"),
            (GUIDE_MEL, Scale(kind="l1", space="ln-ampl-mel"), "did you mean `ln-amp-mel`?"),
            (GUIDE_MEL, Scale(kind="l1", space="linear-mel"), "no constant factor"),
            (GUIDE_MEL, Scale(kind="l1", space="z-ln-mel"), "needs the `std`"),
            (GUIDE_MEL, Scale(kind="l1", space="ln1p-frames"), "different things"),
            (GUIDE_MEL, Scale(kind="l1"), "the space is not declared"),
            (GUIDE_MEL, Scale(kind=None, space="ln-amp-mel"), "the kind of error is not declared"),
            (GUIDE_MEL, Scale(kind="l1", space="ln-amp-mel", floor=0.5), "hides too much"),
            (
                Scale(kind="rmse", space="ln-amp-mel"),
                Scale(kind="rmse", space="log10-mel"),
                "own space only",
            ),
        ],
    )
    def test_what_does_not_convert_says_why(self, start: Scale, end: Scale, reason: str) -> None:
        with pytest.raises(NotConvertible) as error:
            convert_bound(0.3, start, end)
        assert reason in str(error.value)

    def test_an_unknown_space_converts_to_itself(self) -> None:
        assert (
            convert_bound(
                0.3,
                Scale(kind="l1", space="bark"),
                Scale(kind="l1", space="bark", logged_factor=10),
            )
            == 3.0
        )
        with pytest.raises(NotConvertible):
            convert_bound(
                0.3, Scale(kind="l1", space="bark"), Scale(kind="l1", space="bark", std=2)
            )

    @given(
        st.sampled_from(SLOPED),
        st.sampled_from(SLOPED),
        st.sampled_from(SLOPED),
        st.sampled_from(["l1", "mse"]),
        st.floats(1e-3, 1e3),
    )
    def test_there_and_back_and_by_way_of_a_third(
        self, a: str, b: str, c: str, kind: str, factor: float
    ) -> None:
        start, middle = Scale(kind=kind, space=a, logged_factor=factor), Scale(kind=kind, space=b)
        direct = convert_bound(0.3, start, Scale(kind=kind, space=c))
        by_way = convert_bound(convert_bound(0.3, start, middle), middle, Scale(kind=kind, space=c))
        assert by_way == pytest.approx(direct)
        assert convert_bound(direct, Scale(kind=kind, space=c), start) == pytest.approx(0.3)

    def test_exact_is_said_of_constants_alone(self) -> None:
        base = Scale(kind="l1", space="ln-amp-mel")
        exact = {name for name in SLOPED if conversion(base, Scale(kind="l1", space=name)).is_exact}
        assert exact == {"ln-amp-mel", "raw-db-mel"}


def huber(errors: np.ndarray, delta: float) -> float:
    size = np.abs(errors)
    return float(np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)).mean())


ERRORS = arrays(np.float64, st.integers(1, 40), elements=st.floats(-30, 30).filter(bool))


class TestHuber:
    @given(ERRORS, st.floats(0.1, 10))
    def test_a_delta_that_moves_with_the_space_is_exact(
        self, errors: np.ndarray, delta: float
    ) -> None:
        start = Scale(kind="huber", space="ln-amp-mel", delta=delta)
        end = Scale(kind="huber", space="raw-db-mel", delta=delta * SPACES["raw-db-mel"].slope)
        found = conversion(start, end)
        decibels = huber(errors * SPACES["raw-db-mel"].slope, end.turn)
        assert found.is_exact
        assert huber(errors, delta) * found.factor == pytest.approx(decibels)

    @given(ERRORS, st.floats(0.97, 1.03))
    def test_a_delta_that_is_near_gives_about(self, errors: np.ndarray, ratio: float) -> None:
        start = Scale(kind="huber", space="ln1p-frames", delta=1.0)
        end = Scale(kind="huber", space="ln1p-frames", delta=ratio)
        assert huber(errors, 1.0) * conversion(start, end).factor == pytest.approx(
            huber(errors, ratio), rel=0.025
        )

    def test_near_and_too_far(self) -> None:
        start = Scale(kind="huber", space="ln1p-frames", delta=1.0)
        near = conversion(start, Scale(kind="huber", space="ln1p-frames", delta=1.049))
        assert not near.is_exact
        with pytest.raises(NotConvertible, match=r"only within a factor of 1\.1"):
            conversion(start, Scale(kind="huber", space="ln1p-frames", delta=1.051))

    def test_another_space_with_the_same_delta_is_refused(self) -> None:
        with pytest.raises(NotConvertible, match="within a factor of 2"):
            conversion(
                Scale(kind="huber", space="ln-amp-mel"),
                Scale(kind="huber", space="z-ln-mel", std=2),
            )

    def test_where_no_error_passes_delta_it_is_half_the_square(self) -> None:
        start = Scale(kind="huber", space="db01-mel", delta=1.0)
        end = Scale(kind="huber", space="db-mel", delta=9.0)
        found = conversion(start, end)
        assert found.factor == pytest.approx(64)
        assert not found.is_exact  # a model may answer outside the clipped range
        with pytest.raises(NotConvertible, match="nothing sure"):
            conversion(start, Scale(kind="huber", space="db-mel", delta=7.9))
