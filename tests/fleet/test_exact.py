"""The exact tests against scipy's, and what is wrong where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from healthlint.fleet.exact import ENOUGH, fisher, holm, rank_permutation

counts = st.integers(0, 60)


@given(counts, counts, counts, counts)
def test_fisher_is_scipys(a: int, b: int, c: int, d: int) -> None:
    wanted = stats.fisher_exact([[a, b], [c, d]]).pvalue
    assert fisher(a, a + b, a + c, a + b + c + d) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.7, 1.5])
def test_permutation_is_near_the_exact_mann_whitney(shift: float) -> None:
    draw = np.random.default_rng(3)
    first, second = draw.normal(shift, 1, 25), draw.normal(0, 1, 30)
    wanted = stats.mannwhitneyu(first, second, method="exact").pvalue
    is_first = np.arange(55) < 25
    found = rank_permutation(np.append(first, second), is_first, 9999, "a")
    assert found == pytest.approx(wanted, rel=0.5, abs=3e-4)


def test_the_smallest_chance_is_one_in_all_draws() -> None:
    values, is_first = np.arange(60.0), np.arange(60) < 30
    assert rank_permutation(values, is_first, 999, "a") == 1 / 1000


def test_no_more_is_drawn_than_tells() -> None:
    values, is_first = np.ones(40), np.arange(40) < 20
    assert rank_permutation(values, is_first, 10**9, "a") == ENOUGH / ENOUGH


def test_equal_names_draw_equal_chances() -> None:
    draw = np.random.default_rng(5)
    values, is_first = draw.normal(0, 1, 50), np.arange(50) < 20
    assert len({rank_permutation(values, is_first, 999, "a") for _ in range(3)}) == 1


def test_holm_never_falls_and_never_exceeds_one() -> None:
    assert holm([0.04, 0.03, 0.9]) == [0.09, 0.09, 0.9]
    assert holm([]) == []
