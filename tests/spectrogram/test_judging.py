"""Verdicts: near misses on both sides of each bound."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from healthlint.spectrogram.judging import baseline, judge, share
from healthlint.spectrogram.score import Sharpness

NAN = math.nan
GOOD = Sharpness(0.9, 0.6, -4.8, 5.4, 6.0, -0.30, -4.5, -5.1, -3.9, 4.0, False)
SIX = [replace(GOOD, total_db=0.6 + 0.4 * way) for way in (-2, -1, -0.5, 0.5, 1, 2)]


def found(**changes: float) -> str:
    return str(judge(replace(GOOD, **changes), baseline(SIX)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "sharp"),
        ({"total_db": 3.0}, "sharp"),
        ({"total_db": -0.5}, "sharp"),
        ({"total_db": -0.6}, "cannot tell"),
        ({"total_db": -1.3}, "cannot tell"),
        ({"total_db": -1.5}, "blurred"),
        (
            {"total_db": -7.2, "fast_db": -7.1, "time_db": -11.7, "frequency_db": 4.5},
            "blurred (time)",
        ),
        (
            {"total_db": -5.8, "fast_db": -5.9, "detail_db": -7.4, "frequency_db": 1.7},
            "blurred (frequency)",
        ),
        (
            {
                "total_db": -12.0,
                "fast_db": -7.5,
                "detail_db": -7.6,
                "frequency_db": 1.2,
                "time_db": -13,
            },
            "blurred (both)",
        ),
        ({"total_db": -5.0, "static_db": -0.8}, "blurred (time)"),
        ({"static_db": 0.14}, "sharp"),
        ({"static_db": 0.16}, "static"),
        ({"noise_db": -3.7}, "sharp"),
        ({"noise_db": -3.5}, "noisy"),
        ({"seconds": 0.4}, "cannot tell"),
        ({"total_db": NAN}, "cannot tell"),
    ],
)
def test_against_a_reference(changes: dict[str, float], expected: str) -> None:
    assert found(**changes) == expected


def test_silence_is_told_first() -> None:
    assert str(judge(replace(GOOD, is_silent=True, static_db=1.0), baseline(SIX))) == "silent"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "cannot tell"),
        ({"total_db": -8.1}, "cannot tell"),
        ({"total_db": -8.3}, "blurred"),
        ({"static_db": 0.16}, "static"),
        ({"noise_db": -2.3}, "cannot tell"),
        ({"noise_db": -2.1}, "noisy"),
    ],
)
def test_alone(changes: dict[str, float], expected: str) -> None:
    verdict = judge(replace(GOOD, **changes))
    assert (str(verdict), verdict.against) == (expected, "alone")
    assert math.isnan(verdict.deficit_db)


@pytest.mark.parametrize(("total_db", "expected"), [(0.5, "cannot tell"), (-3.0, "blurred")])
def test_against_its_own_past(total_db: float, expected: str) -> None:
    past = baseline(SIX[:3], "history")
    assert judge(replace(GOOD, total_db=total_db), past).name == expected


def test_nothing_to_compare_with() -> None:
    assert baseline([]) is None
    assert baseline([replace(GOOD, total_db=NAN)]) is None


def test_few_references_and_short_sound_are_less_sure() -> None:
    one, six = baseline(SIX[:1]), baseline(SIX)
    assert judge(GOOD, one).uncertainty_db > judge(GOOD, six).uncertainty_db
    short = replace(GOOD, seconds=0.8)
    assert judge(short, six).uncertainty_db > judge(GOOD, six).uncertainty_db


def test_a_share_is_never_above_one() -> None:
    assert [share(deficit) for deficit in (-3.0, 0.0, 20.0)] == [1.0, 1.0, 0.1]


def test_spectrograms_with_other_bands_are_not_compared() -> None:
    known = baseline([replace(one, by_band=(0.0,) * 80) for one in SIX])
    assert str(judge(replace(GOOD, by_band=(0.0,) * 80), known)) == "sharp"
    other = judge(replace(GOOD, total_db=-9.0, by_band=(0.0,) * 64), known)
    assert (str(other), math.isnan(other.deficit_db)) == ("cannot tell", True)
    assert other.reason == "64 bands, but the reference has 80: not comparable"
    assert str(judge(replace(GOOD, static_db=0.5, by_band=(0.0,) * 64), known)) == "static"


def test_the_usual_number_of_bands_makes_a_baseline() -> None:
    mixed = [replace(one, by_band=(0.0,) * (64 if at else 80)) for at, one in enumerate(SIX)]
    known = baseline(mixed)
    assert known is not None
    assert (known.count, known.bands) == (5, 64)


def test_a_tone_is_not_static() -> None:
    tone = replace(GOOD, total_db=NAN, frequency_db=NAN, static_db=0.4)
    assert str(judge(tone, baseline(SIX))) == "cannot tell"
