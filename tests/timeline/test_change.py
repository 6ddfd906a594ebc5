"""The change over a window and its noise, against SciPy and against what was put in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from healthlint.logs import Series
from healthlint.timeline.bins import Bins, Grid, Windows, condense, windows
from healthlint.timeline.change import Change, _theil_sen, change_over, past_noise
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Length

stats = pytest.importorskip("scipy.stats")


def changes(values: np.ndarray, length: float) -> tuple[Bins, Windows, Change]:
    """Return the changes over windows of a length of a series with one value an epoch."""
    at, unknown = np.arange(len(values)), np.full(len(values), np.nan)
    series = Series(
        metric="loss",
        split="",
        name="loss",
        records=at,
        steps=unknown,
        epochs=at + 1.0,
        times=unknown,
        values=values,
    )
    bins = condense(series, Grid.of(at, Length(length, "epochs"), Clock.of([series])))
    found = windows(bins, length)
    return bins, found, change_over(bins, found)


values = st.lists(st.floats(-100, 100) | st.just(float("nan")), min_size=2, max_size=20)


@given(values, st.data())
def test_slope_is_that_of_scipy(drawn: list[float], data: st.DataObject) -> None:
    y = np.array(drawn)
    gaps = data.draw(st.lists(st.integers(0, 5), min_size=len(y), max_size=len(y)))
    x = np.cumsum(gaps).astype(float)
    kept = np.isfinite(y)
    assume(len(set(x[kept])) > 1)
    expected = stats.theilslopes(y[kept], x[kept]).slope
    assert _theil_sen(x[None], y[None])[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_change_is_that_of_scipys_line_relative_to_the_start_of_the_window() -> None:
    y = np.exp(-np.arange(40) / 15) + 0.3 + 0.05 * np.random.default_rng(0).standard_normal(40)
    _, found, change = changes(y, 10.0)
    assert len(found.first) == 40
    assert np.isnan(change.value[:10]).all()
    for end in range(10, 40):
        part = slice(end - 10, end + 1)
        line = stats.theilslopes(y[part], np.arange(-10.0, 1.0), method="joint")
        expected = line.slope * 10 / (line.intercept - line.slope * 10)
        assert change.value[end] == pytest.approx(expected, rel=1e-9)
        assert change.low[end] < change.value[end] < change.high[end]


def test_noise_of_white_noise_is_its_deviation_beside_the_stated_widening() -> None:
    """Averaged over the places where all 12 differences are there; widened by 1 + 2 / 12."""
    rng = np.random.default_rng(2)
    for sigma in (0.01, 1.0):
        found = np.array([past_noise(sigma * rng.standard_normal(60))[15:] for _ in range(200)])
        assert found.mean() / (1 + 2 / 12) == pytest.approx(sigma, rel=0.15)


def test_noise_is_never_below_the_deviation_on_average() -> None:
    """From three differences on; few of them are widened more."""
    rng = np.random.default_rng(3)
    found = np.array([past_noise(rng.standard_normal(30)) for _ in range(400)])
    assert np.isnan(found[:, :5]).all()
    assert (found[:, 5:].mean(axis=0) > 1.0).all()


@pytest.mark.parametrize("decay", [10.0, 20.0, 50.0])
def test_a_smooth_curve_has_next_to_no_noise(decay: float) -> None:
    curve = 0.3 + np.exp(-np.arange(60) / decay)
    assert np.nanmax(past_noise(curve) / curve) < 1e-3


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_noise_is_blind_to_a_parabola(degree: int) -> None:
    assert np.nanmax(past_noise(np.arange(20.0) ** degree)) < 1e-12


def test_noise_scales_with_the_series_and_forgets_its_level() -> None:
    y = np.random.default_rng(4).standard_normal(30)
    np.testing.assert_allclose(past_noise(5 * y + 7)[5:], 5 * past_noise(y)[5:])


def test_noise_looks_back_only() -> None:
    y = np.random.default_rng(5).standard_normal(30)
    for end in range(1, 30):
        np.testing.assert_array_equal(past_noise(y[:end]), past_noise(y)[:end])
