"""A course is claimed where order and number go together more than chance allows: both sides."""

from __future__ import annotations

import math

import pytest

from healthlint.probing.course import course


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ([1.0, 2.0], "too few"),
        ([1.0, 2.0, 3.0], "rising"),
        ([1.0, 2.0, math.nan], "too few"),
        ([1.0, 1.05, 1.11], "unclear"),
        ([1.0, 1.05, 1.12], "rising"),
        ([1.12, 1.05, 1.0], "falling"),
        ([1.0, 2.0, 4.0, 3.0], "unclear"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "rising"),
        ([1.0, 2.0, 3.0, 5.0, 4.0], "unclear"),  # Mann-Kendall: p = 0.09
        ([4.0, 5.0, 3.0, 2.0, 1.0], "unclear"),
        ([1.0, 2.0, 3.0, 4.0, 6.0, 5.0], "rising"),  # p = 0.024
        ([6.0, 5.0, 4.0, 2.0, 1.0, 3.0], "unclear"),  # p = 0.06
    ],
)
def test_a_direction_and_what_is_just_none(values: list[float], direction: str) -> None:
    assert course("sharpness", "", values, is_ordered=True).direction == direction


def test_without_an_order_there_is_no_direction() -> None:
    assert course("sharpness", "", [1.0, 2.0, 3.0], is_ordered=False).direction == "too few"
