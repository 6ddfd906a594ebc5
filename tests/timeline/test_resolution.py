"""The resolution of a series is the step its writer rounded to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.timeline.resolution import resolution


@given(
    decimals=st.integers(2, 6),
    seed=st.integers(0, 2**16),
    level=st.sampled_from([0.3, 3.0, 40.0]),
)
def test_rounded_values_show_their_decimals(decimals: int, seed: int, level: float) -> None:
    """Thirty values with digits up to the last decimal: exactly that step is found."""
    rng = np.random.default_rng(seed)
    values = np.round(level * (1 + 0.1 * rng.random(30)), decimals)
    assert resolution(values[None, :])[0] == pytest.approx(10.0**-decimals)


@given(seed=st.integers(0, 2**16), dtype=st.sampled_from([np.float64, np.float32]))
def test_full_precision_has_no_resolution(seed: int, dtype: type) -> None:
    values = np.random.default_rng(seed).random(12).astype(dtype).astype(np.float64)
    assert resolution(values[None, :])[0] == 0.0


def test_rounding_before_single_precision_is_still_seen() -> None:
    """0.41 as a 32-bit float reads 0.4099999964237213."""
    values = np.round(np.linspace(0.3, 0.5, 20), 2).astype(np.float32).astype(np.float64)
    assert resolution(values[None, :])[0] == pytest.approx(0.01)


def test_bits_of_half_precision_are_seen() -> None:
    """Values between a half and one have steps of 1/256 in bfloat16."""
    values = np.round(np.linspace(0.5, 0.9, 20) * 256) / 256
    assert resolution(values[None, :])[0] == 1 / 256


def test_coarse_steps_are_not_believed_of_small_values() -> None:
    """0.9, 0.8, 0.7 are multiples of 0.1, and of 0.01 like every number of two decimals."""
    assert resolution(np.array([[0.9, 0.8, 0.7]]))[0] == pytest.approx(0.01)
    assert resolution(np.array([[19.9, 20.1, 20.4]]))[0] == pytest.approx(0.1)


def test_rows_are_judged_apart_and_gaps_are_left_out() -> None:
    rows = np.array([[0.412, np.nan, 0.409], [1 / 3, 0.5, 0.25], [np.nan, np.inf, np.nan]])
    found = resolution(rows)
    assert found[:2].tolist() == [0.001, 0.0]
    assert len(found) == 3
