"""Medians that leave out what is not finite, against ``statistics.median`` and plain loops."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.timeline.robust import best_so_far, row_median, trailing_median

numbers = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    width = draw(st.integers(1, 9))
    row = st.lists(numbers, min_size=width, max_size=width)
    return np.array(draw(st.lists(row, min_size=1, max_size=6)))


def median(values: list[float]) -> float:
    """Return the median of the finite values, NaN where there are none."""
    finite = [value for value in values if math.isfinite(value)]
    return statistics.median(finite) if finite else math.nan


@given(tables())
def test_row_median_is_that_of_the_finite_values(rows: np.ndarray) -> None:
    expected = [median(row) for row in rows.tolist()]
    np.testing.assert_allclose(row_median(rows), expected, rtol=1e-12, atol=1e-9)


@given(st.lists(numbers, max_size=30), st.sampled_from([1, 2, 3, 4, 5, 10]))
def test_trailing_median_is_that_of_the_last_values_if_all_are_finite(
    values: list[float], points: int
) -> None:
    expected = []
    for end in range(1, len(values) + 1):
        last = values[max(0, end - points) : end]
        is_known = len(last) == points and all(map(math.isfinite, last))
        expected.append(statistics.median(last) if is_known else math.nan)
    actual = trailing_median(np.array(values, float), points)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-9)


@given(st.lists(numbers, max_size=30))
def test_best_so_far_is_the_lowest_finite_value_and_its_latest_place(values: list[float]) -> None:
    best, where = best_so_far(np.array(values, float))
    for end in range(1, len(values) + 1):
        finite = [(value, -i) for i, value in enumerate(values[:end]) if math.isfinite(value)]
        expected, place = min(finite) if finite else (math.nan, 0)
        assert best[end - 1] == pytest.approx(expected, nan_ok=True)
        assert where[end - 1] == -place
