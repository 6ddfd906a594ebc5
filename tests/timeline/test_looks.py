"""Looks are what a plain loop says they are, at every record and however a log is written down."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.logs import Series
from healthlint.timeline.clock import MOST_LOOKS, Clock, looks_passed
from healthlint.timeline.looks import look_at, partner_levels


def series(values: list[float], steps: list[float] | None = None, metric: str = "loss") -> Series:
    n = len(values)
    at = np.array(steps if steps is not None else range(n), float)
    none = np.full(n, np.nan)
    return Series(
        metric=metric,
        split="",
        name=metric,
        records=np.arange(n),
        steps=at,
        epochs=none,
        times=none,
        values=np.array(values, float),
    )


def plain(values: list[float], steps: list[float], least: int = 1) -> list[list[float]]:
    """Return the looks of each octave, worked out by hand: moments, then whole blocks of them."""
    moments: list[tuple[float, list[float]]] = []
    for value, step in zip(values, steps, strict=True):
        if moments and moments[-1][0] == step:
            moments[-1][1].append(value)
        else:
            moments.append((step, [value]))
    kept = [
        median(good)
        for _, group in moments
        if (good := [one for one in group if math.isfinite(one) and one != 0])
    ]
    octaves, size = [], least
    while True:
        count = min(MOST_LOOKS, len(kept) // size)
        octaves.append([median(kept[i * size : (i + 1) * size]) for i in range(count)])
        if len(kept) <= MOST_LOOKS * size:
            return octaves
        size *= 2


VALUES = st.one_of(st.floats(0.1, 9), st.sampled_from([0.0, math.nan, math.inf]))


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Draw values with steps that rise, some of them repeated."""
    n = draw(st.integers(0, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    values = rng.uniform(0.1, 9, n)
    for at in draw(st.lists(st.integers(0, max(0, n - 1)), max_size=5)):
        if n:
            values[at] = draw(VALUES)
    lines = draw(st.sampled_from([1, 2, 3]))
    return values.tolist(), (np.arange(n) // lines * 10.0).tolist()


@given(logs(), st.sampled_from([1, 2, 4]))
@examples(80)
def test_they_are_those_of_a_plain_loop(log: tuple[list[float], list[float]], least: int) -> None:
    one = series(*log)
    looks = look_at(one, Clock.of([one]), least)
    wanted = plain(*log, least)
    assert looks.sizes.tolist() == [least * 2**row for row in range(len(wanted))]
    for row, levels in enumerate(wanted):
        assert looks.levels[row, : len(levels)] == pytest.approx(levels)
        assert np.isnan(looks.levels[row, len(levels) :]).all()
    judged = [
        (row, look)
        for row, levels in enumerate(wanted)
        for look in range(0 if row == 0 else MOST_LOOKS // 2, len(levels))
    ]
    assert list(zip(*np.nonzero(looks.is_judged), strict=True)) == judged
    assert (np.diff(looks.records()) > 0).all()


@given(logs(), st.data())
@examples(80)
def test_what_was_seen_is_never_seen_otherwise(
    log: tuple[list[float], list[float]], data: st.DataObject
) -> None:
    """Cut at the end of a moment, what is judged until then is the same."""
    one = series(*log)
    clock = Clock.of([one])
    looks = look_at(one, clock)
    if not len(one):
        assert len(looks) == 0
        return
    cut = int(clock.moments(np.array([data.draw(st.integers(0, len(one) - 1))]))[0])
    live = one.upto(cut)
    seen = look_at(live, Clock.of([live]))
    known = looks.records() <= cut
    assert seen.records().tolist() == looks.records()[known].tolist()
    assert np.array_equal(seen.levels[seen.is_judged], looks.levels[looks.is_judged][known])


@given(logs(), st.integers(0, 2**16))
@examples(50)
def test_how_a_step_is_written_down_changes_nothing(
    log: tuple[list[float], list[float]], seed: int
) -> None:
    """The records of a step in another order, and its one value twice, on two lines."""
    values, steps = log
    order = np.lexsort((np.random.default_rng(seed).random(len(steps)), steps))
    other = series([values[i] for i in order], steps)
    one = series(values, steps)
    first, second = (look_at(each, Clock.of([each])) for each in (one, other))
    assert np.array_equal(first.levels, second.levels, equal_nan=True)
    merged: dict[float, list[float]] = {}
    for value, step in zip(values, steps, strict=True):
        merged.setdefault(step, []).append(value)
    single = [
        median(good) if (good := [v for v in group if math.isfinite(v) and v != 0]) else math.nan
        for group in merged.values()
    ]
    split = series([v for v in single for _ in (0, 1)], [s for s in merged for _ in (0, 1)])
    third = look_at(split, Clock.of([split]))
    assert np.array_equal(first.levels, third.levels, equal_nan=True)


@given(st.integers(0, 700))
@examples(40)
def test_looks_passed_counts_a_value_as_the_share_of_a_look_that_it_is(values: int) -> None:
    passed, wanted, before = looks_passed(values), [], 0.0
    for seen in range(1, values + 1):
        size = 1
        while seen > MOST_LOOKS * size:
            size *= 2
        wanted.append(before)
        following = 1
        while seen + 1 > MOST_LOOKS * following:
            following *= 2
        before += 1 / following
    assert passed.tolist() == pytest.approx(wanted)


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(0, 2**16))
@examples(60)
def test_the_level_of_a_partner_is_the_median_since_the_look_before(
    kinds: list[int], seed: int
) -> None:
    """Records hold the one, the other, both, or (kind 3) neither."""
    rng = np.random.default_rng(seed)
    where = {1: [i for i, k in enumerate(kinds) if k in (0, 2)]}
    where[2] = [i for i, k in enumerate(kinds) if k in (1, 2)]
    none = np.full(len(kinds), np.nan)
    columns = {}
    for key, at in where.items():
        index = np.array(at, np.int64)
        columns[key] = Series(
            metric=f"loss{key}",
            split="",
            name=f"loss{key}",
            records=index,
            steps=index * 1.0,
            epochs=none[index],
            times=none[index],
            values=rng.uniform(1, 2, len(at)),
        )
    clock = Clock.of(columns.values())
    own, other = look_at(columns[1], clock), look_at(columns[2], clock)
    found = partner_levels(own, other)[0]
    for look, end in enumerate(where[1]):
        start = where[1][look - 1] if look else -1
        since = [v for r, v in zip(where[2], columns[2].values, strict=True) if start < r <= end]
        earlier = [v for r, v in zip(where[2], columns[2].values, strict=True) if r <= end]
        if since:
            assert found[look] == pytest.approx(median(since))
        elif earlier:
            assert found[look] == earlier[-1]
        else:
            assert np.isnan(found[look])


@pytest.mark.parametrize("left_out", [None, 0, 77, 199])
def test_levels_of_a_partner_in_every_octave(left_out: int | None) -> None:
    """Those of a plain loop, whether or not both series have a value in the same records."""
    rng = np.random.default_rng(3)
    every = np.arange(200)
    where = {1: every, 2: every if left_out is None else np.delete(every, left_out)}
    none = np.full(200, np.nan)
    columns = {
        key: Series(
            metric=f"loss{key}",
            split="",
            name=f"loss{key}",
            records=at,
            steps=at * 1.0,
            epochs=none[at],
            times=none[at],
            values=rng.uniform(1, 2, len(at)),
        )
        for key, at in where.items()
    }
    clock = Clock.of(columns.values())
    own, other = look_at(columns[1], clock), look_at(columns[2], clock)
    levels = partner_levels(own, other)
    assert levels.shape == own.ends.shape
    for row, ends in enumerate(own.ends):
        start = -1
        for look, end in enumerate(ends[ends >= 0].tolist()):
            is_since = (where[2] > start) & (where[2] <= end)
            before = columns[2].values[where[2] <= end]
            expected = np.median(columns[2].values[is_since]) if is_since.any() else before[-1:]
            if len(before):
                assert levels[row, look] == pytest.approx(float(np.squeeze(expected)))
            else:
                assert np.isnan(levels[row, look])
            start = end
