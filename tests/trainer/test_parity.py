"""A device against the CPU; here the CPU against itself, and gradients that are made to differ."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from healthlint.trainer.parity import (
    MOST_OF_GRADIENT,
    MOST_OF_LOSS,
    SHAPES,
    Parity,
    compare,
    farthest,
)

SMALL = ((2, 6, 30), (3, 8, 44), (2, 6, 30))


def test_the_cpu_computes_what_the_cpu_computes() -> None:
    made = list(compare(torch.device("cpu"), SMALL))
    assert [one.shape for one in made] == list(SMALL)
    assert all(one.loss == one.gradient == 0 and one.is_same for one in made)


def test_a_batch_of_another_shape_passes_the_bound_of_the_known_fault() -> None:
    (first, second, third) = (clips * frames for clips, _, frames in SHAPES)
    assert first == third < 32768 < second


@pytest.mark.parametrize(
    ("loss", "gradient", "is_same"),
    [
        (MOST_OF_LOSS, MOST_OF_GRADIENT, True),
        (MOST_OF_LOSS * 1.01, 0, False),
        (0, MOST_OF_GRADIENT * 1.01, False),
        (math.nan, 0, False),
        (0, math.inf, False),
    ],
)
def test_what_the_order_of_sums_explains(loss: float, gradient: float, is_same: bool) -> None:
    assert Parity((1, 1, 1), loss, gradient, "").is_same is is_same


@pytest.mark.parametrize(
    ("spoil", "distance"),
    [
        (lambda one: one * 1000, 999.0),
        (lambda one: one * 0, 1.0),
        (lambda one: one + math.nan, math.inf),
    ],
)
def test_a_gradient_that_differs_is_named(spoil, distance: float) -> None:
    own = {"a": torch.ones(4), "b": torch.full((3,), 2.0)}
    found, name = farthest(own, {**own, "b": spoil(own["b"])})
    assert (round(found, 3), name) == (distance, "b")


def test_a_gradient_that_is_missing_is_infinitely_far() -> None:
    assert farthest({"a": torch.ones(2)}, {}) == (math.inf, "a")
