"""Where metrics meet: in one record or one step, across splits at validation, never ahead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.logs import Series, Split
from healthlint.timeline.derived import aligned, weighted_sum

NAN = float("nan")


def series(
    name: str,
    split: Split,
    records: Sequence[int],
    values: Sequence[float],
    steps: Sequence[float] | None = None,
) -> Series:
    at = np.array(records, np.int64)
    unknown = np.full(len(at), np.nan)
    where = np.array(steps, float) if steps is not None else unknown
    key = f"{split}/{name}"
    return Series(
        metric=name,
        split=split,
        name=key,
        records=at,
        steps=where,
        epochs=unknown,
        times=unknown,
        values=np.array(values, float),
    )


def met(*parts: Series) -> tuple[list[int], list[list[float]]]:
    records, columns = aligned(parts)
    return records.tolist(), [column.tolist() for column in columns]


def test_in_one_record() -> None:
    a = series("a", "val", [0, 2, 4, 6], [1, 2, 3, 4])
    b = series("b", "val", [2, 3, 6], [5, 6, 7])
    assert met(a, b) == ([2, 6], [[2.0, 4.0], [5.0, 7.0]])


def test_in_records_of_one_step_at_the_later_one() -> None:
    a = series("a", "val", [0, 2, 4], [1, 2, 3], [10, 20, 30])
    b = series("b", "val", [1, 5], [5, 7], [10, 30])
    assert met(a, b) == ([1, 5], [[1.0, 3.0], [5.0, 7.0]])


def test_a_step_that_one_of_them_lacks_is_no_moment() -> None:
    a = series("a", "val", [0, 2], [1, 2], [10, 20])
    b = series("b", "val", [1, 3], [5, 7], [11, 21])
    assert met(a, b) == ([], [[], []])


def test_records_without_a_step_meet_only_in_one_record() -> None:
    assert met(series("a", "", [0], [1]), series("b", "", [1], [5])) == ([], [[], []])


def test_across_splits_validation_says_when() -> None:
    train = series("a", "train", [0, 1, 2, 4, 5], [1, 2, 6, 8, 10])
    val = series("a", "val", [3, 6, 7], [3, 4, 5])
    records, (left, right) = met(val, train)
    assert (records, left) == ([3, 6, 7], [3.0, 4.0, 5.0])
    np.testing.assert_equal(right, [2.0, 9.0, NAN])


def test_weights() -> None:
    a = series("a", "val", [0, 1], [1, 2])
    b = series("b", "val", [0, 1], [10, NAN])
    found = weighted_sum([a, b], {"val/a": 2.0, "val/b": 0.5})
    np.testing.assert_equal(found.values, [7.0, NAN])


@st.composite
def logged(draw: st.DrawFn) -> list[Series]:
    n = draw(st.integers(1, 30))
    steps = np.cumsum(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))) * 10.0
    if draw(st.booleans()):
        steps[draw(st.integers(0, n - 1)) :] = np.nan
    parts = []
    for i, split in enumerate(draw(st.sampled_from([("val", "val"), ("val", "train", "val")]))):
        records = np.flatnonzero(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
        if len(records):
            one = series(f"m{i}", split, records.tolist(), records * 1.0, steps[records].tolist())
            parts.append(one)
    return parts


@given(parts=logged(), record=st.integers(0, 30))
@examples(200)
def test_nothing_looks_ahead(parts: list[Series], record: int) -> None:
    """Cut at any record, metrics that have begun by then meet as they do on the whole log."""
    cut = [one.upto(record) for one in parts]
    if not parts or not all(map(len, cut)):
        return
    whole, live = aligned(parts), aligned(cut)
    stop = int(np.searchsorted(whole[0], record, side="right"))
    assert live[0].tolist() == whole[0][:stop].tolist()
    for a, b in zip(whole[1], live[1], strict=True):
        np.testing.assert_equal(a[:stop], b)
