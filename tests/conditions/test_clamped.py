"""The quick look for equal values never hides a clamp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.conditions import clamped


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5, float("nan")]), min_size=1, max_size=80),
    st.sampled_from([0.11, 0.2, 0.34, 0.5, 0.9]),
    st.integers(20, 60),
)
def test_without_equal_values_near_one_another_nothing_is_clamped(
    chosen: list[float], share: float, points: int
) -> None:
    noise = np.random.default_rng(len(chosen)).uniform(0.6, 1, len(chosen))
    values = np.where(np.isnan(chosen), noise, chosen)
    padded = np.concatenate([np.full(points - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, points)
    known = np.isfinite(windows).sum(axis=1)
    equal = (windows == np.fmax.reduce(windows, axis=1)[:, None]).sum(axis=1)
    is_clamped = ((known >= 20) & (equal >= share * known)).any()

    known_ones = values[np.isfinite(values)]
    assert clamped._may_repeat(known_ones, share, points) or not is_clamped


@pytest.mark.parametrize(("apart", "may"), [(6, True), (7, False)])
def test_four_of_twenty_are_at_most_six_apart(apart: int, may: bool) -> None:
    values = np.linspace(1, 2, 40)
    values[[10, 10 + apart]] = 3.0

    assert clamped._may_repeat(values, 0.2, 30) is may


def test_known_values_are_counted_as_in_the_window() -> None:
    values = np.array([1.0, np.nan, 2.0, np.nan, np.nan, 3.0, 4.0])
    looked = np.arange(len(values))

    assert clamped._known(np.isfinite(values), looked, 3).tolist() == [1, 1, 2, 1, 1, 1, 2]
