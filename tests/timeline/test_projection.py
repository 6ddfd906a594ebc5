"""When a falling series will come below a bound."""

from __future__ import annotations

import math

import numpy as np
import pytest

from healthlint.timeline.projection import project

EPOCHS = np.arange(1.0, 16.0)
CURVES = [(0.2, 1.0, 5.0), (0.3, 2.0, 20.0), (0.1, 1.0, 3.0), (0.25, 0.6, 6.0), (0.4, 1.0, 12.0)]


def exponential(floor: float, size: float, decay: float) -> np.ndarray:
    return floor + size * np.exp(-EPOCHS / decay)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("share", [0.95, 0.8, 0.6, 0.4])
def test_the_crossing_of_an_exact_exponential_lies_in_the_interval(
    curve: tuple[float, float, float], share: float
) -> None:
    """The bound lies at a share of what is left above the floor."""
    floor, size, decay = curve
    values = exponential(*curve)
    bound = floor + share * (values[-1] - floor)
    crossing = -decay * math.log((bound - floor) / size)
    found = project(EPOCHS, values, float(bound))
    assert found is not None
    assert found.low <= crossing <= found.high


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_lower_bound_is_reached_later(curve: tuple[float, float, float], noise: float) -> None:
    spread = 1 + noise * np.random.default_rng(0).standard_normal(len(EPOCHS))
    values = exponential(*curve) * spread
    bounds = np.linspace(values[-1] * 0.999, values[-1] * 0.2, 25)
    found = [project(EPOCHS, values, float(bound)) for bound in bounds]
    for name in ("low", "middle", "high"):
        at = [getattr(one, name) for one in found]
        assert at == sorted(at)
    assert all(one is not None and one.low <= one.middle <= one.high for one in found)
    assert all(one is not None and one.low >= EPOCHS[-1] for one in found)


def test_far_below_the_floor_is_never() -> None:
    found = project(EPOCHS, exponential(0.5, 1.0, 2.0), 0.1)
    assert found is not None
    assert found.middle == found.high == math.inf


def test_flat_is_never() -> None:
    found = project(EPOCHS, np.ones(15), 0.5)
    assert found is not None
    assert found.high == math.inf


@pytest.mark.parametrize(
    ("count", "bound", "is_told"),
    [(4, 0.1, False), (5, 0.1, True), (15, 0.0, False), (15, -1.0, False), (15, 2.0, False)],
    ids=["four values", "five values", "bound of 0", "negative bound", "passed already"],
)
def test_nothing_is_said_of_too_little(count: int, bound: float, is_told: bool) -> None:
    values = exponential(0.2, 1.0, 8.0)
    assert (project(EPOCHS[:count], values[:count], bound) is not None) == is_told


def test_values_that_are_not_finite_do_not_count() -> None:
    values = exponential(0.2, 1.0, 8.0)
    spoilt = values.copy()
    spoilt[[3, 9]] = math.nan, math.inf
    kept = np.isfinite(spoilt)
    assert project(EPOCHS, spoilt, 0.3) == project(EPOCHS[kept], values[kept], 0.3)
    assert project(EPOCHS, np.where(EPOCHS < 12, math.nan, values), 0.3) is None


def test_late_on_the_axis_is_as_good_as_early() -> None:
    """At epoch 20,000 no shape is so small that it counts as nothing."""
    x = np.arange(20_000.0, 20_200)
    found = project(x, 0.5 + np.exp(-(x - 20_000) / 100), 0.55)
    assert found is not None
    assert found.low <= 20_000 + 100 * np.log(20) <= found.high
