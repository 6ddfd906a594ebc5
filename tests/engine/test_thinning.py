"""Thinned curves look like the whole ones: nothing that a pixel column shows is lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from healthlint.engine.thinning import thinned

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(ys=st.lists(FLOATS, max_size=200), columns=st.integers(1, 9))
def test_every_column_keeps_its_ends_and_extremes(ys: list[float], columns: int) -> None:
    xs, values = np.arange(float(len(ys))), np.array(ys, dtype=np.float64)
    ends = (0.0, float(max(len(ys) - 1, 0)))
    kept = thinned(xs, values, ends, columns)
    assert len(kept) <= 5 * columns
    assert np.all(np.diff(kept) > 0)
    width = ends[1] / columns if ends[1] else 1.0
    column = np.minimum((xs / width + 1e-12).astype(int), columns - 1)
    for each in range(columns):
        finite = np.flatnonzero((column == each) & np.isfinite(values))
        if len(finite):
            shown = set(values[[i for i in kept if column[i] == each and np.isfinite(values[i])]])
            wanted = values[finite]
            assert {wanted[0], wanted[-1], wanted.min(), wanted.max()} <= shown


@given(ys=st.lists(FLOATS, max_size=60))
def test_few_points_are_all_kept(ys: list[float]) -> None:
    xs = np.arange(float(len(ys)))
    kept = thinned(xs, np.array(ys, dtype=np.float64), (0.0, float(len(ys))), 1000)
    assert kept.tolist() == list(range(len(ys)))


def test_one_spike_among_many_points_is_kept() -> None:
    values = np.ones(100_000)
    values[54_321] = 34.0
    kept = thinned(np.arange(100_000.0), values, (0.0, 99_999.0), 700)
    assert 54_321 in kept
    assert len(kept) < 3_600


def test_the_first_value_that_is_not_finite_is_kept() -> None:
    values = np.ones(1000)
    values[500:] = np.nan
    kept = thinned(np.arange(1000.0), values, (0.0, 999.0), 10)
    assert {499, 500} <= set(kept.tolist())
