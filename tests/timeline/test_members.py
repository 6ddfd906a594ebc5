"""A group is in trouble where a member is; members that are absent neither clear nor keep it."""

from __future__ import annotations

import pytest
from timeline.spelling import spelled, truth

from healthlint.timeline.members import any_present


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("fft", "fff", "fft"),
        ("ftf", "ff?", "ft?"),
        ("fff", "??f", "fff"),
        ("fff", "???", "fff"),
        ("fff", "..f", "fff"),
        ("fff", "f??", "f??"),
        ("???", "???", "???"),
    ],
    ids=["trouble", "unknown", "leading", "never decided", "late", "lost", "nothing"],
)
def test_any_present(one: str, other: str, expected: str) -> None:
    assert spelled(any_present([truth(one), truth(other)])) == expected
    assert spelled(any_present([truth(other), truth(one)])) == expected


def test_a_member_that_is_no_longer_logged_does_not_keep_the_group_open() -> None:
    """The other ends at record 1 and is carried for one record more."""
    found = any_present([truth("fffff"), truth("ff...", valid=1)])
    assert spelled(found) == "fffff"


def test_trouble_of_a_member_that_is_no_longer_logged_ends_when_it_goes_stale() -> None:
    found = any_present([truth("fffff"), truth("ft...", valid=1)])
    assert spelled(found) == "fttff"


def test_of_one_member_is_the_member() -> None:
    assert spelled(any_present([truth("?ft?f")])) == "?ft?f"
