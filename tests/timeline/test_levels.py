"""Noise, levels and rises are what plain loops say they are, look by look."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.timeline import levels as subject
from healthlint.timeline.clock import MOST_LOOKS

SEEDS = st.integers(0, 2**16)


def drawn(seed: int) -> list[float]:
    """Return a noisy course with a step or a rise in it, sometimes about zero."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 65))
    curve = 0.3 + np.exp(-rng.uniform(0, 0.2) * np.arange(n))
    curve = curve * (1 + rng.choice([0.0, 0.01, 0.1]) * rng.standard_normal(n))
    curve[int(rng.integers(0, n)) :] *= rng.choice([1.0, 1.03, 1.3, 2.0])
    return (curve - rng.choice([0.0, 0.0, 0.6])).tolist()


def row(values: list[float]) -> np.ndarray:
    """Return levels as looks have them: an octave, NaN beyond the last."""
    return np.array([values + [math.nan] * (MOST_LOOKS - len(values))])


def plain_noise(values: list[float]) -> float:
    """Return the noise at the last of some values."""
    is_positive = min(values) > 0

    def third(source: list[float]) -> float:
        found = [
            abs(source[i] - 3 * source[i - 1] + 3 * source[i - 2] - source[i - 3])
            / (0.6745 * math.sqrt(20))
            for i in range(3, len(source))
        ]
        now = median(found[-24:]) if len(found) >= 6 else math.nan
        past = found[:-24]
        return max(now, median(past)) if len(past) >= 6 else now

    if is_positive:
        found = third([math.log(value) for value in values])
    else:
        gain = values[0] - min(values)
        found = third(values) / gain if gain > 0 else math.nan
    return max(found, subject.FLOOR) if math.isfinite(found) else math.nan


def plain_steady(values: list[float]) -> list[float]:
    """Return values with the median of five for a dip, among much noise for any below it."""
    steady = list(values)
    noises = [plain_noise(values[: i + 1]) for i in range(len(values))]
    first_known = next((sigma for sigma in noises if sigma == sigma), math.nan)
    for i in range(2, len(values) - 2):
        sigma = noises[i] if any(s == s for s in noises[: i + 1]) else first_known
        about = median(values[i - 2 : i + 3])
        room = subject.DIP * sigma * abs(about)
        leads = 2 * values[i - 1] - values[i - 2]
        if i >= 3:
            leads = max(leads, 3 * values[i - 2] - 2 * values[i - 3])
        is_dip = values[i] < about - room and values[i] < leads - room
        if is_dip or (sigma >= subject.QUIET and values[i] < about):
            steady[i] = about
    if len(values) >= 5 and first_known >= subject.QUIET:
        steady[:2] = [max(value, median(values[:5])) for value in values[:2]]
    return steady


def plain_lingering(values: list[float]) -> float:
    """Return the noise between every third look at the last of some values."""
    if len(values) < 25 or min(values) <= 0:
        return math.nan
    logs = [math.log(value) for value in values]
    found = [
        abs(logs[i] - 3 * logs[i - 3] + 3 * logs[i - 6] - logs[i - 9]) for i in range(9, len(logs))
    ]
    return median(found) / (0.6745 * math.sqrt(20))


def plain_spread(values: list[float], width: int) -> float:
    """Return the noise of a level over some looks at the last of some values."""
    sigma = plain_noise(values)
    if not sigma >= subject.LOUD:
        return sigma / math.sqrt(width)
    wider = [sigma, plain_noise(values[:-5]) if len(values) > 5 else math.nan]
    lingers = plain_lingering(values)
    wider.append(lingers * min(max(lingers / sigma, 1), math.sqrt(width)))
    return max(one for one in wider if one == one) / math.sqrt(width)


def plain_has_come_down(values: list[float]) -> bool:
    """Return whether the last three values lie well below the third to fifth one."""
    if len(values) < 5:
        return False
    after, early, now = median(values[2:5]), min(values[:2]), median(values[-3:])
    least = max(0.25 * (after - early), subject.DIP * plain_noise(values) * abs(after))
    return after > early and after - now >= least


def plain_share(now: float, best: float, values: list[float]) -> float:
    gain = values[0] - best
    of_gain = min(subject.GAINED * gain, 2 * best)
    whole = max(best, of_gain) if min(values) > 0 else values[0] - min(values)
    return (now - best) / whole if whole > 0 else math.nan


def plain_wander(shares: list[float]) -> list[float]:
    """Return at each look the largest rise before a look that was back at its best."""
    found, highest, settled = [], -math.inf, None
    for at, share in enumerate(shares):
        known = share if math.isfinite(share) else 0.0
        highest = max(highest, known)
        if known <= 0.01 or at == 0:
            settled = highest
        found.append(settled)
    return found


@given(SEEDS)
@examples(60)
def test_noise(seed: int) -> None:
    values = drawn(seed)
    found = subject.noise(row(values))[0, : len(values)]
    wanted = [plain_noise(values[: i + 1]) for i in range(len(values))]
    assert found.tolist() == pytest.approx(wanted, nan_ok=True, rel=1e-9)


@pytest.mark.parametrize("looks", range(9))
def test_of_fewer_than_nine_looks_the_noise_is_not_known(looks: int) -> None:
    levels = np.linspace(1.0, 0.5, looks)[None, :] if looks else np.zeros((1, 0))
    assert subject.noise(levels).shape == (1, looks)
    assert np.isnan(subject.noise(levels)).all()


@given(SEEDS)
@examples(60)
def test_rises(seed: int) -> None:
    values = drawn(seed)
    found = subject.rises(row(values))
    windows = [w for w in subject.WINDOWS if 2 * w <= len(values)]
    assert [(one.window, one.landmark) for one in found] == [
        (w, landmark) for w in windows for landmark in (w, 1)
    ]
    for one in found:
        width = one.window
        level = [
            median(values[i + 1 - width : i + 1]) if i + 1 >= width else math.nan
            for i in range(len(values))
        ]
        behind = [
            plain_share(now, min(level[width - 1 : i + 1]), values[: i + 1]) if now == now else now
            for i, now in enumerate(level)
        ]
        wander = plain_wander(behind)
        source = level if one.landmark > 1 else plain_steady(values)
        for i in range(len(values)):
            is_after_two = one.landmark == 1 and plain_has_come_down(values[: i + 1])
            before = source[2 if is_after_two else 0 : max(0, i + 1 - width)]
            earlier = [v for v in before if v == v]
            sigma = plain_noise(values[: i + 1])
            share, bar = math.nan, 8 * plain_spread(values[: i + 1], width)
            if one.landmark == 1:
                bar = bar + 4 * sigma if sigma < subject.QUIET else math.nan
            if earlier and i + 1 >= max(6, 2 * width) and math.isfinite(bar):
                share = plain_share(level[i], min(earlier), values[: i + 1])
                assert one.bar[0, i] == pytest.approx(max(math.expm1(bar), 1.5 * wander[i]))
                shown = level if one.landmark > 1 else values
                assert shown[one.best[0, i]] == min(earlier)
            assert one.share[0, i] == pytest.approx(share, nan_ok=True)


@given(SEEDS, st.integers(1, 5))
@examples(60)
def test_the_rise_of_the_last_looks(seed: int, width: int) -> None:
    values = drawn(seed)
    found = subject.rise_of_looks(row(values), width)
    steady, back = plain_steady(values), max(width, 3)
    for i in range(len(values)):
        sigma = plain_noise(values[: i + 1])
        share = math.nan
        if i >= back and math.isfinite(sigma):
            begin = 2 if plain_has_come_down(values[: i + 1]) else 0
            best = min(steady[begin : i + 1 - back])
            assert values[found.best[0, i]] == best
            share = plain_share(min(values[i + 1 - width : i + 1]), best, values[: i + 1])
        assert found.share[0, i] == pytest.approx(share, nan_ok=True)


@pytest.mark.parametrize(("size", "is_told"), [(0.042, True), (0.041, False)])
def test_each_of_the_last_looks_lies_seven_deviations_over_the_root_of_three_above(
    size: float, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of noise of a hundredth these are 4.12 %."""
    monkeypatch.setattr(subject, "noise", lambda levels: np.full(levels.shape, 0.01))
    values = [1 - 0.001 * at for at in range(20)]
    found = subject.rise_of_looks(row([*values, *[values[-1] * (1 + size)] * 3]), 3)
    assert bool(found.reaches(0.02)[0, 22]) is is_told


@pytest.mark.parametrize(("best", "now", "wanted"), [(1.0, 1.5, 0.5), (0.01, 0.03, 1.0)])
def test_a_rise_is_a_share_of_at_most_twice_the_best(
    best: float, now: float, wanted: float
) -> None:
    """A tenth of the gain of 3 would be 0.3, and 0.03 nothing of it."""
    start, lowest = np.array([3.0]), np.array([[best]])
    found = subject.share_above(np.array([[now]]), np.array([[best]]), start, lowest)
    assert found[0, 0] == pytest.approx(wanted)


@given(st.lists(st.one_of(st.floats(0, 1), st.just(0.0), st.just(math.nan)), min_size=1))
def test_wander_is_the_largest_rise_that_came_back(shares: list[float]) -> None:
    found = subject._wander(np.array([shares]))[0]
    assert found.tolist() == plain_wander(shares)


@given(SEEDS, st.integers(1, 64))
@examples(60)
def test_nothing_looks_ahead(seed: int, cut: int) -> None:
    values = drawn(seed)
    seen = values[:cut]
    whole = {(r.window, r.landmark): r for r in subject.rises(row(values))}
    pairs = [(whole[live.window, live.landmark], live) for live in subject.rises(row(seen))]
    pairs.append((subject.rise_of_looks(row(values), 3), subject.rise_of_looks(row(seen), 3)))
    for one, live in pairs:
        for name in ("share", "bar", "best"):
            known, found = (getattr(each, name)[0, : len(seen)] for each in (one, live))
            assert np.array_equal(found, known, equal_nan=name != "best")


@pytest.mark.parametrize(
    ("best", "after", "now", "is_lone"),
    [
        (0.5, 0.97, 0.95, True),
        (0.82, 0.99, 0.99, True),  # a fifth above it
        (0.84, 0.99, 0.99, False),
        (0.5, 0.91, 0.91, True),  # level with what was before
        (0.5, 0.89, 0.89, False),
        (0.5, 1.01, 1.01, True),
        (0.5, 1.03, 1.03, False),
        (0.5, 0.95, 0.96, True),  # and has not climbed since
        (0.5, 0.95, 0.98, False),
    ],
)
def test_a_best_stands_alone(best: float, after: float, now: float, is_lone: bool) -> None:
    levels = np.array([[1.0] * 6 + [best] + [after] * 5 + [now] * 3])
    assert subject.is_lone_dip(levels, np.full(levels.shape, 6))[0, -1] == is_lone
    assert not subject.is_lone_dip(levels, np.full(levels.shape, -1)).any()
