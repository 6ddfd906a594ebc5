"""Scales: recognised where they can be, refused where they cannot, and all alike afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from spectrogram.voices import voice

from healthlint.spectrogram import Front, SpectrogramError, log_mel
from healthlint.spectrogram.scales import FACTORS, scaled, upright

MEL = log_mel(voice(5), Front())


@pytest.mark.parametrize("scale", ["ln-amp", "ln-power", "db"])
def test_a_scale_is_recognised(scale: str) -> None:
    made, name = scaled(MEL / FACTORS[scale])
    assert name == scale
    assert np.allclose(made, MEL)


@pytest.mark.parametrize("scale", sorted(FACTORS))
def test_a_declared_scale_is_believed(scale: str) -> None:
    made, name = scaled(MEL / FACTORS[scale], scale)
    assert name == scale
    assert np.allclose(made, MEL)


def test_a_small_spread_is_log10() -> None:
    assert scaled(MEL / FACTORS["log10-amp"])[1] == "log10-amp"


@pytest.mark.parametrize(("scale", "values"), [("amp", np.exp(MEL)), ("power", np.exp(2 * MEL))])
def test_linear_values_must_be_declared(scale: str, values: np.ndarray) -> None:
    with pytest.raises(SpectrogramError, match="--scale amp or power"):
        scaled(values)
    assert np.allclose(scaled(values, scale)[0], MEL, atol=1e-6)


def test_normalised_values_have_no_unit() -> None:
    assert scaled((MEL - MEL.mean()) / MEL.std())[1] == "z-scored"


@pytest.mark.parametrize(
    ("values", "scale", "words"),
    [
        ((MEL - MEL.min()) / np.ptp(MEL), "", "0 to 1"),
        (MEL, "ln", "unknown scale 'ln'"),
        (MEL, "amp", "are negative"),
        (np.full((80, 9), np.inf), "", "720 of 720 values are not finite"),
        (0.01 * MEL, "", "no scale of speech"),
        (np.array([["a"]]), "", "type <U1"),
    ],
)
def test_what_is_refused(values: np.ndarray, scale: str, words: str) -> None:
    with pytest.raises(SpectrogramError) as error:
        scaled(values, scale)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("shape", "bands", "expected"),
    [
        ((80, 431), 0, (80, 431)),
        ((431, 80), 0, (80, 431)),
        ((1, 80, 431), 0, (80, 431)),
        ((80, 16), 0, (80, 16)),
        ((16, 80), 80, (80, 16)),
        ((50, 80), 50, (50, 80)),
        ((23, 431), 0, (23, 431)),
        ((431, 23), 0, (23, 431)),
    ],
)
def test_which_side_is_frequency(
    shape: tuple[int, ...], bands: int, expected: tuple[int, int]
) -> None:
    assert upright(np.zeros(shape), bands).shape == expected


@pytest.mark.parametrize(
    ("shape", "bands"), [((80,), 0), ((0, 80), 0), ((2, 80, 9), 0), ((80, 9), 64)]
)
def test_no_side_is_frequency(shape: tuple[int, ...], bands: int) -> None:
    with pytest.raises(SpectrogramError):
        upright(np.zeros(shape), bands)


@pytest.mark.parametrize("top", [1.0, 4.0])
def test_a_mel_squeezed_into_a_range_about_zero_is_refused(top: float) -> None:
    values = np.random.default_rng(0).standard_normal((80, 200))
    squeezed = top * (2 * (values - values.min()) / np.ptp(values) - 1)
    with pytest.raises(SpectrogramError, match="squeezed into a range about 0"):
        scaled(squeezed)
    assert scaled(squeezed, "ln-amp")[1] == "ln-amp"
