"""Bins and windows against plain loops: medians, when a bin may be judged, what a window holds."""

from __future__ import annotations

import math
import statistics

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from healthlint.logs import Series
from healthlint.timeline.bins import Bins, Grid, bin_width, condense, windows
from healthlint.timeline.clock import Clock
from healthlint.timeline.quantities import Length

EPOCHS = Length(20.0, "epochs")
"""Its bins are one epoch wide."""


def binned(epochs: list[float], values: list[float], *, has_ended: bool = False) -> Bins:
    n = len(epochs)
    unknown = np.full(n, np.nan)
    at = np.arange(n) * 2  # records of others lie between
    series = Series(
        metric="loss",
        split="",
        name="loss",
        records=at,
        steps=unknown,
        epochs=np.array(epochs, float),
        times=unknown,
        values=np.array(values, float),
    )
    grid = Grid.of(at, EPOCHS, Clock.of([series]))
    return condense(series, grid, has_ended=has_ended)


@st.composite
def logged(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Draw rising epochs, several values in some of them, none in others."""
    sizes = draw(st.lists(st.integers(0, 6), min_size=1, max_size=12))
    epochs = [float(epoch) for epoch, size in enumerate(sizes, 1) for _ in range(size)]
    value = st.floats(0, 10) | st.sampled_from([math.nan, math.inf])
    return epochs, draw(st.lists(value, min_size=len(epochs), max_size=len(epochs)))


def test_positions_beyond_all_numbers() -> None:
    """Where one more makes no difference, a series has bins all the same."""
    for first in (2.0**60, 1e300):
        found = binned([first, first, 2 * first], [3.0, 1.0, 2.0])
        assert found.values.tolist() == [2.0, 2.0]
        assert found.last.tolist() == [1, 2]


def median(values: list[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return statistics.median(finite) if finite else math.nan


@given(logged(), st.booleans())
def test_bins_are_medians_judged_once_they_are_known(
    log: tuple[list[float], list[float]], has_ended: bool
) -> None:
    """At once after a bin of one value, else when the next one begins, or the run has ended."""
    epochs, values = log
    bins = binned(epochs, values, has_ended=has_ended)
    groups = [[i for i, e in enumerate(epochs) if e == epoch] for epoch in sorted(set(epochs))]
    assert len(bins) == len(groups)
    for k, group in enumerate(groups):
        whole = median([values[i] for i in group])
        np.testing.assert_allclose(bins.values[k], whole)
        assert bins.last[k] == group[-1]
        is_at_once = k > 0 and len(groups[k - 1]) == 1
        is_last = k + 1 == len(groups)
        is_closed = not is_last or has_ended or is_at_once
        assert (k < len(bins.judged)) == is_closed
        if not is_closed:
            continue
        if is_at_once:
            np.testing.assert_allclose(bins.judged[k], median([values[group[0]]]))
            assert (bins.records[k], bins.judged_last[k]) == (2 * group[0], group[0])
        else:
            np.testing.assert_allclose(bins.judged[k], whole)
            closing = group[-1] if is_last else groups[k + 1][0]
            assert (bins.records[k], bins.judged_last[k]) == (2 * closing, group[-1])


def test_points_without_a_position_are_left_out() -> None:
    bins = binned([math.nan, 1, math.nan, 2, 3], [9, 1, 9, 2, 3])
    assert bins.values.tolist() == [1, 2, 3]
    assert bins.last.tolist() == [1, 3, 4]
    assert len(binned([math.nan] * 3, [1, 2, 3])) == 0


def test_a_twentieth_of_the_length_but_never_less_than_a_point() -> None:
    assert bin_width(Length(5.0, "epochs")) == 0.25
    assert bin_width(Length(100.0, "points")) == 5.0
    assert bin_width(Length(10.0, "points")) == 1.0


@given(logged(), st.integers(1, 8))
def test_windows_hold_the_bins_from_their_start_to_their_end(
    log: tuple[list[float], list[float]], length: int
) -> None:
    bins = binned(*log)
    found = windows(bins, float(length))
    assert len(found.first) == len(bins.judged)
    for k, end in enumerate(bins.judged_axis):
        inside = [i for i in range(k + 1) if bins.axis[i] >= end - length]
        assert [*range(found.first[k], k + 1)] == inside
        expected = [*bins.values[inside[:-1]], bins.judged[k]]
        np.testing.assert_array_equal(found.y[k][-len(inside) :], expected)
        np.testing.assert_array_equal(found.x[k][-len(inside) :], bins.axis[inside] - end)
        assert found.is_full[k] == (bins.axis[0] <= end - length)
