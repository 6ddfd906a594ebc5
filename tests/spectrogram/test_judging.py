"""Verdicts: near misses on both sides of each bound."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from healthlint.spectrogram.judging import baseline, judge, share, together
from healthlint.spectrogram.score import Sharpness

NAN = math.nan
GOOD = Sharpness(
    overall=0.9,
    total_db=2.0,
    time_db=-3.4,
    frequency_db=5.4,
    harmonic_db=6.0,
    static_db=-0.30,
    noise_db=-4.5,
    fast_db=-4.3,
    onset_db=3.5,
    detail_db=-3.9,
    seconds=4.0,
    is_silent=False,
    reach_hz=7700.0,
)
SIX = [replace(GOOD, total_db=2.0 + 0.4 * way) for way in (-2, -1, -0.5, 0.5, 1, 2)]


def found(**changes: float) -> str:
    return str(judge(replace(GOOD, **changes), baseline(SIX)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "sharp"),
        ({"total_db": 4.4}, "sharp"),
        ({"total_db": 1.9}, "sharp"),
        ({"total_db": 1.8}, "cannot tell"),
        ({"total_db": 0.3}, "cannot tell"),
        ({"total_db": 0.2}, "blurred"),
        (
            {"total_db": -5.2, "fast_db": -6.1, "time_db": -7.0, "frequency_db": 4.5},
            "blurred (time)",
        ),
        (
            {"total_db": -2.4, "fast_db": -4.9, "detail_db": -7.4, "frequency_db": 2.2},
            "blurred (frequency)",
        ),
        (
            {"total_db": -9.0, "fast_db": -6.3, "detail_db": -7.6, "frequency_db": 1.7},
            "blurred (both)",
        ),
        ({"total_db": -2.0, "static_db": -0.8}, "blurred (time)"),
        ({"static_db": 0.14}, "sharp"),
        ({"static_db": 0.16}, "static"),
        ({"noise_db": -3.7}, "sharp"),
        ({"noise_db": -3.5}, "noisy"),
        ({"seconds": 0.4}, "cannot tell"),
        ({"total_db": NAN}, "cannot tell"),
        ({"reach_hz": 6100.0}, "sharp"),
        ({"reach_hz": 5900.0}, "cannot tell"),
    ],
)
def test_against_a_reference(changes: dict[str, float], expected: str) -> None:
    assert found(**changes) == expected


def test_sound_that_ends_earlier_is_not_compared() -> None:
    verdict = judge(replace(GOOD, reach_hz=4200.0, total_db=-9.0), baseline(SIX))
    assert verdict.reason == "it ends at 4.2 kHz, the reference at 7.7: not comparable"
    assert math.isnan(verdict.deficit_db)
    alike = baseline([replace(one, reach_hz=4300.0) for one in SIX])
    assert judge(replace(GOOD, reach_hz=4200.0, total_db=-9.0), alike).name == "blurred"


def test_sound_that_ends_before_blur_is_seen_says_so() -> None:
    given = replace(GOOD, reach_hz=3200.0, total_db=NAN, frequency_db=NAN)
    assert judge(given).reason == "it ends at 3.2 kHz: blur is seen from 3 kHz on"


def test_static_has_no_deficit() -> None:
    assert math.isnan(judge(replace(GOOD, static_db=0.5), baseline(SIX)).deficit_db)


def test_silence_is_told_first() -> None:
    assert str(judge(replace(GOOD, is_silent=True, static_db=1.0), baseline(SIX))) == "silent"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "cannot tell"),
        ({"total_db": -1.3}, "cannot tell"),
        ({"total_db": -1.5}, "blurred"),
        ({"static_db": 0.16}, "static"),
        ({"noise_db": -2.3}, "cannot tell"),
        ({"noise_db": -2.1}, "noisy"),
    ],
)
def test_alone(changes: dict[str, float], expected: str) -> None:
    verdict = judge(replace(GOOD, **changes))
    assert (str(verdict), verdict.against) == (expected, "alone")
    assert math.isnan(verdict.deficit_db)


@pytest.mark.parametrize(("total_db", "expected"), [(1.9, "cannot tell"), (-1.0, "blurred")])
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


@pytest.mark.parametrize(
    ("fall_db", "count", "expected"),
    [
        (0.3, 10, "sharp"),
        (0.36, 10, "cannot tell"),
        (0.75, 10, "cannot tell"),
        (0.8, 10, "blurred"),
    ],
)
def test_a_group_is_surer_than_any_of_it(fall_db: float, count: int, expected: str) -> None:
    known = baseline(SIX)
    verdicts = [judge(replace(GOOD, total_db=2.0 - fall_db), known)] * count
    group = together(verdicts, known)
    assert group is not None
    assert (group.name, group.count) == (expected, count)
    assert group.seen_db < known.seen_db
    assert expected != "blurred" or verdicts[0].name == "cannot tell"


def test_static_ones_and_too_few_are_no_group() -> None:
    known = baseline(SIX)
    good, static = judge(GOOD, known), judge(replace(GOOD, static_db=0.5), known)
    assert together([good] * 3 + [static] * 9, known) is None
    assert together([good] * 4 + [static], known).count == 4
    assert together([good] * 4, None) is None
