"""A group is in trouble where a member is; members that are absent neither clear nor keep it."""

from __future__ import annotations

import numpy as np
import pytest

from healthlint.timeline.members import any_present
from healthlint.timeline.truth import FALSE, TRUE, UNKNOWN, Truth

SIGNS = {"t": TRUE, "f": FALSE, "?": UNKNOWN}


def truth(text: str, *, valid: int | None = None) -> Truth:
    """Return a truth with a state at each record that is not a dot; it is carried ``valid`` on."""
    records = np.array([i for i, sign in enumerate(text) if sign != "."], np.int64)
    states = np.array([SIGNS[sign] for sign in text if sign != "."], np.int8)
    if valid is None:
        return Truth(records, states)
    return Truth(records, states, lambda which: records[which] + valid)


def spelled(found: Truth) -> str:
    signs = {int(state): sign for sign, state in SIGNS.items()}
    return "".join(signs[int(state)] for state in found.states)


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
