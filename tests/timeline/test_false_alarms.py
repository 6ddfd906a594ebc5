"""How often a level or falling series is said to do something else: a rate for each run, not look.

Every run is looked at after each of its 60 epochs, and a claim counts once it held for 2 epochs, as
rules ask. The rates are those that ``docs/decisions.md`` states.
"""

from __future__ import annotations

import numpy as np
import pytest

from healthlint.conditions.trend import states
from healthlint.logs import Series
from healthlint.timeline.bins import Grid, condense, windows
from healthlint.timeline.change import Change, change_over
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Length
from healthlint.timeline.truth import TRUE

EPOCHS = 60
RUNS = 300


def noise(rng: np.random.Generator, rho: float, *, heavy: bool) -> np.ndarray:
    """Return ``(RUNS, EPOCHS)`` values of unit deviation: AR(1), normal or Student's t of 3."""
    shape = (RUNS, EPOCHS + 50)
    e = rng.standard_t(3, shape) / np.sqrt(3) if heavy else rng.standard_normal(shape)
    for at in range(1, shape[1]):
        e[:, at] = rho * e[:, at - 1] + np.sqrt(1 - rho**2) * e[:, at]
    return e[:, 50:]


def change(values: np.ndarray, length: float) -> Change:
    """Return the changes over windows of a length, one value an epoch."""
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
    grid = Grid.of(series.records, Length(length, "epochs"), Clock.of([series]))
    bins = condense(series, grid, has_ended=True)
    return change_over(bins, windows(bins, length))


def rate(runs: np.ndarray, length: float, claim: str, size: float, first: int = 0) -> float:
    """Return the share of runs in which a claim held for 2 epochs, from an epoch on."""
    told = 0
    for values in runs:
        claimed = states(change(values, length), claim, size)[first:] == TRUE
        told += bool((claimed[2:] & claimed[1:-1] & claimed[:-2]).any())
    return told / len(runs)


@pytest.mark.parametrize(
    ("length", "rho", "heavy", "stated"),
    [
        (5.0, 0.0, False, 0.03),
        (5.0, 0.0, True, 0.03),
        (5.0, 0.5, False, 0.08),
        (5.0, 0.5, True, 0.08),
        (8.0, 0.5, True, 0.16),
        (5.0, 0.8, True, 0.40),
    ],
)
def test_a_level_series_is_said_to_rise(
    length: float, rho: float, heavy: bool, stated: float
) -> None:
    """A rise of any size: what the bounds alone are worth, without the size that rules ask for."""
    rng = np.random.default_rng(11)
    runs = 1 + 0.005 * noise(rng, rho, heavy=heavy)
    assert rate(runs, length, "up_by", 0.0) <= stated


@pytest.mark.parametrize(("sigma", "rho"), [(0.005, 0.5), (0.01, 0.0), (0.01, 0.5)])
def test_a_level_series_is_said_to_rise_by_two_percent(sigma: float, rho: float) -> None:
    """With the size that rules ask for the bounds are rarely what decides."""
    runs = 1 + sigma * noise(np.random.default_rng(12), rho, heavy=True)
    assert rate(runs, 5.0, "up_by", 0.02) <= 0.04


@pytest.mark.parametrize("sigma", [0.003, 0.005, 0.01])
@pytest.mark.parametrize(("length", "size"), [(5.0, 0.005), (8.0, 0.01)])
def test_a_falling_series_is_said_not_to_fall(sigma: float, length: float, size: float) -> None:
    """Falls by twice the size in every window: the two arms of ``tts/over-smoothing``."""
    curve = (1 - 2 * size) ** (np.arange(EPOCHS) / length)
    runs = curve * (1 + sigma * noise(np.random.default_rng(13), 0.5, heavy=True))
    assert rate(runs, length, "not_down_by", size) <= 0.02


@pytest.mark.parametrize(("each", "found"), [(0.005, 0.9), (0.01, 0.99)])
def test_what_is_left_of_sensitivity(each: float, found: float) -> None:
    """Falls 1.5 % an epoch, then rises: seen within 15 epochs, with the noise of real runs."""
    t = np.arange(EPOCHS)
    curve = np.exp(np.where(t < 20, -0.015 * t, -0.3 + each * (t - 20)))
    runs = curve * (1 + 0.005 * noise(np.random.default_rng(14), 0.5, heavy=True))
    assert rate(runs[:, :36], 5.0, "not_down_by", 0.005, first=20) >= found


def test_before_it_turns_it_is_hardly_ever_said_to_have() -> None:
    """The other side of the same curves: the epochs before the turn."""
    t = np.arange(EPOCHS)
    runs = np.exp(-0.015 * t) * (1 + 0.005 * noise(np.random.default_rng(15), 0.5, heavy=True))
    assert rate(runs, 5.0, "not_down_by", 0.005) <= 0.01
